"""Cutting a block in two by a line across it, and splitting a grid along a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely

from gis.borders import project
from gis.edges import directed_edges
from gis.edit.borders import ON_EDGE_DEGREES, check_points, insert, near, with_rings
from gis.edit.errors import Allow, EditError, listed
from gis.edit.items import Block, GridName, Item, People
from gis.partition import geometries

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray
    from shapely import LineString, MultiPolygon, Polygon

    from gis.edit.borders import Ring
    from gis.edit.edit import Edit
    from gis.edit.operations import CutBlock, LonLat, SplitGrid

SNAP_M = 0.05
"""A line that ends this near to a vertex is meant to end there."""
SMALLEST_PIECE_M2 = 1.0


class Side(NamedTuple):
    """What decides which side keeps the code: the greater does, or the one further west."""

    area_m2: float
    west: float  # minus the lon of its westernmost middle


def cut(edit: Edit, operation: CutBlock) -> None:
    """Cut a block in two by a line across it."""
    line = _line(edit, operation.line)
    cut_block(edit, operation.block, line)


def cut_block(edit: Edit, code: str, line: LineString) -> tuple[str, str]:
    """
    Cut a block in two; both pieces stay in its grid.

    Returns
    -------
    kept, new
        The code of the block, and that of the new piece.

    Raises
    ------
    EditError
        If the line does not part it in two from border to border, cuts a building, leaves a piece
        under `SMALLEST_PIECE_M2`, or the block is a compound and that is not allowed.
    """
    block = edit.block(code)
    if block.compound is not None and Allow.CUT_COMPOUND not in edit.allow:
        raise EditError(
            f"地块 {code} 是小区 {block.compound}，切开后小区分属两块",
            f"block {code} is the compound {block.compound}, which would be in two blocks",
            [code, block.compound],
            allow=Allow.CUT_COMPOUND,
        )
    _spare_buildings(edit, code, block, line)
    paths = _paths_across(edit, code, line)
    block = edit.block(code)  # with the ends of the paths as vertices
    pieces = _pieces(code, block.shape, paths)
    shared = _share(edit, block, pieces)
    order = sorted(range(2), key=lambda i: _side(edit, shared[i]), reverse=True)
    new = edit.next_piece(code)
    edit.put(Item("shapes", code), shared[order[0]])
    edit.put(Item("shapes", new), shared[order[1]])
    edit.put(Item("grid_of", new), edit.get(Item("grid_of", code)))
    return code, new


def split(edit: Edit, operation: SplitGrid) -> None:
    """Split a grid in two by a line across it; the new side gets the new code."""
    record = edit.grid(operation.grid)
    line = _line(edit, operation.line)
    members = sorted(edit.plan.members[operation.grid])
    if operation.cut_blocks:
        for code in members:
            if shapely.crosses(line, edit.block(code).shape):
                members.append(cut_block(edit, code, line)[1])
    sides = _divide(edit, operation.grid, members, line)
    blocks = [[edit.block(code) for code in side] for side in sides]
    merged = [_side_of(edit, side) for side in blocks]
    moving = sides[merged.index(min(merged))]
    officer = edit.get(Item("officers", operation.grid))
    name = GridName(operation.name, operation.name_en)
    edit.new_grid(operation.code, record, name, officer)
    for code in moving:
        edit.put(Item("grid_of", code), operation.code)
    for code in members:
        edit.reads.add(Item("grid_of", code))


def _line(edit: Edit, points: Sequence[LonLat]) -> LineString:
    check_points(edit, points)
    line = shapely.LineString(points) if len(points) > 1 else shapely.LineString()
    if not line.length or not line.is_simple:
        raise EditError(
            "分割线至少要有两个不同的点，且不能与自身相交",
            "the line needs at least two different points and must not cross itself",
        )
    return line


def _spare_buildings(edit: Edit, code: str, block: Block, line: LineString) -> None:
    buildings = edit.plan.ground.buildings
    rows = list(block.buildings)
    hit = [buildings.codes[row] for row in rows if line.intersects(buildings.shapes[row])]
    if hit:
        raise EditError(
            f"分割线穿过地块 {code} 内的楼宇 {listed(hit)}：请绕开",
            f"the line cuts building {listed(hit)} of block {code}: lead it around",
            [code, *hit],
        )


def _paths_across(edit: Edit, code: str, line: LineString) -> list[NDArray[np.float64]]:
    """Return the stretches of a line inside a block, their ends made vertices for all who share."""
    shape = edit.block(code).shape
    inside = shapely.get_parts(shapely.line_merge(shapely.intersection(line, shape))).tolist()
    paths = [shapely.get_coordinates(part) for part in inside if shapely.get_type_id(part) == 1]
    if not paths:
        raise EditError(
            f"分割线没有穿过地块 {code}", f"the line does not cross block {code}", [code]
        )
    ends = np.concatenate([path[[0, -1]] for path in paths])
    if np.max(shapely.distance(shapely.points(ends), shapely.boundary(shape))) > ON_EDGE_DEGREES:
        raise EditError(
            f"分割线在地块 {code} 内中断：两端须伸出地块",
            f"the line ends inside block {code}: let both ends reach beyond it",
            [code],
        )
    for path in paths:
        path[[0, -1]] = [_snapped(edit, shape, end) for end in path[[0, -1]]]
        for end in path[[0, -1]]:
            at = (float(end[0]), float(end[1]))
            insert(edit, near(edit, [at], SNAP_M), end[None])
    return paths


def _snapped(
    edit: Edit, shape: Polygon | MultiPolygon, end: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the vertex of a shape an end is meant to be, or the end itself."""
    xy = shapely.get_coordinates(shape)
    flat = project(geometries(shapely.points(np.vstack([end, xy]))), edit.plan.ground.plane)
    away = shapely.distance(flat[1:], flat[0])
    snapped: NDArray[np.float64] = xy[away.argmin()] if away.min() <= SNAP_M else end
    return snapped


