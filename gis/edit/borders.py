"""
Borders of blocks by their vertices: finding, inserting, moving, removing them for all who share.

Two blocks share a vertex if both have it with the same two numbers, to the last bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely

from gis.crs import LonLatBounds, check_lonlat
from gis.edges import directed_edges
from gis.edit.errors import EditError, listed
from gis.edit.items import Block, Item
from gis.partition import geometries, insert_vertices, metres_per_degree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray
    from shapely import MultiPolygon, Polygon

    from gis.edit.edit import Edit
    from gis.edit.operations import InsertVertex, LonLat, MoveVertex, RemoveVertex

    Ring = list[tuple[float, float]]

PICK_M = 0.5
"""How far from a vertex a planner may point and still mean it."""
ON_EDGE_DEGREES = 1e-11
"""What rounding may move a point that was computed on an edge: a thousandth of a millimetre."""
PICK_EDGE_M = 5.0
"""How far from a border a planner may point and still mean it."""


class Corner(NamedTuple):
    """A vertex and the blocks that share it."""

    at: LonLat
    blocks: tuple[str, ...]


def reshaped(block: Block, shape: Polygon | MultiPolygon) -> Block:
    """Return the same block with another shape."""
    return Block(shape, block.people, block.kind, block.compound, block.buildings)


def near(edit: Edit, points: Iterable[LonLat], margin_m: float) -> list[str]:
    """Return the blocks whose box comes near to any of some points, in order of their codes."""
    xy = np.asarray(list(points))
    east, north = metres_per_degree(float(xy[0, 1]))
    margin = np.array([margin_m / east, margin_m / north])
    box = np.concatenate([xy.min(axis=0) - margin, xy.max(axis=0) + margin])
    return sorted(edit.plan.in_box(box.tolist()))


def check_points(edit: Edit, points: Iterable[LonLat]) -> None:
    """Refuse points that cannot be a place in the city."""
    xy = np.asarray(list(points), np.float64).reshape(-1, 2)
    check_lonlat(xy[:, 0], xy[:, 1], LonLatBounds(*edit.plan.ground.bounds))


def find_corner(edit: Edit, at: LonLat) -> Corner:
    """
    Find the vertex a planner points at, and all blocks that share it.

    Raises
    ------
    EditError
        If there is none within `PICK_M`.
    """
    check_points(edit, [at])
    codes = near(edit, [at], PICK_M)
    scale = metres_per_degree(at[1])
    best, vertex = PICK_M, None
    rings = {code: shapely.get_coordinates(edit.plan.shapes[code].shape) for code in codes}
    for xy in rings.values():
        away = np.hypot(*((xy - at) * scale).T)
        if away.min() <= best:
            best, vertex = float(away.min()), xy[away.argmin()]
    if vertex is None:
        raise EditError(
            f"({at[0]}, {at[1]}) 附近 {PICK_M} 米内没有边界折点",
            f"there is no vertex within {PICK_M} m of ({at[0]}, {at[1]})",
        )
    shared = tuple(code for code, xy in rings.items() if (xy == vertex).all(axis=1).any())
    return Corner((float(vertex[0]), float(vertex[1])), shared)


def with_rings(
    shape: Polygon | MultiPolygon, change: Callable[[Ring], Ring]
) -> Polygon | MultiPolygon:
    """Return a shape whose every ring (open, without the repeated end) was changed."""
    parts = []
    for part in shapely.get_parts(shape):
        rings = [
            change([tuple(xy) for xy in shapely.get_coordinates(ring)[:-1].tolist()])
            for ring in shapely.get_rings(part)
        ]
        if any(len(ring) < 3 for ring in rings):  # noqa: PLR2004 - a triangle
            raise EditError("地块至少要有三个折点", "a block needs at least three vertices")
        parts.append(shapely.Polygon(rings[0], rings[1:]))
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def distances(ends: NDArray[np.float64], point: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far (n, 4) edges are from a point, in their units."""
    start, along = ends[:, :2], ends[:, 2:] - ends[:, :2]
    part = ((point - start) * along).sum(axis=1) / (along * along).sum(axis=1)
    nearest = start + np.clip(part, 0.0, 1.0)[:, None] * along
    away: NDArray[np.float64] = np.hypot(*(nearest - point).T)
    return away


