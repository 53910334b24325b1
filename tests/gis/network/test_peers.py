"""The same distances as NetworkX and pgRouting, on the sample city and on OpenStreetMap."""

import numpy as np
import pytest
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from gis.network import Destinations, nearest_two, walk_matrix
from tests.gis.network.worlds import brute_force, split_edges

Floats = NDArray[np.float64]
SAME_M = 0.001  # our sums are of whole 15 micrometres, theirs are not


def random_points(to: Destinations, count: int, seed: int = 8) -> Floats:
    low, high = to.network.xy.min(axis=0), to.network.xy.max(axis=0)
    return np.random.default_rng(seed).uniform(low, high, (count, 2))


@pytest.mark.parametrize("city", ["sample", "helsinki"])
def test_nearest_and_second_of_1000_points_are_those_of_brute_force(
    city: str, request: pytest.FixtureRequest
) -> None:
    to: Destinations = request.getfixturevalue(city)
    points = random_points(to, 1000)
    truth = brute_force(to, points)
    order = np.argsort(truth, axis=1, kind="stable")
    reached = np.isfinite(truth[:, 0])
    assert reached.sum() > 500
    rows = np.arange(len(points))
    found = nearest_two(to, points)
    for which, (rank, cost) in enumerate(
        [(found.first, found.first_cost), (found.second, found.second_cost)]
    ):
        want = np.where(reached, order[:, which], -1)
        assert (rank == want).all()
        assert np.allclose(cost, truth[rows, order[:, which]], rtol=0, atol=SAME_M)


@pytest.mark.parametrize("city", ["sample", "helsinki"])
def test_one_point_at_a_time_gets_the_same_as_all_at_once(
    city: str, request: pytest.FixtureRequest
) -> None:
    to: Destinations = request.getfixturevalue(city)
    points = random_points(to, 200, seed=9)
    truth = walk_matrix(to, points)
    everyone = np.ones(len(to), np.bool_)
    for point, costs in zip(points, truth, strict=True):
        order = np.argsort(costs, kind="stable")[:3]
        walks = to.nearest(*point, wanted=3, allowed=everyone)
        if np.isfinite(costs[order[0]]):
            assert [walk.destination for walk in walks] == order.tolist()
            assert [walk.cost for walk in walks] == costs[order].tolist()


def test_a_route_is_as_long_as_it_says_and_leads_from_the_point_to_the_centre(
    sample: Destinations,
) -> None:
    everyone = np.ones(len(sample), np.bool_)
    for point in random_points(sample, 100, seed=10):
        for walk in sample.nearest(*point, wanted=3, allowed=everyone):
            drawn_m = np.hypot(*np.diff(walk.route, axis=0).T).sum()
            assert drawn_m == pytest.approx(walk.length_m, abs=1.0)
            assert walk.route[0] == pytest.approx(point)
            assert walk.route[-1] == pytest.approx(sample.xy[walk.destination])


def test_pgrouting_has_the_same_distances(sample: Destinations, session: Session) -> None:
    points = random_points(sample, 40, seed=11)
    snapped = sample.snap(points)
    edges = split_edges(sample.network, home=snapped, centre=sample.snapped)
    names = {name: number for number, name in enumerate({n for a, b, _ in edges for n in (a, b)})}
    session.execute(sa.text("create extension if not exists pgrouting"))
    session.execute(
        sa.text("create temp table walks (id bigserial, source int, target int, cost float8)")
    )
    session.execute(
        sa.text("insert into walks (source, target, cost) values (:a, :b, :m)"),
        [{"a": names[a], "b": names[b], "m": metres} for a, b, metres in edges],
    )
    homes = {names["home", row]: row for row in range(40) if ("home", row) in names}
    centres = {names["centre", row]: row for row in range(len(sample))}
    rows = session.execute(
        sa.text(
            "select start_vid, end_vid, agg_cost from pgr_dijkstraCost("
            "'select id, source, target, cost from walks', :homes, :centres, false)"
        ),
        {"homes": [*homes], "centres": [*centres]},
    ).all()
    assert len(rows) > 500
    table = walk_matrix(sample, points)
    ours = [table[homes[start], centres[end]] for start, end, _ in rows]
    assert np.allclose(ours, [row.agg_cost for row in rows], rtol=0, atol=SAME_M)
