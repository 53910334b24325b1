"""Blocks from a file, ready to be balanced: who holds what, whose neighbour, which grid today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from gis.balance.adjacency import neighbours_of, with_bridges
from gis.balance.problem import Blocks, Neighbours
from gis.crs import LONLAT_CRS, planar_crs, transformer
from gis.errors import BalanceError
from gis.partition import insert_missing_vertices
from layers.files.reading import FileError, read_file
from layers.files.source_crs import settle, to_lonlat_shapes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from layers.files.reading import Delivered, Shapes

KNOWN = {
    "code": ("code", "id", "block_code", "block", "编码", "地块编码"),
    "parent": ("community_code", "parent", "parent_code", "社区代码", "社区编码"),
    "today": ("grid_code", "grid", "today", "current", "网格编码", "网格代码"),
    "together": ("atom", "together"),
}
PEOPLE = ("residents", "people", "population", "pop", "人口", "人口数", "常住人口")
CARRIED = ("households", "residents_60_plus", "户数", "60岁以上")
_GRID_DIGITS, _COMMUNITY_DIGITS = 15, 12


@dataclass(frozen=True, slots=True)
class Told:
    """What the user says of a file of blocks: columns by our name, CRS, datum, layer, encoding."""

    columns: Mapping[str, str]
    crs: str | None = None
    datum: str | None = None
    layer: str | None = None
    encoding: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class BlockFile:
    """
    n blocks as read.

    Parameters
    ----------
    codes, parents
        (n,) of each block.
    today, together
        (n,) grid of today and what it stays with; None where there is none.
    shapes
        (n,) polygons in CGCS2000 degrees, vertices of neighbours inserted.
    columns
        All columns, as text.
    planar
        CRS in which borders are measured.
    """

    codes: tuple[str, ...]
    parents: tuple[str, ...]
    today: tuple[str | None, ...]
    together: tuple[str | None, ...]
    shapes: Shapes
    columns: pd.DataFrame
    planar: str
    _plane: Shapes

    def __len__(self) -> int:
        return len(self.codes)

    def numbers(self, name: str) -> NDArray[np.float64]:
        """
        Read a column as (n,) numbers; empty is 0.

        Raises
        ------
        BalanceError
            If there is no such column, or it holds something else.
        """
        if name not in self.columns:
            raise BalanceError(
                f"the blocks have no column {name!r}; they have {', '.join(map(str, self.columns))}"
            )
        values = pd.to_numeric(self.columns[name].fillna("0"), errors="coerce").to_numpy(float)
        bad = np.flatnonzero(~np.isfinite(values))
        if len(bad):
            text = self.columns[name].iloc[bad[0]]
            raise BalanceError(f"block {self.codes[bad[0]]}: {name} {text!r} is no number")
        return values

    def neighbours(
        self,
        *,
        barriers: Path | None = None,
        welcome: Path | None = None,
        bridges: Sequence[tuple[str, str]] = (),
    ) -> Neighbours:
        """
        Find neighbours by shared borders.

        Parameters
        ----------
        barriers
            A file of lines or polygons that cannot be crossed: a river, a railway.
        welcome
            A file of lines that borders of grids should follow: arterials.
        bridges
            Pairs of codes joined though they share no border, or a barrier parts them.
        """
        found = neighbours_of(
            list(self._plane), barriers=self._lines(barriers), welcome=self._lines(welcome)
        )
        return with_bridges(found, self.rows_of(bridges))

    def blocks(
        self, weights: Mapping[str, NDArray[np.float64]], locked: Sequence[str] = ()
    ) -> Blocks:
        """
        Make blocks to balance; `locked` are codes of grids or of blocks.

        Raises
        ------
        BalanceError
            If a locked code is neither.
        """
        known = {*self.codes, *self.today}
        for code in locked:
            if code not in known:
                raise BalanceError(f"{code} is to be locked but is neither a grid nor a block")
        held = set(locked)
        return Blocks(
            ids=self.codes,
            weights=weights,
            parents=self.parents,
            today=self.today if any(self.today) else (),
            locked=np.array(
                [
                    code in held or grid in held
                    for code, grid in zip(self.codes, self.today, strict=True)
                ],
                bool,
            ),
            atoms=self.together if any(self.together) else (),
        )

    def rows_of(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.int64]:
        """
        Give (e, 2) rows of pairs of codes.

        Raises
        ------
        BalanceError
            If there is no such block.
        """
        row = {code: number for number, code in enumerate(self.codes)}
        for code in (code for pair in pairs for code in pair):
            if code not in row:
                raise BalanceError(f"there is no block {code}, which a neighbour or bridge names")
        return np.array([[row[a], row[b]] for a, b in pairs], np.int64).reshape(-1, 2)

    def _lines(self, path: Path | None) -> BaseGeometry | None:
        if path is None:
            return None
        delivered = read_file(path)
        shapes = to_lonlat_shapes(delivered.shapes, settle(delivered))
        return shapely.union_all(_to_plane(shapes[~shapely.is_missing(shapes)], self.planar))


def read_blocks(path: Path, told: Told, counts: Path | None = None) -> BlockFile:
    """
    Read blocks.

    Parameters
    ----------
    counts
        A file whose rows name their block (`block_code`), such as buildings: its whole numbers are
        added up for each block and become columns.

    Raises
    ------
    FileError
        If a file cannot be read.
    BalanceError
        If the columns do not say what is needed.
    """
    delivered = read_file(path, layer=told.layer, encoding=told.encoding)
    rows = delivered.rows
    codes = _column(rows, "code", told)
    if codes is None or any(code is None for code in codes):
        raise BalanceError(f"{path.name} has no codes of blocks in every row: say --code COLUMN")
    today = _column(rows, "today", told) or [None] * len(rows)
    if counts is not None:
        rows = pd.concat([rows, _counted(counts, codes, rows)], axis=1)
    shapes = to_lonlat_shapes(delivered.shapes, settle(delivered, told.crs, told.datum))
    _check_shapes(delivered, codes)
    planar = planar_crs(float(shapely.total_bounds(shapes)[[0, 2]].mean()))
    matched = np.empty(len(shapes), dtype=object)
    matched[:] = insert_missing_vertices(list(shapes))
    return BlockFile(
        codes=tuple(map(str, codes)),
        parents=tuple(_parents(rows, today, told)),
        today=tuple(today),
        together=tuple(_column(rows, "together", told) or [None] * len(rows)),
        shapes=matched,
        columns=rows,
        planar=planar,
        _plane=_to_plane(matched, planar),
    )


def read_edges(path: Path, blocks: BlockFile) -> Neighbours:
    """
    Read who is whose neighbour, instead of finding it by borders.

    Columns `u` and `v` are codes of blocks; `border_m` the metres shared; `link` 1 for a bridge and
    `cost` what a metre counts are taken where they are there.

    Raises
    ------
    FileError
        If it cannot be read or lacks a column.
    """
    try:
        table = pq.read_table(path).to_pandas() if path.suffix == ".parquet" else pd.read_csv(path)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise FileError(f"{path} cannot be read as Parquet or CSV: {error}") from None
    missing = {"u", "v", "border_m"} - set(table.columns)
    if missing:
        raise FileError(f"{path} has no column {', '.join(sorted(missing))}")
    pairs = list(zip(table["u"].astype(str), table["v"].astype(str), strict=True))
    count = len(table)
    link = table["link"].to_numpy(float) > 0 if "link" in table else np.zeros(count, bool)
    cost = table["cost"].to_numpy(float) if "cost" in table else np.ones(count)
    return Neighbours(blocks.rows_of(pairs), table["border_m"].to_numpy(float), link, cost)


def _column(rows: pd.DataFrame, name: str, told: Told) -> list[str | None] | None:
    wanted = told.columns.get(name)
    if wanted is not None and wanted not in rows:
        raise BalanceError(
            f"there is no column {wanted!r}; there are {', '.join(map(str, rows.columns))}"
        )
    found = wanted or next((known for known in KNOWN[name] if known in rows), None)
    return None if found is None else rows[found].tolist()


def _parents(rows: pd.DataFrame, today: list[str | None], told: Told) -> list[str]:
    """Take the column, else the community in front of each grid's code, else one for all."""
    column = _column(rows, "parent", told)
    if column is not None:
        if None in column:
            raise BalanceError(f"the block in row {column.index(None) + 1} has no parent")
        return [str(code) for code in column]
    if all(code is not None and len(code) == _GRID_DIGITS and code.isdigit() for code in today):
        return [str(code)[:_COMMUNITY_DIGITS] for code in today]
    return ["all"] * len(rows)


