"""
Editing a plan: a value that never changes, and operations that lead from one to the next.

    applied = apply(plan, PaintBlocks(blocks=("K7",), grid="141182001001003"))
    applied.plan.hash, applied.plan.figures["141182001001003"].people

An operation keeps what must be kept (`gis.edit.invariants`) or raises and changes nothing.
"""

from gis.edit.errors import Allow, ClashError, EditError
from gis.edit.figures import Figures
from gis.edit.history import Clash, Done, History, OverlapError, Step
from gis.edit.items import Block, GridName, GridRecord, Item, People, reverse
from gis.edit.operations import (
    ApplyBalance,
    ApplyRepairs,
    AssignOfficer,
    BlockShape,
    CutBlock,
    InsertVertex,
    MergeGrids,
    MoveVertex,
    NewGrid,
    Operation,
    PaintBlocks,
    RemoveVertex,
    RenameGrid,
    SimplifyBorders,
    SplitGrid,
    TransferCompound,
)
from gis.edit.performing import Applied, apply, restore
from gis.edit.plan import Buildings, Ground, Plan, full_digest, make_ground, make_plan

__all__ = [
    "Allow",
    "Applied",
    "ApplyBalance",
    "ApplyRepairs",
    "AssignOfficer",
    "Block",
    "BlockShape",
    "Buildings",
    "Clash",
    "ClashError",
    "CutBlock",
    "Done",
    "EditError",
    "Figures",
    "GridName",
    "GridRecord",
    "Ground",
    "History",
    "InsertVertex",
    "Item",
    "MergeGrids",
    "MoveVertex",
    "NewGrid",
    "Operation",
    "OverlapError",
    "PaintBlocks",
    "People",
    "Plan",
    "RemoveVertex",
    "RenameGrid",
    "SimplifyBorders",
    "SplitGrid",
    "Step",
    "TransferCompound",
    "apply",
    "full_digest",
    "make_ground",
    "make_plan",
    "restore",
    "reverse",
]
