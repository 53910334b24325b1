"""What a planner wants of a balance: which grids, how even, what stays as it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from gis.edit.errors import EditError, listed
from gis.edit.items import Item, Table
from gis.edit.plan import same_value

if TYPE_CHECKING:
    from gis.edit.plan import Plan

BLOCK_TABLES: tuple[Table, ...] = ("shapes", "grid_of")
Weight = Literal["residents", "households", "residents_60_plus"]
DEDICATED = "dedicated"
"""The kind of a grid that is drawn around an institution: it is not compared with the others."""


@dataclass(frozen=True, slots=True)
class Goals:
    """
    What to balance.

    Parameters
    ----------
    communities, grids
        Whose grids are drawn anew; neither: all of the city. Dedicated grids never are.
    tolerance
        How far a grid may be off the mean of its community, as a share of it, by weight; the
        first is the main one. Where only some grids of a community are named, the mean is theirs.
    locked_grids, locked_blocks
        Grids that keep exactly their blocks, and blocks that keep their grid.
    together
        Whether the blocks of a compound that touch go to one grid.
    """

    communities: tuple[str, ...] = ()
    grids: tuple[str, ...] = ()
    tolerance: Mapping[Weight, float] = field(default_factory=lambda: {"residents": 0.1})
    locked_grids: tuple[str, ...] = ()
    locked_blocks: tuple[str, ...] = ()
    together: bool = True


def grids_to_balance(plan: "Plan", goals: Goals) -> list[str]:
    """
    Name the grids that are drawn anew, in order.

    Raises
    ------
    EditError
        If something that is named is not in the plan, no weight is to be even, or there are not
        two grids of a community to share.
    """
    if not goals.tolerance:
        raise EditError("没有说明要均衡什么", "say which weight is to be even, and how far")
    homes = {record.community for record in plan.grids.values()}
    unknown = [
        *(set(goals.communities) - homes),
        *({*goals.grids, *goals.locked_grids} - plan.grids.keys()),
        *(set(goals.locked_blocks) - plan.shapes.keys()),
    ]
    if unknown:
        raise EditError(
            f"草案里没有 {listed(unknown)}", f"{listed(unknown)} is not in the draft", unknown
        )
    everything = not (goals.communities or goals.grids)
    chosen = [
        code
        for code, record in sorted(plan.grids.items())
        if record.kind != DEDICATED
        and (everything or code in goals.grids or record.community in goals.communities)
    ]
    free = [plan.grids[code].community for code in chosen if code not in goals.locked_grids]
    if len(free) == len(set(free)):
        raise EditError(
            "没有可均衡的：每个社区至少要有两个未锁定的普通网格",
            "nothing can be balanced: some community must have two grids that are neither locked "
            "nor dedicated",
            chosen,
        )
    return chosen


def changed_since(then: "Plan", now: "Plan", grids: Iterable[str]) -> set[Item]:
    """Name the items of the blocks of some grids that are not what they were."""
    items = {
        Item(table, block)
        for plan in (then, now)
        for grid in grids
        for block in plan.members.get(grid, ())
        for table in BLOCK_TABLES
    }
    return {item for item in items if not same_value(then.get(item), now.get(item))}
