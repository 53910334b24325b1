"""Outlines as sums of edges: exact, and refused where they do not close."""

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from gis.repair.outlines import Edge, OutlineError, close, like, listed, sides_of, summed

BOX = shapely.box(0, 0, 2, 2)
cells = st.sets(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1)


def edges(shape: BaseGeometry) -> list[Edge]:
    return listed(sides_of(shape))


@given(chosen=cells)
def test_squares_of_a_lattice_add_up_to_their_union(chosen: set[tuple[int, int]]) -> None:
    squares = [shapely.box(x, y, x + 1, y + 1) for x, y in chosen]
    added = [edge for square in squares for edge in edges(square)]
    assert close(summed([], added, [])).equals(shapely.union_all(squares))


def test_ground_taken_from_the_middle_leaves_a_hole() -> None:
    hole = shapely.box(0.5, 0.5, 1, 1)
    left = close(summed(edges(BOX), [], edges(hole)))
    assert left.equals(BOX.difference(hole))


def test_ground_cannot_be_added_twice() -> None:
    with pytest.raises(OutlineError):
        summed(edges(BOX), edges(BOX), [])


def test_everything_taken_leaves_nothing() -> None:
    with pytest.raises(OutlineError, match="nothing"):
        close(summed(edges(BOX), [], edges(BOX)))


def test_an_open_line_closes_to_nothing() -> None:
    with pytest.raises(OutlineError, match="close"):
        close(edges(BOX)[:-1])


def test_rings_turn_as_the_original_did_and_multipart_stays_multipart() -> None:
    clockwise = shapely.MultiPolygon([BOX.reverse()])
    assert shapely.is_ccw(BOX.reverse().exterior) != shapely.is_ccw(BOX.exterior)
    turned = like(BOX, clockwise)
    assert isinstance(turned, shapely.MultiPolygon)
    assert shapely.is_ccw(turned.geoms[0].exterior) == shapely.is_ccw(BOX.reverse().exterior)
