"""The ground within a walk of the nearest destination."""

import numpy as np
import pytest
import shapely

from gis.network import METRES, Destinations, NearestTable
from gis.network.isochrone import isochrone, reached_lines
from tests.gis.network.worlds import network

RIVER = shapely.box(-500, 10, 1000, 30)


def reached(to: Destinations, limit_m: float) -> np.ndarray:
    return reached_lines(to, NearestTable(to).at_nodes().first_cost, limit_m)


def bank(*more: list[tuple[float, float]]) -> Destinations:
    """Return a street on each side of a river and a centre at the west end of the southern one."""
    made = network([(0, 0), (500, 0)], [(0, 40), (500, 40)], *more)
    return Destinations(made, np.array([[0.0, 0.0]]), pace=METRES, limit_m=5)


def test_it_ends_along_the_street_where_the_limit_is_used_up() -> None:
    lines = reached(bank(), 120)
    assert shapely.union_all(lines).length == pytest.approx(120)
    assert shapely.union_all(lines).bounds == pytest.approx((0, 0, 120, 0))


def test_it_grows_to_both_sides_of_a_centre_in_the_middle_of_a_street() -> None:
    made = network([(0, 0), (500, 0)])
    to = Destinations(made, np.array([[200.0, 3.0]]), pace=METRES, limit_m=5)
    assert shapely.union_all(reached(to, 53)).bounds == pytest.approx((150, 0, 250, 0))


def test_it_does_not_jump_a_river() -> None:
    ground = isochrone(reached(bank(), 300), off_m=60, barriers=RIVER)
    assert ground.bounds[3] == pytest.approx(10)
    assert not ground.intersects(shapely.Point(100, 35))


def test_it_crosses_where_a_bridge_does() -> None:
    ground = isochrone(reached(bank([(100, 0), (100, 40)]), 300), off_m=60, barriers=RIVER)
    assert ground.intersects(shapely.Point(150, 35))
    assert not ground.intersects(shapely.Point(450, 35))


def test_nothing_reached_is_empty() -> None:
    assert isochrone(np.empty(0, dtype=object), off_m=60).is_empty
