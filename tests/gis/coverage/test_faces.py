"""Faces and their widths."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Point, Polygon

from gis.coverage.faces import make_faces, widths_m
from gis.edges import directed_edges
from gis.partition import geometries
from tests.gis.coverage.towns import rect, shape


def width_m(polygon: Polygon | MultiPolygon) -> float:
    return float(widths_m(geometries([polygon]))[0])


@pytest.mark.parametrize(("polygon", "expected_m"), [
    (rect(0, 0), 100.0),
    (rect(0, 0, 10, 0.009), 0.9),  # length does not count
    (shape((0, 0), (300, 0), (0, 400)), 200.0),  # the circle in a right triangle
    (shape((0, 0), (200, 0), (200, 10), (10, 10), (10, 200), (0, 200)), 11.716),  # at the bend
    (Polygon(rect(0, 0).exterior, [rect(0.1, 0.1, 0.8, 0.8).exterior]), 11.716),
    (MultiPolygon([rect(0, 0, 0.1, 1), rect(3, 0, 0.2, 1)]), 20.0),  # the widest part
])  # fmt: skip
def test_width_is_the_diameter_of_the_largest_circle_inside(
    polygon: Polygon | MultiPolygon, expected_m: float
) -> None:
    assert width_m(polygon) == pytest.approx(expected_m, rel=1e-3)


corner = st.tuples(st.integers(0, 12), st.integers(0, 12))


@settings(max_examples=60, deadline=None)
@given(st.lists(corner, min_size=3, max_size=9, unique=True), st.sampled_from([0.05, 1.0, 40.0]))
def test_width_agrees_with_the_search_of_geos(
    corners: list[tuple[int, int]], stretch: float
) -> None:
    ground = shapely.convex_hull(shapely.MultiPoint([(x, y * stretch) for x, y in corners]))
    ground = shapely.difference(ground, Point(*corners[0]).buffer(1.5))
    for part in shapely.get_parts(ground):
        if isinstance(part, Polygon) and part.area > 0.1:
            by_geos = 2 * shapely.maximum_inscribed_circle(part, tolerance=1e-4).length
            assert width_m(part) == pytest.approx(by_geos, rel=0.02, abs=1e-3)


def test_width_does_not_depend_on_where_the_ground_is() -> None:
    near = shape((0, 0), (40, 0), (50, 5), (0, 9))
    far = shapely.transform(near, lambda xy: xy - [560_000, 4_120_000])
    assert width_m(near) == pytest.approx(width_m(far), rel=1e-6)


def test_faces_share_edges_with_their_twins_and_know_who_is_across() -> None:
    edges = directed_edges([rect(0, 0), rect(1, 0)])
    faces = make_faces(edges, [], area_m2=0.001, edge_m=0.0002)
    assert sorted(faces.areas.tolist()) == pytest.approx([10_000.0, 10_000.0])
    assert faces.twins.tolist() == [[0, 1]]
    across = faces.borders.rows[faces.borders.outside]
    assert sorted(across.tolist()) == [0, 1]
    assert faces.borders.lengths[faces.borders.outside] == pytest.approx([100.0, 100.0])


def test_hair_thin_faces_are_rounding_and_left_out() -> None:
    edges = directed_edges([rect(0, 0), rect(0, 0, 1.000001, 1)])
    faces = make_faces(edges, [], area_m2=1e-9, edge_m=0.0002)
    assert len(faces.polygons) == 1


def test_outlines_of_others_cut_faces_and_belong_to_nobody() -> None:
    faces = make_faces(directed_edges([rect(0, 0)]), [rect(0.5, 0)], area_m2=0.001, edge_m=0.0002)
    assert np.sort(faces.areas).tolist() == pytest.approx([5000.0, 5000.0, 5000.0])
    assert set(faces.borders.rows.tolist()) == {0}
