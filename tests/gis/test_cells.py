"""The raster and the tree give the exact answer wherever a point is put."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from gis.cells import CellIndex
from gis.exact import first_holding
from gis.locator_kernel import NO_GRID
from gis.orientation_kernel import UNDECIDED
from gis.tree_index import TreeIndex
from tests.worlds import City, holed_city, square, square_city

Floats = NDArray[np.float64]
Polygons = NDArray[np.object_]

PLACES = [(0.0, 0.0, 1.0), (112.0, 37.0, 1 / 1024), (0.0, 0.0, 1e-5 / 3), (-1e-5, 89.0, 1e-7 / 3)]
small = st.integers(0, 6)


def by_tiles(polygons: Polygons) -> CellIndex:
    """Index as a region too large for one value a cell is."""
    index = CellIndex.build(polygons)
    index.by_cell = index.by_cell[:0]
    return index


INDEXES = [CellIndex.build, by_tiles, TreeIndex]


def as_array(polygons: list[Polygon | MultiPolygon]) -> Polygons:
    return np.array(polygons, dtype=object)


def answers(index: CellIndex | TreeIndex, points: Floats) -> list[tuple[int, bool]]:
    rows, edges = np.empty(len(points), np.int32), np.zeros(len(points), np.uint8)
    lon, lat = points[:, 0].copy(), points[:, 1].copy()
    assert index.find_many(lon, lat, rows, edges)
    ones = [index.find_one(*point) for point in points.tolist()]
    assert [one >> 1 if one >= 0 else one for one in ones] == rows.tolist()
    assert [one > 0 and one % 2 for one in ones] == edges.tolist()
    return list(zip(rows.tolist(), (edges == 1).tolist(), strict=True))


def truth(polygons: Polygons, points: Floats) -> list[tuple[int, bool]]:
    tree = shapely.STRtree(polygons)
    return [
        first_holding(polygons, tree.query(shapely.Point(x, y)), x, y) for x, y in points.tolist()
    ]


def tempting_points(polygons: Polygons, seed: int = 0, count: int = 150) -> Floats:
    """Vertices, points on edges as near as doubles come, and points at the heights of vertices."""
    chance = np.random.default_rng(seed)
    rings = shapely.get_rings(shapely.get_parts(polygons))
    vertices = shapely.get_coordinates(rings)
    ends = np.concatenate([[*pairwise(shapely.get_coordinates(ring).tolist())] for ring in rings])[
        chance.integers(0, len(vertices) - len(rings), count)
    ]
    along = chance.choice([0.25, 0.5, chance.random(), chance.random()], count)[:, None]
    on_edges = ends[:, 0] + along * (ends[:, 1] - ends[:, 0])
    level = np.column_stack([chance.permutation(vertices[:, 0]), vertices[:, 1]])
    west, south, east, north = shapely.total_bounds(polygons)
    spread = chance.uniform(-0.2, 1.2, (count, 2)) * [east - west, north - south] + [west, south]
    nudged = np.nextafter(on_edges, chance.choice([-1e3, 1e3], (count, 2)))
    nudged[np.abs(nudged) < 1e-100] = 0.0  # where doubles underflow the index does not decide
    return np.vstack([vertices[:count], on_edges, nudged, level[:count], spread])


@pytest.mark.parametrize("build", INDEXES)
@pytest.mark.parametrize("city", [square_city(3), holed_city()])
def test_toy_cities_are_answered_exactly(
    build: Callable[[Polygons], TreeIndex], city: City
) -> None:
    polygons = as_array(city.polygons)
    points = tempting_points(polygons)
    assert answers(build(polygons), points) == truth(polygons, points)


@settings(max_examples=40)
@given(
    corners=st.lists(st.tuples(small, small), min_size=4, max_size=9, unique=True),
    place=st.sampled_from(PLACES),
    seed=st.integers(0, 9),
)
def test_triangles_between_lattice_points_are_answered_exactly(
    corners: list[tuple[int, int]], place: tuple[float, float, float], seed: int
) -> None:
    west, south, side = place
    corners_there = [(west + x * side, south + y * side) for x, y in corners]
    triangles = shapely.get_parts(shapely.delaunay_triangles(shapely.MultiPoint(corners)))
    if not len(triangles):
        return
    there = dict(zip(corners, corners_there, strict=True))
    polygons = as_array(
        [Polygon([there[int(x), int(y)] for x, y in t.exterior.coords]) for t in triangles]
    )
    points = tempting_points(polygons, seed, 25)
    assert answers(CellIndex.build(polygons), points) == truth(polygons, points)


@pytest.mark.parametrize("build", [CellIndex.build, by_tiles])
@pytest.mark.parametrize("place", PLACES)
def test_a_city_of_many_shapes_is_answered_exactly(
    build: Callable[[Polygons], CellIndex], place: tuple[float, float, float]
) -> None:
    polygons = voronoi_city(60, place)
    points = tempting_points(polygons, 1, 1500)
    assert answers(build(polygons), points) == truth(polygons, points)


def test_the_tree_agrees_near_zero_degrees() -> None:
    polygons = voronoi_city(12, PLACES[2])
    points = tempting_points(polygons, 1, 200)
    assert answers(TreeIndex(polygons), points) == truth(polygons, points)


def test_more_grids_in_a_cell_than_a_page_holds_are_answered_exactly() -> None:
    fan = [
        Polygon([(112, 37), (112 + np.cos(a), 37 + np.sin(a)), (112 + np.cos(b), 37 + np.sin(b))])
        for a, b in pairwise(np.linspace(0, 2 * np.pi, 41))
    ]
    polygons = as_array([*fan, square(0, 0)])
    points = np.vstack([tempting_points(polygons, 2, 400), 112 + np.zeros((1, 2)) - [0, 75]])
    assert answers(CellIndex.build(polygons), points) == truth(polygons, points)


def test_where_grids_overlap_the_first_has_the_point() -> None:
    polygons = as_array([square(1, 1, 2, 2), square(0, 0, 4, 4), square(1, 1, 3, 1)])
    points = tempting_points(polygons, 3, 400)
    assert answers(CellIndex.build(polygons), points) == truth(polygons, points)


def test_grids_far_apart_make_larger_cells_not_more() -> None:
    polygons = as_array([shapely.box(0, 0, 0.001, 0.001), shapely.box(100, 60, 100.001, 60.001)])
    index = CellIndex.build(polygons)
    assert index.bytes_used < 1_000_000
    points = tempting_points(polygons, 4, 200)
    assert answers(index, points) == truth(polygons, points)


def test_points_that_cannot_be_are_told() -> None:
    index = CellIndex.build(as_array([square(0, 0)]))
    rows, edges = np.empty(2, np.int32), np.zeros(0, np.uint8)
    for wrong in (np.nan, np.inf, 181.0):
        assert not index.find_many(np.array([0.0, wrong]), np.zeros(2), rows, edges)
    assert not index.find_many(np.zeros(2), np.array([0.0, -91.0]), rows, edges)


def test_where_doubles_underflow_the_index_says_so() -> None:
    # 1e-200 squared is no double: the side of the diagonal cannot be computed
    index = CellIndex.build(as_array([Polygon([(-1, -1), (1, -1), (1, 1)])]))
    assert index.find_one(1e-200, 2e-200) == UNDECIDED
    assert (
        TreeIndex(as_array([Polygon([(-1, -1), (1, -1), (1, 1)])])).find_one(1e-200, 2e-200)
        == NO_GRID
    )


@settings(max_examples=40)
@given(seed=st.integers(0, 20), row=st.integers(0, 29))
def test_a_changed_grid_gives_the_index_of_the_changed_city(seed: int, row: int) -> None:
    polygons = voronoi_city(30, PLACES[1])
    index, points = CellIndex.build(polygons), tempting_points(polygons, seed, 60)
    before = answers(index, points)
    changed = polygons.copy()
    changed[row] = shapely.buffer(polygons[row], -0.1 * np.sqrt(polygons[row].area))
    replaced = index.replaced(changed, shapely.bounds(polygons[[row]]))
    assert answers(replaced, points) == truth(changed, points)
    assert answers(index, points) == before


def test_a_grid_that_outgrows_the_raster_is_indexed_anew() -> None:
    polygons = as_array([square(0, 0), square(1, 0)])
    grown = as_array([square(0, 0), square(1, 0, 9, 9)])
    replaced = CellIndex.build(polygons).replaced(grown, shapely.bounds(grown))
    points = tempting_points(grown, 5, 100)
    assert answers(replaced, points) == truth(grown, points)


def voronoi_city(count: int, place: tuple[float, float, float]) -> Polygons:
    """Make a partition without any order in it, its borders shared bit for bit."""
    west, south, side = place
    seeds = np.random.default_rng(count).uniform(0, 6, (count, 2))
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.MultiPoint(seeds), extend_to=shapely.box(0, 0, 6, 6))
    )
    return np.asarray(shapely.transform(cells, lambda xy: xy * side + [west, south]))
