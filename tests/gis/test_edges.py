"""Directed edges and their balance: against a slow count, and where hashing could go wrong."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, box

from gis import edges
from gis.edges import Edges, directed_edges, group_weights, points_on_edges, split_edges, unbalanced

SQUARE = box(0, 0, 10, 10)
HOLED = Polygon(SQUARE.exterior, [box(2, 2, 4, 4).exterior])
lattice = st.integers(-2, 2).map(float)


def area_left_of(found: Edges) -> float:
    """Twice the signed area is the sum of the cross products of directed edges."""
    a, b = found.ends[:, :2], found.ends[:, 2:]
    return float((a[:, 0] * b[:, 1] - b[:, 0] * a[:, 1]).sum() / 2)


@pytest.mark.parametrize("polygon", [SQUARE, HOLED, MultiPolygon([HOLED, box(20, 0, 21, 1)])])
@pytest.mark.parametrize("turned", [False, True])
def test_the_polygon_is_on_the_left_however_its_rings_run(
    polygon: Polygon | MultiPolygon, *, turned: bool
) -> None:
    given_polygon = shapely.reverse(polygon) if turned else polygon
    assert area_left_of(directed_edges([given_polygon])) == pytest.approx(polygon.area)


def test_rows_name_the_polygon_and_nothing_has_no_edges() -> None:
    found = directed_edges([None, SQUARE, Polygon(), MultiPolygon([SQUARE, box(20, 0, 21, 1)])])
    assert np.bincount(found.rows, minlength=4).tolist() == [0, 4, 0, 8]


def test_no_polygon_at_all_has_no_edges() -> None:
    assert len(directed_edges([])) == 0
    assert unbalanced(directed_edges([])).tolist() == []


def test_a_repeated_vertex_is_no_edge() -> None:
    assert len(directed_edges([Polygon([(0, 0), (1, 0), (1, 0), (1, 1)])])) == 3


def test_shared_edges_cancel_and_the_outline_stays() -> None:
    found = directed_edges([box(0, 0, 1, 1), box(1, 0, 2, 1)])
    outline = found.take(unbalanced(found))
    assert shapely.union_all(outline.lines()).length == pytest.approx(6.0)


def test_negative_zero_is_zero() -> None:
    found = directed_edges([box(0.0, 0, 1, 1), Polygon([(-0.0, 0), (-0.0, 1), (-1, 1), (-1, 0)])])
    assert unbalanced(found).sum() == 6


@given(st.lists(st.tuples(lattice, lattice, lattice, lattice, st.integers(-1, 2)), max_size=40))
def test_the_table_agrees_with_sorting(rows: list[tuple[float, float, float, float, int]]) -> None:
    ends = np.array([row[:4] for row in rows], float).reshape(-1, 4)
    found = Edges(ends, np.arange(len(rows)))
    weight = np.ones(len(rows), np.int64)
    groups = group_weights(np.array([row[4] for row in rows], np.int64))
    by_sorting = edges._unbalanced_by_sorting(found, weight, groups)
    assert unbalanced(found, weight, groups).tolist() == by_sorting.tolist()


def test_groups_that_differ_do_not_cancel() -> None:
    found = directed_edges([box(0, 0, 1, 1), box(1, 0, 2, 1)])
    weights = group_weights(found.rows)
    assert unbalanced(found, np.zeros(8, np.int64), weights).all()


def test_a_group_below_zero_weighs_nothing() -> None:
    assert group_weights(np.array([-1, 0, 1])).tolist()[0] == 0
    assert len(set(group_weights(np.arange(10_000)).tolist())) == 10_000


@pytest.mark.parametrize(("offset_m", "tolerance_m", "counts"), [
    (0.0, 0.0, True), (0.0005, 0.0, False), (0.0005, 0.001, True), (0.002, 0.001, False),
])  # fmt: skip
def test_a_point_counts_as_on_an_edge_within_the_tolerance(
    offset_m: float, tolerance_m: float, *, counts: bool
) -> None:
    found = Edges(np.array([[0, 0, 10, 0], [5, offset_m, 5, 10]], float), np.array([0, 1]))
    on = points_on_edges(found, tolerance_m)
    assert on.points.tolist() == ([[5.0, offset_m]] if counts else [])


def test_points_near_the_ends_of_an_edge_are_not_inside_it() -> None:
    found = Edges(np.array([[0, 0, 10, 0], [0.0004, 0.0003, 5, 5]], float), np.array([0, 1]))
    assert len(points_on_edges(found, 0.001)) == 0


def test_points_come_in_walking_order_and_split_the_edge_there() -> None:
    found = Edges(np.array([[10, 0, 0, 0], [2, 0, 2, 5], [7, 0, 7, 5]], float), np.arange(3))
    on = points_on_edges(found)
    assert on.points[:, 0].tolist() == [7.0, 2.0]
    split = split_edges(found, on)
    assert split.ends[:3].tolist() == [[10, 0, 7, 0], [7, 0, 2, 0], [2, 0, 0, 0]]
    assert split.rows.tolist() == [0, 0, 0, 1, 2]


def test_the_tolerance_is_in_metres_where_units_are_not() -> None:
    found = Edges(np.array([[0, 0, 1, 0], [0.5, 1e-8, 0.5, 1]], float), np.array([0, 1]))
    assert len(points_on_edges(found, 0.002, metres_per_unit=(88_000.0, 111_000.0)))
    assert not len(points_on_edges(found, 0.001, metres_per_unit=(88_000.0, 111_000.0)))


def test_edges_that_follow_one_another_are_one_chain() -> None:
    ends = [[0, 0, 1, 0], [1, 0, 1, 1], [5, 5, 6, 5], [6, 5, 7, 5], [7, 5, 8, 5]]
    found = Edges(np.array(ends, float), np.array([0, 0, 0, 0, 1]))
    chains = [list(chain.coords) for chain in found.chains()]
    assert chains == [[(0, 0), (1, 0), (1, 1)], [(5, 5), (6, 5), (7, 5)], [(7, 5), (8, 5)]]
    assert len(directed_edges([]).chains()) == 0
