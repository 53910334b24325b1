"""Neighbours found from polygons."""

import numpy as np
import pytest
import shapely

from gis.balance import Neighbours, neighbours_of, with_bridges, without
from gis.errors import BalanceError, GeometryError

WEST, EAST = shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)
NORTH = shapely.box(0, 10, 20, 16)
FAR = shapely.box(20, 10, 30, 20)


def table(neighbours: Neighbours) -> dict[tuple[int, int], float]:
    pairs = zip(neighbours.edges.tolist(), neighbours.border_m.tolist(), strict=True)
    return {(min(pair), max(pair)): border for pair, border in pairs}


def test_shared_borders_are_measured_though_a_vertex_is_missing() -> None:
    found = neighbours_of([WEST, EAST, NORTH, FAR])
    assert table(found) == {(0, 1): 10.0, (0, 2): 10.0, (1, 2): 10.0, (2, 3): 6.0}
    assert not found.link.any()
    assert (found.cost == 1.0).all()


def test_a_corner_makes_no_neighbours() -> None:
    assert not table(neighbours_of([WEST, shapely.box(10, 10, 20, 20)]))


def test_a_border_in_two_stretches_adds_up() -> None:
    ring = shapely.Polygon(
        [(0, 0), (30, 0), (30, 10), (10, 10), (10, 20), (30, 20), (30, 30), (0, 30)]
    )
    assert table(neighbours_of([ring, shapely.box(10, 10, 30, 20)])) == {(0, 1): 50.0}


def test_a_barrier_along_the_whole_border_parts_and_one_along_part_of_it_does_not() -> None:
    rail = shapely.LineString([(0, 10.5), (6, 10.5)])
    found = neighbours_of([WEST, EAST, NORTH], barriers=rail)
    assert table(found) == {(0, 1): 10.0, (1, 2): 10.0}
    both = shapely.box(0, 0, 20, 10)
    assert table(neighbours_of([both, NORTH], barriers=rail)) == {(0, 1): 20.0}


def test_a_welcome_line_makes_the_border_along_it_cheap() -> None:
    road = shapely.LineString([(10, 0), (10, 10)])
    found = neighbours_of([WEST, EAST, NORTH], welcome=road, welcome_cost=0.25)
    costs = dict(zip(map(tuple, found.edges.tolist()), found.cost.tolist(), strict=True))
    assert costs == {(0, 1): 0.25, (0, 2): 1.0, (1, 2): 1.0}


def test_a_bridge_is_a_link_without_border_and_only_where_no_border_is_shared() -> None:
    found = with_bridges(neighbours_of([WEST, EAST, FAR]), np.array([[2, 0], [0, 2], [1, 0]]))
    assert table(found) == {(0, 1): 10.0, (0, 2): 0.0}
    assert found.link.tolist() == [False, True]
    with pytest.raises(BalanceError, match="from row 3 to itself"):
        with_bridges(found, np.array([[3, 3]]))


def test_neighbours_can_be_parted_by_name_whichever_way_round() -> None:
    found = without(neighbours_of([WEST, EAST, NORTH]), np.array([[2, 0]]))
    assert table(found) == {(0, 1): 10.0, (1, 2): 10.0}


def test_missing_and_overlapping_polygons_are_refused_by_row() -> None:
    with pytest.raises(GeometryError, match="block in row 1 has no polygon"):
        neighbours_of([WEST, shapely.Polygon()])
    with pytest.raises(GeometryError, match="overlap"):
        neighbours_of([WEST, EAST, EAST])