def _counted(path: Path, codes: list[str | None], rows: pd.DataFrame) -> pd.DataFrame:
    counted = read_file(path).rows
    if "block_code" not in counted:
        raise BalanceError(f"{path.name} has no column block_code that says whose counts they are")
    numeric = {
        name: pd.to_numeric(counted[name], errors="coerce").fillna(0)
        for name in (*PEOPLE, *CARRIED)
        if name in counted and name not in rows
    }
    sums = pd.DataFrame(numeric).groupby(counted["block_code"]).sum().reindex(codes).fillna(0)
    return sums.astype("Int64").astype(str).astype(object).reset_index(drop=True)


def _check_shapes(delivered: Delivered, codes: list[str | None]) -> None:
    types = shapely.get_type_id(delivered.shapes)
    bad = np.flatnonzero(~np.isin(types, (3, 6)) | shapely.is_empty(delivered.shapes))
    if len(bad):
        raise BalanceError(f"block {codes[bad[0]]} is no polygon: give one or leave it out")


def _to_plane(shapes: Shapes, planar: str) -> Shapes:
    convert = transformer(LONLAT_CRS, planar).transform

    def planed(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(convert(lonlat[:, 0], lonlat[:, 1]))

    return np.asarray(shapely.transform(shapes, planed), dtype=object)
