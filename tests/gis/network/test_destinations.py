"""The nearest destinations to one point, with the way there."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.network import METRES, Destinations, How, nearest_two, walk_matrix
from tests.gis.network.worlds import brute_force, lattice, network

CITY = lattice(3)
place = st.sampled_from([float(at) for at in range(0, 301, 50)])
places = st.lists(st.tuples(place, place), min_size=1, max_size=5)


@settings(max_examples=40)
@given(centres=places, x=place, y=place)
def test_on_corners_and_edges_it_is_the_nearest_and_of_equal_ones_the_first(
    centres: list[tuple[float, float]], x: float, y: float
) -> None:
    to = Destinations(CITY, np.array(centres), pace=METRES, limit_m=90)
    truth = brute_force(to, np.array([[x, y]]))[0]
    walks = to.nearest(x, y, wanted=2, allowed=np.ones(len(centres), np.bool_))
    order = np.argsort(truth.round(3), kind="stable")[:2]
    assert [walk.destination for walk in walks] == order.tolist()
    assert [walk.cost for walk in walks] == pytest.approx(truth[order], abs=0.001)
    both = nearest_two(to, np.array([[x, y]]))
    assert [both.first[0], both.second[0]][: len(order)] == order.tolist()
    assert walk_matrix(to, np.array([[x, y]]))[0] == pytest.approx(truth, abs=0.001)


def test_only_allowed_ones_are_found() -> None:
    to = Destinations(CITY, np.array([[0.0, 0.0], [300.0, 300.0]]), pace=METRES, limit_m=10)
    (walk,) = to.nearest(0.0, 0.0, wanted=2, allowed=np.array([False, True]))
    assert (walk.destination, walk.cost, walk.how) == (1, 600, How.NETWORK)


def test_across_a_river_without_a_bridge_it_says_straight_line() -> None:
    banks = network([(0, 0), (500, 0)], [(0, 40), (500, 40)])
    to = Destinations(banks, np.array([[100.0, 40.0], [400.0, 0.0]]), pace=METRES, limit_m=10)
    near, across = to.nearest(100.0, 0.0, wanted=2, allowed=np.ones(2, np.bool_))
    assert (near.destination, near.how, near.cost) == (1, How.NETWORK, 300)
    assert (across.destination, across.how, across.length_m) == (0, How.STRAIGHT_LINE, 40)


def test_far_from_every_street_all_is_by_straight_line() -> None:
    to = Destinations(CITY, np.array([[0.0, 0.0]]), pace=METRES, limit_m=10)
    (walk,) = to.nearest(-30.0, -40.0, wanted=1, allowed=np.ones(1, np.bool_))
    assert (walk.how, walk.length_m) == (How.STRAIGHT_LINE, 50)


def test_the_route_turns_at_corners_and_includes_the_way_to_the_street() -> None:
    to = Destinations(CITY, np.array([[100.0, 150.0]]), pace=METRES, limit_m=20)
    (walk,) = to.nearest(50.0, -10.0, wanted=1, allowed=np.ones(1, np.bool_))
    assert walk.length_m == 10 + 50 + 150
    assert walk.route.tolist()[:2] == [[50, -10], [50, 0]]
    assert [100, 0] in walk.route.tolist()
    assert walk.route.tolist()[-1] == [100, 150]


def test_from_a_point_to_a_centre_on_the_same_edge_one_walks_along_it() -> None:
    to = Destinations(CITY, np.array([[20.0, 0.0], [80.0, 0.0]]), pace=METRES, limit_m=20)
    walks = to.nearest(60.0, 0.0, wanted=2, allowed=np.ones(2, np.bool_))
    assert [(walk.destination, walk.cost) for walk in walks] == [(1, 20), (0, 40)]
    assert walks[1].route.tolist()[-1] == [20, 0]
