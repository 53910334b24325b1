"""Performing an operation on a plan, or taking one back: the plan after it, or a refusal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gis.edit import assigning, borders, cutting, operations, repairing, simplifying
from gis.edit.edit import Edit
from gis.edit.errors import Allow, ClashError, EditError
from gis.edit.invariants import (
    check_buildings,
    check_grids,
    check_ground,
    grids_of,
    parts_of,
    people_changed,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gis.edit.items import Changes, Item
    from gis.edit.operations import Operation
    from gis.edit.plan import Plan

HANDLERS: Mapping[type, Callable[[Edit, Any], None]] = {
    operations.PaintBlocks: assigning.paint,
    operations.TransferCompound: assigning.transfer,
    operations.ApplyBalance: assigning.balance,
    operations.MergeGrids: assigning.merge,
    operations.NewGrid: assigning.new_grid,
    operations.RenameGrid: assigning.rename,
    operations.AssignOfficer: assigning.assign_officer,
    operations.SplitGrid: cutting.split,
    operations.CutBlock: cutting.cut,
    operations.MoveVertex: borders.move_vertex,
    operations.InsertVertex: borders.insert_vertex,
    operations.RemoveVertex: borders.remove_vertex,
    operations.SimplifyBorders: simplifying.simplify,
    operations.ApplyRepairs: repairing.repair,
}


@dataclass(frozen=True, slots=True, eq=False)
class Applied:
    """
    A plan after an operation and what the operation did.

    `changes` hold before and after of each item, `reads` what it relied on, `parts` in how many
    parts each touched grid was before and is now.
    """

    plan: Plan
    changes: Changes
    reads: frozenset[Item]
    parts: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """What an operation would change and read, not proven that it may."""

    changes: Changes
    reads: frozenset[Item]


def sketch(plan: Plan, operation: Operation) -> Sketch:
    """
    Say what an operation would do to a plan, which may be one that is only sketched itself.

    Raises
    ------
    EditError, CoordinateError
        If it cannot even be tried.
    """
    edit = Edit(plan, operation.allow)
    HANDLERS[type(operation)](edit, operation)
    return Sketch(edit.changes(), frozenset(edit.reads))


def apply(plan: Plan, operation: Operation) -> Applied:
    """
    Perform an operation.

    The changes it returns, reversed, undo it to the same hash: `plan.changed(reverse(changes))`.

    Raises
    ------
    EditError
        If it cannot be done, or would break what must be kept; says which ids and what to do.
    CoordinateError
        If a point is not in the world, or lon and lat look swapped.
    """
    edit = Edit(plan, operation.allow)
    HANDLERS[type(operation)](edit, operation)
    changes = edit.changes()
    if not changes:
        raise EditError("方案已经如此，没有可改变的", "the plan is so already: nothing to change")
    if isinstance(operation, operations.ApplyRepairs):
        check_buildings(
            edit, {item.code: both for item, both in changes.items() if item.table == "shapes"}
        )
    else:
        check_ground(edit, changes)
    if people_changed(changes):  # cannot be: what is here divides people, it makes none
        raise EditError("人数会改变", "people would be lost or made up: report this as a defect")
    after = plan.changed(changes)
    after = replace(after, used=plan.used | edit.used, serials={**plan.serials, **edit.serials})
    touched = grids_of(plan, after, changes)
    check_grids(plan, after, touched, {}, edit.allow)
    return Applied(after, changes, frozenset(edit.reads), _parts(plan, after, touched))


def restore(plan: Plan, changes: Changes, most: Mapping[str, int]) -> Applied:
    """
    Bring items to another state that was once there: an undo or a redo.

    Parameters
    ----------
    most
        In how many parts a grid was in that state.

    Raises
    ------
    ClashError
        If an item was changed since, or later operations build on it.
    EditError
        If together with later operations a grid would break.
    """
    after = plan.changed(changes)
    touched = grids_of(plan, after, changes)
    homeless = {code for code in touched if code in after.members and code not in after.grids}
    empty = {item.code for item in changes if item.table == "grids"} | touched
    empty = {code for code in empty if code in after.grids and code not in after.members}
    if homeless or empty:
        raise ClashError(
            "后来的操作依赖这一步：请先撤销后来的操作",
            "later operations build on this one: undo them first",
            sorted(homeless | empty),
        )
    check_grids(plan, after, touched, most, frozenset())
    return Applied(after, changes, frozenset(), _parts(plan, after, touched))


def recalled(plan: Plan, changes: Changes, reads: frozenset[Item]) -> Applied:
    """Take recorded changes without proving them anew; new codes count as used."""
    after = plan.changed(changes)
    used = {item.code for item in changes if item.table == "grids"}
    serials = dict(plan.serials)
    for item in changes:
        root, dot, number = item.code.partition(".")
        if item.table == "shapes" and dot and number.isdecimal():
            serials[root] = max(serials.get(root, 0), int(number))
    after = replace(after, used=plan.used | used, serials=serials)
    touched = grids_of(plan, after, changes)
    return Applied(after, changes, reads, _parts(plan, after, touched))


def _parts(plan: Plan, after: Plan, touched: set[str]) -> dict[str, tuple[int, int]]:
    return {code: (parts_of(plan, code), parts_of(after, code)) for code in sorted(touched)}


__all__ = ["HANDLERS", "Allow", "Applied", "apply", "restore"]