def insert(edit: Edit, codes: Iterable[str], points: NDArray[np.float64]) -> dict[str, Block]:
    """
    Insert points into the edges of blocks they lie nearest to, for all who share the edge.

    Parameters
    ----------
    codes
        The blocks whose borders count; those near the points must all be among them.
    points
        (k, 2) degrees; one that is a vertex already changes nothing.

    Returns
    -------
    blocks
        Those that changed, also set in the edit.
    """
    changed: dict[str, Block] = {}
    for point in points:
        blocks = {code: changed.get(code) or edit.peek(code) for code in codes}
        shapes = geometries(block.shape for block in blocks.values())
        edges = directed_edges(shapes)
        if (edges.ends[:, :2] == point).all(axis=1).any():
            continue
        away = distances(edges.ends, point)
        if away.min() > ON_EDGE_DEGREES:
            raise EditError(
                f"({point[0]}, {point[1]}) 不在边界上", f"({point[0]}, {point[1]}) is on no border"
            )
        a, b = edges.ends[away.argmin()].reshape(2, 2)
        ends = edges.ends.reshape(-1, 2, 2)
        same = ((ends == [a, b]) | (ends == [b, a])).all(axis=(1, 2))
        on = edges.take(same)
        mended = insert_vertices(shapes, on, np.repeat(point[None], len(on), axis=0))
        for row in set(on.rows.tolist()):
            code = [*blocks][row]
            if mended[row] is shapes[row]:  # it would become invalid
                raise EditError(
                    f"地块 {code} 太窄，不能在 ({point[0]}, {point[1]}) 加折点",
                    f"block {code} is too narrow for a vertex at ({point[0]}, {point[1]})",
                    [code],
                )
            changed[code] = reshaped(blocks[code], mended[row])
    for code, block in changed.items():
        edit.put(Item("shapes", code), block)
        edit.inserted[code] = block
    return changed


def move_vertex(edit: Edit, operation: MoveVertex) -> None:
    """Move a vertex for all blocks that share it."""
    check_points(edit, [operation.to])
    corner = find_corner(edit, operation.at)
    to = (float(operation.to[0]), float(operation.to[1]))

    def moved(ring: Ring) -> Ring:
        if to in ring and corner.at in ring:
            raise EditError(
                f"({to[0]}, {to[1]}) 已有折点：如需去掉一个，请删除它",
                f"there is a vertex at ({to[0]}, {to[1]}) already: to be rid of one, remove it",
                corner.blocks,
            )
        return [to if xy == corner.at else xy for xy in ring]

    for code in corner.blocks:
        block = edit.block(code)
        edit.put(Item("shapes", code), reshaped(block, with_rings(block.shape, moved)))


def insert_vertex(edit: Edit, operation: InsertVertex) -> None:
    """Insert a vertex into the nearest border, where it is nearest to the point."""
    check_points(edit, [operation.at])
    codes = near(edit, [operation.at], PICK_EDGE_M)
    edges = directed_edges(geometries(edit.plan.shapes[code].shape for code in codes))
    scale = metres_per_degree(operation.at[1])
    away = distances(edges.ends * np.tile(scale, 2), np.multiply(operation.at, scale))
    if not len(away) or away.min() > PICK_EDGE_M:
        raise EditError(
            f"({operation.at[0]}, {operation.at[1]}) 附近 {PICK_EDGE_M} 米内没有边界",
            f"there is no border within {PICK_EDGE_M} m of ({operation.at[0]}, {operation.at[1]})",
        )
    row = away.argmin()
    a, b = edges.ends[row].reshape(2, 2)
    along = (b - a) * scale
    part = np.clip(np.dot((operation.at - a) * scale, along) / np.dot(along, along), 0.0, 1.0)
    at = a + part * (b - a)
    if (at == a).all() or (at == b).all():
        raise EditError("该处已有折点", "there is a vertex at that place already")
    insert(edit, codes, at[None])


def remove_vertex(edit: Edit, operation: RemoveVertex) -> None:
    """Remove a vertex for all blocks that share it, unless borders meet there."""
    corner = find_corner(edit, operation.at)
    beside: set[tuple[float, float]] = set()

    def without(ring: Ring) -> Ring:
        for i, xy in enumerate(ring):
            if xy == corner.at:
                beside.update((ring[i - 1], ring[(i + 1) % len(ring)]))
        return [xy for xy in ring if xy != corner.at]

    for code in corner.blocks:
        block = edit.block(code)
        edit.put(Item("shapes", code), reshaped(block, with_rings(block.shape, without)))
    if len(beside) != 2:  # noqa: PLR2004 - one border, two directions
        raise EditError(
            f"有 {len(beside)} 条边界在此相交（{listed(corner.blocks)}），不能删除该节点",
            f"{len(beside)} borders meet at this vertex (of {listed(corner.blocks)}): it stays",
            corner.blocks,
        )
