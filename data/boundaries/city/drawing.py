"""The drawing of the whole city in local metres, from one seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import LineString, Point, Polygon

from .blocks import Block, choose_uses, group_villages, make_blocks
from .cells import Zoning, make_cells
from .communities import gather
from .grids import dissolve, draw_grids
from .ground import Floats, bend, polygon_of, to_local
from .linework import Edge, borders
from .names import compound_names, words
from .parcels import Parcelling, lay_parcels
from .people import Residents, settle
from .roads import Road, roads, street_names
from .sketch import Community, read_communities, read_outline, read_places, rows
from .streets import Rivers, draw_rivers, main_net
from .town import Town

if TYPE_CHECKING:
    from numpy.random import Generator
    from shapely.geometry.base import BaseGeometry

    from .buildings import Building

SEED = 141182


@dataclass(frozen=True)
class Drawing:
    """Everything drawn, in local metres; rows of lists name each other by position."""

    communities: list[Community]
    blocks: list[Block]
    grid_of: list[tuple[str, int]]
    grids: dict[tuple[str, int], Polygon]
    compounds: dict[int, tuple[str, list[str], str]]
    buildings: list[Building]
    residents: list[Residents]
    roads: list[Road]
    rivers: Rivers
    tracks: list[Polygon]
    frame: Polygon


def foot_bridges(parcelling: Parcelling, rivers: Rivers) -> None:
    """Lay foot bridges from bank road to bank road; some have steps."""
    for row in rows("sketch_bridges.csv"):
        at = Point(bend(np.array([[float(row["x"]), float(row["y"])]]))[0])
        river = min(rivers.rivers, key=lambda river: river.line.distance(at))
        where = river.line.project(at)
        a, b = shapely.get_coordinates(
            [river.line.interpolate(where - 5), river.line.interpolate(where + 5)]
        )
        across: Floats = np.array([-(b - a)[1], (b - a)[0]]) / np.hypot(*(b - a)) * 150.0
        middle = (a + b) / 2
        line = shapely.intersection(LineString([middle - across, middle + across]), rivers.band)
        part = max(shapely.get_parts(line), key=lambda piece: piece.length)
        rounded = LineString(np.round(shapely.get_coordinates(part), 2))
        parcelling.lines.add(rounded, "path", row["name"], steps=row["steps"] == "yes")


def lay_out(
    rng: Generator, rivers: Rivers, zoning: Zoning, communities: list[Community]
) -> tuple[Town, list[Edge]]:
    """Draw streets, cells, walls and gates, and give back the empty town with all its lines."""
    net, main_faces = main_net(rivers)
    cells, street_edges = make_cells(rng, net, main_faces, zoning)
    shared = borders([cell.polygon for cell in cells], street_edges)
    own = gather(cells, shared, communities)
    villages = group_villages(cells, own, shared)
    parcelling = lay_parcels(rng, cells, street_edges)
    uses = choose_uses(rng, parcelling.parcels, len(set(villages.values())))
    for parcel, use in zip(parcelling.parcels, uses, strict=True):
        if use not in {"open", "works"}:
            parcelling.open_gate(parcel.polygon, cells[parcel.cell].polygon)
    foot_bridges(parcelling, rivers)
    blocks, edges = make_blocks(cells, own, parcelling, uses, villages)
    return Town(rng, cells, blocks, parcelling, edges), edges


def draw(seed: int = SEED) -> Drawing:
    """
    Draw the city.

    Raises
    ------
    ValueError
        If the sketch cannot hold the exact counts; the message says what to change.
    """
    rng = np.random.default_rng(seed)
    communities = read_communities()
    rivers = draw_rivers()
    zoning = Zoning(rivers, read_places(), communities)
    town, edges = lay_out(rng, rivers, zoning, communities)
    blocks = town.blocks
    buildings = town.build(communities)
    residents = settle(rng, buildings, blocks)
    people = [0] * len(blocks)
    for building, settled in zip(buildings, residents, strict=True):
        people[building.block] += settled.residents
    shared = borders([block.polygon for block in blocks], edges, 4.0)
    grid_of = draw_grids(rng, blocks, people, shared)
    grids = dissolve(blocks, grid_of)
    frame = polygon_of(shapely.coverage_union_all([block.polygon for block in blocks]))
    if frame.interiors:
        raise ValueError("the frame has holes: redraw its sketch")
    if not to_local(read_outline()).contains(frame):
        raise ValueError("the frame leaves the real outline of the city: move its sketch")
    names = {community.code: community.name for community in communities}
    named = [
        (
            shapely.coverage_union_all([g for key, g in grids.items() if key[0] == code]),
            name.removesuffix("社区"),
        )
        for code, name in sorted(names.items())
    ]
    labels = street_names(rng, edges, named, zoning)
    named_roads = roads(edges, labels, frame, rivers)
    anchors = stem_anchors(named, named_roads, rivers)
    return Drawing(
        communities=communities,
        blocks=blocks,
        grid_of=grid_of,
        grids=grids,
        compounds=compound_names(rng, blocks, names, anchors),
        buildings=buildings,
        residents=residents,
        roads=named_roads,
        rivers=rivers,
        tracks=town.builder.tracks,
        frame=frame,
    )


def stem_anchors(
    communities: list[tuple[BaseGeometry, str]], named_roads: list[Road], rivers: Rivers
) -> dict[str, BaseGeometry]:
    """Find where the names from which compounds are named lie in the city."""
    places = [(name, shape) for shape, name in communities]
    places += [(road.name, road.line) for road in named_roads if not road.name.endswith("巷")]
    places += [(river.name, river.line) for river in rivers.rivers]
    found: dict[str, BaseGeometry] = {}
    for stem in sorted({*words("old_stem"), *words("new_stem")}):
        shapes = [shape for name, shape in places if name.startswith(stem)]
        if shapes:
            found[stem] = shapely.union_all(shapes)
    return found