def _pieces(
    code: str, shape: Polygon | MultiPolygon, paths: Sequence[NDArray[np.float64]]
) -> list[Polygon | MultiPolygon]:
    """Return the two pieces of a shape on the two sides of paths between its vertices."""
    ends = {(float(x), float(y)) for path in paths for x, y in path[[0, -1]]}
    lines = [shapely.LineString(path) for path in paths]

    def broken(ring: Ring) -> Ring:
        cuts = [i for i, xy in enumerate(ring) if xy in ends] or [0]
        for first, last in zip(cuts, [*cuts[1:], cuts[0] + len(ring)], strict=True):
            lines.append(shapely.LineString([*ring, *ring][first : last + 1]))
        return ring

    parts = shapely.get_parts(shape).tolist()
    touched = [part for part in parts if shapely.intersects(part, lines[0])]
    for part in touched:
        with_rings(part, broken)
    faces = shapely.get_parts(shapely.polygonize(lines)).tolist()
    pieces = [face for face in faces if shape.covers(shapely.point_on_surface(face))]
    if len(touched) != 1 or len(pieces) != 2:  # noqa: PLR2004 - two sides
        raise EditError(
            f"分割线把地块 {code} 分成 {len(pieces)} 块，应为两块",
            f"the line parts block {code} in {len(pieces)} pieces: lead it so that there are two",
            [code],
        )
    for other in parts:
        if other not in touched:
            nearer = min(range(2), key=lambda i: float(shapely.distance(pieces[i], other)))
            pieces[nearer] = shapely.MultiPolygon([*shapely.get_parts(pieces[nearer]), other])
    return pieces


def _share(edit: Edit, block: Block, pieces: Sequence[Polygon | MultiPolygon]) -> list[Block]:
    """Divide the buildings and people of a block among its two pieces."""
    ground = edit.plan.ground
    flat = project(geometries(pieces), ground.plane)
    areas = shapely.area(flat)
    if areas.min() < SMALLEST_PIECE_M2:
        raise EditError(
            f"分割后有一块不足 {SMALLEST_PIECE_M2} 平方米",
            f"a piece would have less than {SMALLEST_PIECE_M2} m²",
        )
    inside: list[list[int]] = [[], []]
    for row in block.buildings:
        away = shapely.distance(pieces, shapely.point_on_surface(ground.buildings.shapes[row]))
        inside[int(away.argmin())].append(row)
    counts = zip(*(_counted(edit, rows) for rows in inside), strict=True)
    people = [
        _in_proportion(total, weights if sum(weights) else areas.tolist())
        for total, weights in zip(block.people, counts, strict=True)
    ]
    return [
        Block(pieces[i], People(*(share[i] for share in people)), block.kind, block.compound,
              tuple(inside[i]))
        for i in range(2)
    ]  # fmt: skip


