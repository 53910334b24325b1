"""One operation in the making: what it read and what it will change of the plan it began with."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from gis.edit.errors import Allow, EditError, listed
from gis.edit.items import Change, GridName, GridRecord, Item

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from gis.edit.items import Block
    from gis.edit.plan import Plan

LONGEST_NAME = 100


class Edit:
    """Collects the changes of one operation; the plan itself is not changed."""

    def __init__(self, plan: Plan, allow: frozenset[Allow]) -> None:
        self.plan, self.allow = plan, allow
        self.reads: set[Item] = set()
        self.used: set[str] = set()
        self.serials: dict[str, int] = {}
        self.inserted: dict[str, Block] = {}  # blocks with vertices inserted, before the rest
        self._after: dict[Item, Any] = {}

    def get(self, item: Item) -> Any:  # noqa: ANN401 - what the table holds
        """Return the value of an item as this operation has left it, and note that it was read."""
        self.reads.add(item)
        return self._after[item] if item in self._after else self.plan.get(item)

    def put(self, item: Item, value: object) -> None:
        """Set an item; None removes it."""
        self._after[item] = value

    def changes(self) -> dict[Item, Change]:
        """Return what is different now."""
        return {
            item: (before, after)
            for item, after in self._after.items()
            if (before := self.plan.get(item)) is not after and before != after
        }

    def peek(self, code: str) -> Block:
        """Return a block that exists, without noting that it was read."""
        item = Item("shapes", code)
        block: Block = self._after[item] if item in self._after else self.plan.shapes[code]
        return block

    # ---- what exists ---------------------------------------------------------------------------

    def grid(self, code: str) -> GridRecord:
        """Return a grid, or refuse a code that is none."""
        record: GridRecord | None = self.get(Item("grids", code))
        if record is None:
            raise EditError(f"没有网格 {code}", f"there is no grid {code!r} in the draft", [code])
        return record

    def block(self, code: str) -> Block:
        """Return a block, or refuse a code that is none."""
        block: Block | None = self.get(Item("shapes", code))
        if block is None:
            raise EditError(f"没有地块 {code}", f"there is no block {code!r} in the draft", [code])
        return block

    # ---- what several operations do ------------------------------------------------------------

    def move(self, assignment: Mapping[str, str]) -> None:
        """
        Give blocks to grids; a grid left without any is closed, if that is allowed.

        Raises
        ------
        EditError
            If a block or grid does not exist, a block would leave its community, or a grid would
            be left empty, and that is not allowed.
        """
        leaving: Counter[str] = Counter()
        coming: Counter[str] = Counter()
        across = []
        for block, grid in assignment.items():
            self.block(block)
            item = Item("grid_of", block)
            old = self.get(item)
            if old == grid:
                continue
            if old is not None:
                leaving[old] += 1
                if self.grid(grid).community != self.grid(old).community:
                    across.append(block)
            coming[grid] += 1
            self.put(item, grid)
        if across and Allow.ACROSS not in self.allow:
            raise EditError(
                f"{listed(across)} 会划入另一社区，社区边界随之改变",
                f"{listed(across)} would go to another community, whose border would move",
                across,
                allow=Allow.ACROSS,
            )
        self._close(
            grid
            for grid, left in leaving.items()
            if left == len(self.plan.members.get(grid, ())) and not coming[grid]
        )

    def new_grid(self, code: str, record: GridRecord, name: GridName, officer: str | None) -> None:
        """Add a grid with a code that was never used."""
        if record.community not in self.plan.ground.communities:
            raise EditError(
                f"没有社区 {record.community}",
                f"there is no community {record.community!r}",
                [record.community],
            )
        if code in self.plan.used or not (code.startswith(record.community) and len(code) == 15):  # noqa: PLR2004
            raise EditError(
                f"编码 {code!r} 不能用于新网格：需 {record.community} 加三位从未用过的序号",
                f"{code!r} cannot be the code of a new grid: give {record.community} and three "
                "digits that were never used",
                [code],
            )
        self.used.add(code)
        self.put(Item("grids", code), record)
        self.rename(code, name)
        self.put(Item("officers", code), officer)

    def rename(self, code: str, name: GridName) -> None:
        """Name a grid, or refuse a name that is empty or too long."""
        if not name.name.strip() or max(len(text or "") for text in name) > LONGEST_NAME:
            raise EditError(
                f"网格 {code} 的名称须为 1 至 {LONGEST_NAME} 个字",
                f"the name of grid {code} must have 1 to {LONGEST_NAME} characters",
                [code],
            )
        self.put(Item("names", code), name)

    def next_piece(self, block: str) -> str:
        """Return the code of a new piece of a block: the root, a dot and the next number."""
        root = block.partition(".")[0]
        number = self.serials.get(root, self.plan.serials.get(root, 0)) + 1
        while f"{root}.{number}" in self.plan.shapes:
            number += 1
        self.serials[root] = number
        return f"{root}.{number}"

    def _close(self, emptied: Iterable[str]) -> None:
        closed = sorted(emptied)
        if closed and Allow.EMPTIED not in self.allow:
            raise EditError(
                f"网格 {listed(closed)} 会没有任何地块而被撤销",
                f"grid {listed(closed)} would be left without any block and be closed",
                closed,
                allow=Allow.EMPTIED,
            )
        for grid in closed:
            for item in (Item("grids", grid), Item("names", grid), Item("officers", grid)):
                if self.get(item) is not None:
                    self.put(item, None)
        self._keep_communities(closed)

    def _keep_communities(self, closed: Collection[str]) -> None:
        left = {record.community for code, record in self.plan.grids.items() if code not in closed}
        left |= {value.community for item, value in self._after.items()
                 if item.table == "grids" and value is not None}  # fmt: skip
        gone = {self.plan.grids[code].community for code in closed} - left
        if gone:
            raise EditError(
                f"社区 {listed(gone)} 会没有任何网格：社区不能在这里撤销",
                f"community {listed(gone)} would have no grid left: it cannot be closed here",
                gone,
            )
