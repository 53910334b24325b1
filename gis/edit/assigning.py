"""Operations that only say which block belongs to which grid, and what a grid is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gis.edit.errors import Allow, EditError, listed
from gis.edit.items import NO_OFFICER, GridName, GridRecord, Item

if TYPE_CHECKING:
    from gis.edit.edit import Edit
    from gis.edit.operations import (
        ApplyBalance,
        AssignOfficer,
        MergeGrids,
        NewGrid,
        PaintBlocks,
        RenameGrid,
        TransferCompound,
    )


def paint(edit: Edit, operation: PaintBlocks) -> None:
    """Give blocks to a grid."""
    edit.grid(operation.grid)
    edit.move(dict.fromkeys(operation.blocks, operation.grid))


def balance(edit: Edit, operation: ApplyBalance) -> None:
    """Give many blocks to many grids."""
    for grid in set(operation.assignment.values()):
        edit.grid(grid)
    edit.move(operation.assignment)


def transfer(edit: Edit, operation: TransferCompound) -> None:
    """Give all blocks of a compound to a grid."""
    edit.grid(operation.grid)
    blocks = [
        code for code, block in edit.plan.shapes.items() if block.compound == operation.compound
    ]
    if not blocks:
        raise EditError(
            f"没有小区 {operation.compound} 的地块",
            f"no block of compound {operation.compound!r} is in the draft",
            [operation.compound],
        )
    edit.move(dict.fromkeys(sorted(blocks), operation.grid))


def merge(edit: Edit, operation: MergeGrids) -> None:
    """Give all blocks of grids to one of their community, and close them."""
    home = edit.grid(operation.into).community
    going = sorted(set(operation.grids) - {operation.into})
    strangers = [code for code in going if edit.grid(code).community != home]
    if strangers and Allow.ACROSS not in edit.allow:
        raise EditError(
            f"网格 {listed(strangers)} 属于另一社区",
            f"grid {listed(strangers)} belongs to another community than {operation.into}",
            strangers,
            allow=Allow.ACROSS,
        )
    edit.allow |= {Allow.EMPTIED}  # a merge is meant to close them
    members = [block for code in going for block in sorted(edit.plan.members[code])]
    edit.move(dict.fromkeys(members, operation.into))
    for block in edit.plan.members[operation.into]:
        edit.reads.add(Item("grid_of", block))


def new_grid(edit: Edit, operation: NewGrid) -> None:
    """Make a grid of blocks."""
    if not operation.blocks:
        raise EditError("新网格至少要有一个地块", "a new grid needs at least one block")
    record = GridRecord(operation.community, operation.grid_kind)
    name = GridName(operation.name, operation.name_en)
    edit.new_grid(operation.code, record, name, operation.officer)
    edit.move(dict.fromkeys(operation.blocks, operation.code))


def rename(edit: Edit, operation: RenameGrid) -> None:
    """Give a grid another name."""
    edit.grid(operation.grid)
    edit.rename(operation.grid, GridName(operation.name, operation.name_en))


def assign_officer(edit: Edit, operation: AssignOfficer) -> None:
    """Make an officer answer for a grid, or nobody."""
    edit.grid(operation.grid)
    edit.put(Item("officers", operation.grid), operation.officer or NO_OFFICER)
