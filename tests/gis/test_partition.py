"""Missing vertices are inserted into neighbours, and nothing else changes."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, box

from gis.crs import to_planar
from gis.edges import directed_edges, unbalanced
from gis.errors import GeometryError
from gis.partition import (
    EDGE_TOLERANCE_M,
    Features,
    Partition,
    geometries,
    insert_missing_vertices,
    metres_per_degree,
)

WHOLE = box(0, 0, 8, 8)


def brick_wall(cuts: list[list[int]]) -> list[Polygon]:
    """Lay courses one unit high over eight units, each cut where it says: T-junctions all over."""
    return [
        box(west, row, east, row + 1)
        for row, course in enumerate(cuts)
        for west, east in zip([0, *course], [*course, 8], strict=True)
    ]


courses = st.lists(
    st.lists(st.integers(1, 7), max_size=4, unique=True).map(sorted), min_size=1, max_size=5
)


@given(courses)
def test_neighbours_share_every_edge_afterwards(cuts: list[list[int]]) -> None:
    wall = insert_missing_vertices(brick_wall(cuts))
    found = directed_edges(wall)
    outline = found.take(unbalanced(found))
    assert shapely.union_all(outline.lines()).equals(shapely.box(0, 0, 8, len(cuts)).exterior)


@given(courses)
def test_no_polygon_changes_its_shape_and_a_second_run_changes_nothing(
    cuts: list[list[int]],
) -> None:
    before = brick_wall(cuts)
    after = insert_missing_vertices(before)
    assert all(one.equals(two) for one, two in zip(before, after, strict=True))
    again = insert_missing_vertices(after)
    assert all(one is two for one, two in zip(after, again, strict=True))


def test_polygons_that_miss_nothing_are_the_same_objects() -> None:
    squares = [box(0, 0, 1, 1), box(1, 0, 2, 1), box(2, 0, 3, 0.5)]
    after = insert_missing_vertices(squares)
    assert after[0] is squares[0]
    assert after[2] is squares[2]
    assert shapely.get_coordinates(after[1]).tolist().count([2.0, 0.5]) == 1


def test_rings_keep_their_direction_and_start() -> None:
    west = Polygon([(2, 0), (0, 0), (0, 2), (2, 2)])  # clockwise
    after = insert_missing_vertices([west, box(2, 0, 3, 1), box(2, 1, 3, 2)])[0]
    vertices = shapely.get_coordinates(after).tolist()
    assert vertices == [[2, 0], [0, 0], [0, 2], [2, 2], [2, 1], [2, 0]]


def test_holes_and_parts_get_their_vertices_too() -> None:
    ring = Polygon(WHOLE.exterior, [box(2, 2, 6, 6).exterior])
    pair = MultiPolygon([ring, box(20, 0, 21, 1)])
    after = insert_missing_vertices([pair, box(2, 2, 4, 6), box(4, 2, 6, 6)])[0]
    assert isinstance(after, MultiPolygon)
    assert {(4.0, 2.0), (4.0, 6.0)} < set(after.geoms[0].interiors[0].coords)
    assert after.equals(pair)


def test_a_vertex_a_tenth_of_a_millimetre_off_is_taken_into_the_border_when_asked() -> None:
    west, east = box(0, 0, 1, 2), Polygon([(1, 0), (3, 0), (3, 2), (1, 2), (1.0001, 1)])
    assert insert_missing_vertices([west, east])[0] is west
    after = insert_missing_vertices([west, east], EDGE_TOLERANCE_M)
    assert shapely.coverage_is_valid(after)
    assert after[1] is east


def test_degrees_need_the_tolerance_and_then_stay_together_through_a_transform() -> None:
    lon, lat = 111.75, 37.25
    south = Polygon(
        [(lon, lat), (lon + 0.03, lat), (lon + 0.0299, lat + 0.0101), (lon, lat + 0.01)]
    )
    cut = (round(lon + 0.0299 / 3, 9), round(lat + 0.01 + 0.0001 / 3, 9))
    west = Polygon([(lon, lat + 0.01), cut, (cut[0], lat + 0.02), (lon, lat + 0.02)])
    east = Polygon(
        [cut, (lon + 0.0299, lat + 0.0101), (lon + 0.03, lat + 0.02), (cut[0], lat + 0.02)]
    )
    scale = metres_per_degree(lat)
    given_city = [south, west, east]

    def planar(polygons: list[Polygon | MultiPolygon]) -> np.ndarray:
        return np.asarray(shapely.transform(
            geometries(polygons),
            lambda xy: np.column_stack(to_planar(xy[:, 0], xy[:, 1], "EPSG:4546")),
        ))  # fmt: skip

    apart = planar(insert_missing_vertices(given_city, metres_per_unit=scale))
    assert not shapely.coverage_is_valid(apart)
    together = planar(insert_missing_vertices(given_city, EDGE_TOLERANCE_M, metres_per_unit=scale))
    assert shapely.coverage_is_valid(together)


def test_a_neck_narrower_than_the_tolerance_is_not_pinched_shut() -> None:
    hourglass = Polygon([(0, 0), (2, 0), (1.0004, 1), (2, 2), (0, 2), (1, 1)])
    slab = Polygon([(0, 0), (1, 1), (0, 2), (-1, 2), (-1, 0)])
    wall = Polygon([(1.0002, 1), (4, 0), (4, 2)])
    after = insert_missing_vertices([hourglass, slab, wall], 0.01)
    assert all(polygon.is_valid for polygon in after)


def test_a_number_of_codes_that_is_not_that_of_the_polygons_is_refused() -> None:
    with pytest.raises(GeometryError, match="2 codes but 1 geometries"):
        Features(("a", "b"), geometries([WHOLE]))
    with pytest.raises(GeometryError, match="1 codes but 2 parent_codes"):
        Partition(("a",), geometries([WHOLE]), parent_codes=("p", "q"))


def test_what_has_no_name_is_called_by_its_code() -> None:
    streets = Features(("s1", "s2"), geometries([WHOLE, WHOLE]), ("府学街", ""))
    assert [streets.name(0), streets.name(1)] == ["府学街", "s2"]
