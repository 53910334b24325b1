"""Vertices of neighbours are matched: a hair apart, or missing on one side."""

import numpy as np
import pytest
import shapely

from gis.coverage.check import match
from gis.coverage.rules import USUAL
from gis.coverage.site import make_site
from gis.coverage.vertices import Matched, matched_polygons
from tests.gis.coverage.towns import EAST, NORTH, Shapes, rect, shape, town, units

HAIR_M = 0.0001


def matched(shapes: Shapes, *, framed: bool = False) -> Matched:
    frame = rect(0, 0, 2, 1) if framed else None
    return match(make_site(units(shapes), frame, None, USUAL)[0])[0]


def with_corner(x: float) -> Shapes:
    """Make two squares; the western one's north-eastern corner is at x metres."""
    return town(2, 1, r0c0=shape((0, 0), (100, 0), (x, 100), (0, 100)))


def test_a_corner_a_hair_off_goes_where_most_have_it() -> None:
    shapes: Shapes = with_corner(100 + HAIR_M) | {"north": rect(1, 1)}
    found = matched(shapes)
    assert found.moved_from == pytest.approx(np.array([[EAST + 100 + HAIR_M, NORTH + 100]]))
    assert found.moved_to.tolist() == [[EAST + 100, NORTH + 100]]


def test_the_frame_stays_where_it_is() -> None:
    shapes: Shapes = {
        "west": shape((0, 0), (100, 0), (100, 100), (HAIR_M, 100)),
        "east": rect(1, 0),
    }
    found = matched(shapes, framed=True)
    assert found.moved_to.tolist() == [[EAST, NORTH + 100]]
    assert len(found.edges) == 0


def test_a_corner_half_a_metre_off_is_not_moved() -> None:
    assert len(matched(with_corner(100.5)).moved_from) == 0


def test_matched_polygons_share_their_border_and_the_others_are_the_same_objects() -> None:
    shapes = with_corner(100 + HAIR_M) | {"north": rect(1, 1), "far": rect(5, 5)}
    grids = units(shapes)
    after = matched_polygons(grids.geometries, matched(shapes))
    assert shapely.coverage_is_valid(after)
    assert after[3] is grids.geometries[3]
    assert after[0].area == pytest.approx(10_000.0, abs=0.01)


def test_edges_with_a_counterpart_are_given_row_by_row() -> None:
    found = matched(town(2, 2))
    rows = np.array([0, 3])
    assert found.paired(rows).rows.tolist() == [0, 0, 3, 3]
    assert len(found.paired(np.array([], np.int64))) == 0
