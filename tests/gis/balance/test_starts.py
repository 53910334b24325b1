"""Plans to start from are valid whatever they were made from."""

import numpy as np
import pytest

from gis.balance.problem import Problem
from gis.balance.region import Region, divide
from gis.balance.starts import ANEW, metis, today_mended
from gis.errors import BalanceError
from tests.gis.balance.lattices import is_whole, lattice


def region_of(problem: Problem) -> Region:
    (region,) = divide(problem).regions
    return region


def check(problem: Problem, labels: list[int]) -> None:
    """All parts are whole and as many as asked for."""
    parts = set(labels)
    assert len(parts) == problem.k[0]
    for part in parts:
        assert is_whole(problem, {i for i, label in enumerate(labels) if label == part})


def test_todays_plan_is_kept_where_it_is_valid() -> None:
    problem = lattice(2, 3, today="aab abb")
    assert today_mended(region_of(problem)).tolist() == problem.today.tolist()


@pytest.mark.parametrize(
    ("today", "k"),
    [
        ("aba aba aba", 2),  # a in two pieces
        ("aab c.b ccb", 3),  # a block without a grid
        ("... ... ...", 4),  # no grid at all
        ("abc abc abc", 2),  # one too many
        ("aaa aaa bbb", 5),  # three too few
    ],
)
def test_todays_plan_is_mended_to_k_whole_parts(today: str, k: int) -> None:
    problem = lattice(3, 3, today=today, k=k)
    check(problem, today_mended(region_of(problem)).tolist())


def test_the_heaviest_piece_keeps_the_label_unless_another_is_locked() -> None:
    today = "aba"
    people = [1.0, 1.0, 5.0]
    kept = today_mended(region_of(lattice(1, 3, today=today, people=people)))
    assert kept.tolist() == [1, 1, 0]
    locked = today_mended(region_of(lattice(1, 3, today=today, people=people, locked="x..")))
    assert locked.tolist() == [0, 1, 1]


def test_locked_blocks_of_a_grid_are_joined_around_those_of_others() -> None:
    problem = lattice(3, 3, today="aaa .bb aaa", locked="x.. .x. x..", k=2)
    labels = today_mended(region_of(problem)).tolist()
    check(problem, labels)
    assert labels[0] == labels[6] != labels[4]


def test_locked_blocks_that_others_cut_off_are_refused_by_name() -> None:
    problem = lattice(2, 5, today="abccc abbac", locked="xx... .x.x.", k=3)
    with pytest.raises(BalanceError, match="b00 and b08, are cut off"):
        today_mended(region_of(problem))


def test_locks_that_leave_no_room_are_refused() -> None:
    problem = lattice(1, 4, today="aaaa", locked="x..x", k=2)
    with pytest.raises(BalanceError, match="no room for 2 grids"):
        today_mended(region_of(problem))


def test_metis_is_mended_too_and_the_same_for_the_same_seed() -> None:
    problem = lattice(4, 5, k=6, people=[float(i % 7) for i in range(20)])
    labels = metis(region_of(problem), 3)
    check(problem, labels.tolist())
    assert labels.tolist() == metis(region_of(problem), 3).tolist()


def test_new_parts_never_take_the_number_of_a_grid_of_today() -> None:
    problem = lattice(1, 6, today="aaaaab", k=4)
    labels = today_mended(region_of(problem))
    assert (labels >= ANEW).sum() > 0
    assert set(labels[labels < ANEW].tolist()) == {0, 1}
    assert np.isin(labels[5], [1])