def _counted(edit: Edit, rows: Iterable[int]) -> People:
    total = People()
    for row in rows:
        total = total.plus(edit.plan.ground.buildings.people[row])
    return total


def _in_proportion(total: int, weights: Sequence[float]) -> tuple[int, int]:
    """Divide a count in two by weights, rounded so that nobody is lost."""
    first = round(total * weights[0] / sum(weights))
    return first, total - first


def _side(edit: Edit, block: Block) -> Side:
    return _side_of(edit, [block])


def _side_of(edit: Edit, blocks: Sequence[Block]) -> Side:
    shapes = geometries(block.shape for block in blocks)
    flat = project(shapes, edit.plan.ground.plane)
    west = -min(float(block.shape.centroid.x) for block in blocks)
    return Side(round(float(shapely.area(flat).sum()), 1), west)


def _divide(
    edit: Edit, grid: str, members: Sequence[str], line: LineString
) -> tuple[list[str], list[str]]:
    """Divide the blocks of a grid into those on the left of a line and those on its right."""
    outline = edit.plan.outline(grid)
    halves = _halves(outline, line)
    lefts = _lefts(line, halves)
    if len(set(lefts)) < 2:  # noqa: PLR2004 - two sides
        raise EditError(
            f"分割线没有穿过网格 {grid}：两端须伸出网格",
            f"the line does not cross grid {grid}: let both ends reach beyond it",
            [grid],
        )
    left = shapely.union_all([half for half, on_left in zip(halves, lefts, strict=True) if on_left])
    shapes = geometries(edit.block(code).shape for code in members)
    within = shapely.covers(left, shapely.point_on_surface(shapes))
    crossed = np.flatnonzero(shapely.crosses(line, shapes))
    inside = shapely.area(shapely.intersection(shapes[crossed], left))
    within[crossed] = inside >= shapely.area(shapes[crossed]) / 2
    sides: tuple[list[str], list[str]] = ([], [])
    for code, on_left in zip(members, within.tolist(), strict=True):
        sides[not on_left].append(code)
    if not sides[0] or not sides[1]:
        raise EditError(
            f"网格 {grid} 的全部地块都在分割线同一侧：请移动分割线，或允许切开地块",
            f"all blocks of grid {grid} are on one side of the line: move it, or set 'cut_blocks'",
            [grid],
        )
    return sides


def _halves(outline: Polygon | MultiPolygon, line: LineString) -> list[Polygon]:
    """Return the faces a line parts an outline into."""
    linework = shapely.union_all([shapely.boundary(outline), line])
    faces = shapely.get_parts(shapely.polygonize([linework])).tolist()
    return [face for face in faces if outline.covers(shapely.point_on_surface(face))]


def _lefts(line: LineString, faces: Sequence[Polygon]) -> list[bool | None]:
    """Tell which faces are on the left of a line; one it does not bound goes with the nearest."""
    lefts = [_on_left(line, face) for face in faces]
    known = [i for i, left in enumerate(lefts) if left is not None]
    for i, left in enumerate(lefts):
        if left is None and known:
            nearest = min(known, key=lambda k: float(shapely.distance(faces[k], faces[i])))
            lefts[i] = lefts[nearest]
    return lefts


def _on_left(line: LineString, face: Polygon) -> bool | None:
    """Tell whether a face lies on the left of a line that bounds it; None if it does not."""
    edges = directed_edges([face])
    middles = shapely.points((edges.ends[:, :2] + edges.ends[:, 2:]) / 2)
    on = edges.take(np.asarray(shapely.distance(middles, line)) <= ON_EDGE_DEGREES)
    if not len(on):
        return None
    longest = on.ends[np.hypot(*(on.ends[:, 2:] - on.ends[:, :2]).T).argmax()]
    start, end = shapely.line_locate_point(line, shapely.points(longest.reshape(2, 2)))
    return bool(end > start)  # an edge has its face on the left
