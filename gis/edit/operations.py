"""
What a planner can do to a plan: each operation a small frozen record that can be kept for ever.

Points are (lon, lat) in CGCS2000 degrees. Records are written to JSON and read back field by
field, so a published field is never renamed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from gis.edit.errors import Allow

LonLat = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Operation:
    """What all operations share: what they may do although it is usually a mistake."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    allow: frozenset[Allow] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class PaintBlocks(_Operation):
    """Give blocks to a grid."""

    kind: Literal["paint"] = "paint"
    blocks: tuple[str, ...]
    grid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferCompound(_Operation):
    """Give all blocks of a compound to a grid, so that its address belongs to one grid."""

    kind: Literal["transfer"] = "transfer"
    compound: str
    grid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyBalance(_Operation):
    """Give many blocks to many grids at once: the result of a balance, as one undoable step."""

    kind: Literal["balance"] = "balance"
    assignment: Mapping[str, str]  # block -> grid; blocks that are not named stay


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeGrids(_Operation):
    """Give all blocks of grids to one of their community, which keeps name and officer."""

    kind: Literal["merge"] = "merge"
    grids: tuple[str, ...]
    into: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGrid(_Operation):
    """Make a grid of blocks; `code` is its new code, which was never used before."""

    kind: Literal["new_grid"] = "new_grid"
    community: str
    name: str
    blocks: tuple[str, ...]
    code: str = ""
    name_en: str | None = None
    grid_kind: Literal["residential", "dedicated", "unit"] = "residential"
    officer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitGrid(_Operation):
    """
    Split a grid in two by a line across it.

    The side with more area (if equal, the one further west) keeps code, name and officer. The
    other gets `code` and `name`, and the same officer until another is assigned. A block the
    line crosses goes whole to the side where more of it lies, or is cut if `cut_blocks`.
    """

    kind: Literal["split"] = "split"
    grid: str
    line: tuple[LonLat, ...]
    name: str
    code: str = ""
    name_en: str | None = None
    cut_blocks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CutBlock(_Operation):
    """
    Cut a block in two by a line across it.

    The piece with more area (if equal, the one further west) keeps the code. People are divided by
    the buildings inside, without buildings by area.
    """

    kind: Literal["cut"] = "cut"
    block: str
    line: tuple[LonLat, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveVertex(_Operation):
    """Move a vertex of borders; all blocks that share it move together."""

    kind: Literal["move_vertex"] = "move_vertex"
    at: LonLat
    to: LonLat


@dataclass(frozen=True, slots=True, kw_only=True)
class InsertVertex(_Operation):
    """Insert a vertex into the border nearest to a point (within 5 m), for all who share it."""

    kind: Literal["insert_vertex"] = "insert_vertex"
    at: LonLat


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveVertex(_Operation):
    """Remove a vertex where two blocks or one have a bend; a node of three borders stays."""

    kind: Literal["remove_vertex"] = "remove_vertex"
    at: LonLat


@dataclass(frozen=True, slots=True, kw_only=True)
class SimplifyBorders(_Operation):
    """
    Simplify the borders between the blocks of grids (all if none is named), each once.

    No border moves further than `tolerance_m`; nodes and the outline of the grids named stay.
    """

    kind: Literal["simplify"] = "simplify"
    tolerance_m: float
    grids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockShape:
    """A block and its mended shape: polygons as lists of rings of points, the shell first."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    block: str
    polygons: tuple[tuple[tuple[LonLat, ...], ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyRepairs(_Operation):
    """Give blocks mended shapes; `findings` are the keys of the findings they mend."""

    kind: Literal["repair"] = "repair"
    shapes: tuple[BlockShape, ...]
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameGrid(_Operation):
    """Give a grid another name."""

    kind: Literal["rename"] = "rename"
    grid: str
    name: str
    name_en: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignOfficer(_Operation):
    """Make an officer answer for a grid, or nobody (None)."""

    kind: Literal["assign_officer"] = "assign_officer"
    grid: str
    officer: str | None


Operation = (
    PaintBlocks
    | TransferCompound
    | ApplyBalance
    | MergeGrids
    | NewGrid
    | SplitGrid
    | CutBlock
    | MoveVertex
    | InsertVertex
    | RemoveVertex
    | SimplifyBorders
    | ApplyRepairs
    | RenameGrid
    | AssignOfficer
)
