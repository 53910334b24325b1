"""The walking network: costs, connected parts, and where points join it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import GeometryError
from gis.network import METRES, ORDINARY, SLOW, Destinations, Pace, build_network, read_ways
from tests.gis.network.worlds import lattice, network, streets

CROSS = ([(0.0, 0.0), (200.0, 0.0)], [(100.0, -100.0), (100.0, 100.0)])


def cost(made: Destinations, x: float, y: float) -> float:
    (walk,) = made.nearest(x, y, wanted=1, allowed=np.array([True]))
    return walk.cost


def to(x: float, y: float, pace: Pace, *kinds: str, **columns: list[bool]) -> Destinations:
    classes = list(kinds or ("lane", "lane"))
    made = build_network(read_ways(streets(*CROSS, **{"class": classes}, **columns)))
    return Destinations(made, np.array([[x, y]]), pace=pace, limit_m=50)


def test_old_people_take_half_as_long_again() -> None:
    assert cost(to(200, 0, ORDINARY), 0, 0) == pytest.approx(200 / 1.2, abs=1e-3)
    assert cost(to(200, 0, SLOW), 0, 0) == pytest.approx(200 / 0.8, abs=1e-3)


@pytest.mark.parametrize(
    ("kinds", "start", "end", "waits"),
    [
        (("arterial", "lane"), (0, 0), (200, 0), 0.0),  # on along the busy road
        (("arterial", "lane"), (100, -100), (100, 100), 1.0),  # straight over it
        (("arterial", "lane"), (100, -100), (200, 0), 0.5),  # out of the side street, along it
        (("arterial", "arterial"), (0, 0), (200, 0), 1.0),  # over the other busy road
        (("lane", "lane"), (100, -100), (100, 100), 0.0),
    ],
)
def test_a_crossing_of_a_busy_road_is_waited_for(
    kinds: tuple[str, str], start: tuple[float, float], end: tuple[float, float], waits: float
) -> None:
    seconds = cost(to(*end, ORDINARY, *kinds), *start)
    assert seconds == pytest.approx(200 / 1.2 + 20 * waits, abs=1e-3)
    assert cost(to(*end, METRES, *kinds), *start) == 200


def test_stairs_slow_one_down() -> None:
    seconds = cost(to(200, 0, ORDINARY, steps=[True, False]), 0, 0)
    assert seconds == pytest.approx(2.2 * 200 / 1.2, abs=1e-3)


def test_a_point_joins_the_nearest_edge_within_the_limit() -> None:
    made = lattice(1)
    snapped = made.snap(np.array([[50.0, 7.0], [50.0, -30.0], [50.0, -31.0]]), limit_m=30)
    assert snapped.away_m.tolist()[:2] == pytest.approx([7, 30])
    assert snapped.share.tolist()[:2] == [0.5, 0.5]
    assert snapped.edge[2] == -1


def test_of_equally_near_edges_the_first_is_taken() -> None:
    made = lattice(2)
    edges = made.snap(np.array([[100.0, 100.0]]), limit_m=30).edge
    touching = [e for e in range(made.edges) if made.lines[e].distance(made.lines[edges[0]]) == 0]
    at_node = [e for e in touching if (100.0, 100.0) in made.lines[e].coords]
    assert edges[0] == min(at_node)


def test_a_stray_path_is_passed_over() -> None:
    made = network([(0, 0), (200, 0)], [(50, 5), (60, 5)])
    near = made.snap(np.array([[55.0, 6.0]]), limit_m=50)
    joined = made.snap(np.array([[55.0, 6.0]]), limit_m=50, least_m=100)
    assert [near.away_m[0], joined.away_m[0]] == pytest.approx([1, 6])
    assert made.component_length_m.tolist() == [200, 10]


grid = st.sampled_from([0.0, 25.0, 50.0, 100.0, 150.0, 200.0])


@settings(max_examples=40)
@given(x=grid, y=grid)
def test_one_point_joins_as_many_do(x: float, y: float) -> None:
    made = lattice(2)
    snapped = made.snap(np.array([[x, y]]), limit_m=60, least_m=10)
    one = made.snap_one(x, y, limit_m=60, least_m=10)
    assert one == (snapped.edge[0], snapped.share[0], snapped.away_m[0])


def test_a_locked_gate_closes_its_path() -> None:
    ways = read_ways(streets([(0, 0), (50, 0)], [(50, 0), (100, 0)], [(0, 0), (0, 50)]))
    assert build_network(ways).edges == 3
    assert build_network(ways, closed_gates=[(75.0, 0.2)]).edges == 2


def test_a_layer_without_any_way_on_foot_is_refused() -> None:
    with pytest.raises(GeometryError, match="no line"):
        build_network(read_ways(streets([(0, 0), (9, 0)], highway=["motorway"])))
