"""A province on a cluster: valid, the same on any number of workers, each parent by itself."""

from collections.abc import Iterator

import numpy as np
import pytest
from distributed import Client, LocalCluster

from gis.balance import Problem, Settings
from gis.balance.check import find_violations
from gis.balance.spread import balance_on, part_of
from tests.blocks import lattice

pytestmark = pytest.mark.filterwarnings("ignore")  # Dask's own


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    options = {"n_workers": 1, "threads_per_worker": 2, "dashboard_address": None}
    with LocalCluster(processes=False, **options) as cluster, Client(cluster) as client:
        yield client


def province() -> Problem:
    return lattice(
        [[10] * 6] * 4,
        ["aabbcc"] * 2 + ["ddeeff"] * 2,
        parents=["ppppqq"] * 4,
        k=[4, 2],
        tolerance=0.0,
    )


def test_each_parent_is_cut_by_itself_and_codes_go_on(client: Client) -> None:
    problem = province()
    steps: list[tuple[int, int]] = []
    plan = balance_on(
        client,
        problem,
        Settings(mode="stay-close", effort_s=0.2),
        lambda done, of: steps.append((done, of)),
    )
    assert not find_violations(problem, plan)
    assert plan.codes == ("a", "b", "c", "d", "e", "f")
    assert plan.figures.moved == 0
    assert steps == [(1, 2), (2, 2)]


def test_the_same_seed_gives_the_same_plan_again(client: Client) -> None:
    problem = province()
    wish = Settings(seed=3, effort_s=0.2)
    plans = [balance_on(client, problem, wish) for _ in range(2)]
    assert np.array_equal(plans[0].grid, plans[1].grid)


def test_a_part_has_the_blocks_and_neighbours_of_its_parent_only() -> None:
    part = part_of(province(), 1)
    assert part.parent_codes == ("q",)
    assert part.ids[:3] == ("r0c4", "r0c5", "r1c4")
    assert len(part.edges) == 4 + 2 * 3
