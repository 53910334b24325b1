"""A boundary version as a plan that can be edited: read from the database."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import shapely
from sqlalchemy import func, select

from gis.borders import project
from gis.edit import Block, Buildings, GridName, GridRecord, People, Plan, make_ground, make_plan
from gis.edit.figures import dissolve
from gis.edit.plan import PlaceIndex
from gis.errors import JingweiError
from gis.partition import (
    EDGE_TOLERANCE_M,
    geometries,
    insert_missing_vertices,
    metres_per_degree,
)
from layers.models import Block as BlockRow
from layers.models import BoundaryVersion, Building, Community, Grid, IssuedCode, VersionBlock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shapely.geometry.base import BaseGeometry
    from sqlalchemy.orm import Session

DRAWN_OTHERWISE_M2 = 1.0
"""Grids that differ by more than this from their blocks were drawn freehand."""


@dataclass(frozen=True, slots=True, eq=False)
class BasePlan:
    """
    A boundary version as a plan.

    `block_ids` are the stored blocks whose shape is exactly that of the plan. `freehand` tells
    that the grids are not made of stored blocks, so that each grid is one block here.
    """

    version_id: int
    plan: Plan
    block_ids: Mapping[str, int]
    freehand: bool


def load_plan(session: Session, version_id: int) -> BasePlan:
    """
    Read a version as a plan.

    Where the grids were drawn freehand (an imported survey) they differ from their blocks: then
    each grid is a block of its own, which can be cut.

    Raises
    ------
    JingweiError
        If there is no such version, or it has no grids.
    """
    version = session.get(BoundaryVersion, version_id)
    grids = session.execute(
        select(Grid, func.ST_AsBinary(Grid.geom)).where(Grid.version_id == version_id)
    ).all()
    if version is None or not grids:
        raise JingweiError(f"there is no boundary version {version_id} with grids")
    rows = session.execute(
        select(BlockRow, VersionBlock.grid_code, func.ST_AsBinary(BlockRow.geom))
        .join(VersionBlock, VersionBlock.block_id == BlockRow.id)
        .where(VersionBlock.version_id == version_id)
        .order_by(BlockRow.code)
    ).all()
    plane = f"EPSG:{version.planar_srid}"
    blocks = {row[0].code: _block(row[0], row[2]) for row in rows}
    grid_of = {row[0].code: row[1] for row in rows}
    drawn = {row[0].code: _shape(row[1]) for row in grids}
    freehand = _is_freehand(drawn, blocks, grid_of, plane)
    if freehand:
        blocks = {f"{row[0].code}-K": Block(drawn[row[0].code], _people(row[0])) for row in grids}
        grid_of = {f"{code}-K": code for code in drawn}
    meeting = _with_all_vertices(blocks)
    buildings, said = _read_buildings(session)
    placed = _with_buildings(meeting, buildings, said)
    plan = make_plan(
        make_ground(placed, buildings, _communities(session, version_id), plane),
        grid_of,
        {row[0].code: GridRecord(row[0].community_code, row[0].kind.value) for row in grids},
        {row[0].code: GridName(row[0].name, row[0].name_en) for row in grids},
        used=_used_codes(session, version),
    )
    ids = {} if freehand else {row[0].code: row[0].id for row in rows}
    same = {code: number for code, number in ids.items() if meeting[code] is blocks[code]}
    return BasePlan(version_id, plan, same, freehand)


def _is_freehand(
    drawn: Mapping[str, BaseGeometry],
    blocks: Mapping[str, Block],
    grid_of: Mapping[str, str],
    plane: str,
) -> bool:
    members: dict[str, list[Any]] = defaultdict(list)
    for code, grid in grid_of.items():
        members[grid].append(blocks[code].shape)
    if members.keys() != drawn.keys():
        return True
    made = geometries(dissolve(members[code]) for code in drawn)
    apart = shapely.symmetric_difference(
        shapely.make_valid(project(geometries(drawn.values()), plane)), project(made, plane)
    )
    return bool(shapely.area(apart).max() > DRAWN_OTHERWISE_M2)


def _with_all_vertices(blocks: Mapping[str, Block]) -> dict[str, Block]:
    """Insert vertices that neighbours have; blocks that miss none stay the very same."""
    shapes = [block.shape for block in blocks.values()]
    lat = float(shapely.total_bounds(geometries(shapes))[1])
    mended = insert_missing_vertices(
        shapes, EDGE_TOLERANCE_M, metres_per_unit=metres_per_degree(lat)
    )
    return {
        code: block if shape is block.shape else replace(block, shape=shape)
        for (code, block), shape in zip(blocks.items(), mended, strict=True)
    }


def _read_buildings(session: Session) -> tuple[Buildings, list[str | None]]:
    """Return all buildings, and the code of the block each is said to be in."""
    rows = session.execute(
        select(Building, func.ST_AsBinary(Building.geom)).order_by(Building.code)
    ).all()
    buildings = Buildings(
        tuple(row[0].code for row in rows),
        geometries(_shape(row[1]) for row in rows),
        tuple(_people(row[0]) for row in rows),
    )
    return buildings, [row[0].block_code for row in rows]


def _with_buildings(
    blocks: Mapping[str, Block], buildings: Buildings, said: Sequence[str | None]
) -> dict[str, Block]:
    """
    Put buildings into blocks: the one they are said to be in if it is there, else by place.

    Where no block has residents, they are those of the buildings.
    """
    index = PlaceIndex.of(blocks)
    homes = {row: code for row, code in enumerate(said) if code in blocks}
    inside = shapely.point_on_surface(buildings.shapes)
    for row, hit in zip(*index.tree.query(inside, "intersects").tolist(), strict=True):
        if said[row] not in blocks:
            homes[row] = min(index.codes[hit], homes.get(row) or index.codes[hit])
    rows: dict[str, list[int]] = defaultdict(list)
    for row, home in sorted(homes.items()):
        rows[home or ""].append(row)
    uncounted = not any(block.people.residents for block in blocks.values())
    filled = {}
    for code, block in blocks.items():
        people = block.people
        for row in rows[code] if uncounted else ():
            people = people.plus(buildings.people[row])
        filled[code] = replace(block, buildings=tuple(rows[code]), people=people)
    return filled


def _communities(session: Session, version_id: int) -> set[str]:
    return set(session.scalars(select(Community.code).where(Community.version_id == version_id)))


def _used_codes(session: Session, version: BoundaryVersion) -> set[str]:
    query = select(IssuedCode.code).where(
        IssuedCode.scheme == version.scheme,
        IssuedCode.level == "grid",
        IssuedCode.code.startswith(version.city_code),
    )
    return set(session.scalars(query))


def _block(row: BlockRow, wkb: Any) -> Block:  # noqa: ANN401 - bytes or a view of them
    return Block(_shape(wkb), _people(row), row.kind, row.compound_code)


def _people(row: BlockRow | Building | Grid) -> People:
    return People(row.households, row.residents, row.residents_60_plus)


def _shape(wkb: Any) -> Any:  # noqa: ANN401 - a polygon or multipolygon
    shape = shapely.from_wkb(bytes(wkb))
    return shapely.get_geometry(shape, 0) if shapely.get_num_geometries(shape) == 1 else shape
