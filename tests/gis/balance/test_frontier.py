"""The search agrees with going through all plans one by one, and never denies one that exists."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from gis.balance.frontier import MOST_BLOCKS, Answer, FrontierSearch, Sizes
from gis.balance.problem import Floats, Ints

EXACT, MERGED = (100_000,), (1,)


def field(rows: int, columns: int) -> Ints:
    cells = np.arange(rows * columns).reshape(rows, columns)
    right = np.column_stack([cells[:, :-1].ravel(), cells[:, 1:].ravel()])
    down = np.column_stack([cells[:-1].ravel(), cells[1:].ravel()])
    return np.concatenate([right, down]).astype(np.int64)


def one_by_one(weights: Floats, edges: Ints, sizes: Sizes) -> bool:
    """Try every assignment of blocks to grids."""
    count = len(weights)
    for drawn in product(range(sizes.grids), repeat=count):
        grid = np.array(drawn)
        held = np.bincount(grid, weights, sizes.grids)
        outside = ((held < sizes.least) | (held > sizes.most)).sum()
        if outside > sizes.spare or len(set(drawn)) < sizes.grids:
            continue
        kept = edges[grid[edges[:, 0]] == grid[edges[:, 1]]]
        graph = coo_matrix((np.ones(len(kept)), kept.T), shape=(count, count))
        if connected_components(graph, directed=False)[0] == sizes.grids:
            return True
    return False


lattices = st.tuples(
    st.lists(st.integers(0, 4), min_size=6, max_size=6),
    st.sampled_from([2, 3]),
    st.integers(0, 9),
    st.integers(0, 4),
    st.sampled_from([0, 1]),
    st.lists(st.integers(0, 6), max_size=2),
)


@given(lattices)
def test_the_answer_is_that_of_trying_all_plans(
    given_: tuple[list[int], int, int, int, int, list[int]],
) -> None:
    people, grids, least, width, spare, walls = given_
    edges = np.delete(field(2, 3), walls, axis=0)
    weights = np.array(people, float)
    sizes = Sizes(grids, float(least), float(least + width), spare)
    found = FrontierSearch(weights, edges).answer(sizes, EXACT)
    wanted = Answer.POSSIBLE if one_by_one(weights, edges, sizes) else Answer.IMPOSSIBLE
    assert found is wanted


@given(lattices)
def test_merged_states_never_deny_a_plan_that_exists(
    given_: tuple[list[int], int, int, int, int, list[int]],
) -> None:
    people, grids, least, width, spare, walls = given_
    edges = np.delete(field(2, 3), walls, axis=0)
    weights = np.array(people, float)
    sizes = Sizes(grids, float(least), float(least + width), spare)
    if FrontierSearch(weights, edges).answer(sizes, MERGED) is Answer.IMPOSSIBLE:
        assert not one_by_one(weights, edges, sizes)


@pytest.mark.parametrize(("share", "answer"), [(0.0, Answer.POSSIBLE), (0.3, Answer.IMPOSSIBLE)])
def test_a_path_with_a_tower_is_decided(share: float, answer: Answer) -> None:
    weights = np.array([10.0, 10 + 100 * share, 10, 10])
    edges = np.array([[0, 1], [1, 2], [2, 3]])
    sizes = Sizes(2, 20.0, 20.0 + 100 * share / 2)
    assert FrontierSearch(weights, edges).answer(sizes) is answer


def test_a_graph_that_is_too_large_is_left_open() -> None:
    count = MOST_BLOCKS + 1
    path = np.column_stack([np.arange(count - 1), np.arange(1, count)])
    assert FrontierSearch(np.ones(count), path).answer(Sizes(2, 0, 0)) is Answer.UNKNOWN


def test_a_graph_with_too_long_a_frontier_is_left_open() -> None:
    search = FrontierSearch(np.ones(18 * 18), field(18, 18))
    assert search.answer(Sizes(2, 0, 0)) is Answer.UNKNOWN
