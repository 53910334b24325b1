"""Where new centres would serve best."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import JingweiError
from gis.network.sites import maximal_cover, p_median

numbers = st.integers(0, 9)
towns = st.lists(
    st.tuples(numbers, numbers, st.lists(numbers, min_size=4, max_size=4)), min_size=1, max_size=6
).filter(lambda town: sum(people for people, _, _ in town) > 0)


def arrays(town: list[tuple[int, int, list[int]]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    people, today, sites = zip(*town, strict=True)
    return np.array(people, float), np.array(today, float), np.array(sites, float)


@settings(max_examples=30)
@given(town=towns)
def test_no_two_other_sites_give_a_shorter_mean_way(town: list[tuple[int, int, list[int]]]) -> None:
    people, today, sites = arrays(town)
    best = min(
        people @ np.minimum(today, sites[:, pair].min(axis=1)) / people.sum()
        for pair in map(list, combinations(range(4), 2))
    )
    found = p_median(people, today, sites, new=2)
    assert found.then == pytest.approx(best)
    assert found.today == pytest.approx(people @ today / people.sum())
    assert len(found.chosen) <= 2


@settings(max_examples=30)
@given(town=towns, reach=st.integers(1, 8))
def test_no_two_other_sites_reach_more_people(
    town: list[tuple[int, int, list[int]]], reach: int
) -> None:
    people, today, sites = arrays(town)
    covered, reaches = today <= reach, sites <= reach
    best = max(
        people[covered | reaches[:, pair].any(axis=1)].sum()
        for pair in map(list, combinations(range(4), 2))
    )
    assert maximal_cover(people, covered, reaches, new=2).then == pytest.approx(best)


def test_a_site_without_a_path_is_no_help() -> None:
    found = p_median(np.array([5.0]), np.array([900.0]), np.array([[np.inf]]), new=1)
    assert (len(found.chosen), found.then) == (0, 900)


def test_without_candidates_or_people_there_is_nothing_to_choose() -> None:
    with pytest.raises(JingweiError, match="no candidate"):
        p_median(np.ones(1), np.ones(1), np.empty((1, 0)), new=1)
    with pytest.raises(JingweiError, match="nobody"):
        maximal_cover(np.zeros(1), np.zeros(1, bool), np.ones((1, 1), bool), new=1)
