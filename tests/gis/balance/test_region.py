"""A problem taken apart into what can be searched by itself."""

import numpy as np
import pytest

from gis.balance import with_bridges, without
from gis.balance.region import divide, first_torn
from gis.errors import BalanceError
from tests.gis.balance.lattices import lattice, lattice_neighbours

RIVER = without(lattice_neighbours(1, 4), np.array([[1, 2]]))


def test_a_parent_is_one_region_and_borders_between_atoms_add_up() -> None:
    problem = lattice(2, 3, k=2, atoms="x.. x..")
    (region,) = divide(problem).regions
    assert len(region) == 5
    atom = region.atom[[0, 1]]
    joined = (np.sort(region.pairs, axis=1) == np.sort(atom)).all(axis=1)
    assert region.width[joined].tolist() == [100.0]
    assert region.weights.ravel().sum() == 60.0


def test_each_parent_is_a_region_and_edges_across_play_no_part() -> None:
    problem = lattice(2, 2, parents="pq pq", k={"p": 1, "q": 2})
    division = divide(problem)
    assert [region.k for region in division.regions] == [1, 2]
    assert [region.pairs.tolist() for region in division.regions] == [[[0, 1]], [[0, 1]]]


def test_an_atom_is_at_home_where_most_of_its_people_are() -> None:
    problem = lattice(1, 4, today="aabb", atoms=".xx.", people=[1, 2, 3, 4])
    (region,) = divide(problem).regions
    middle = region.atom[1]
    assert (region.home[middle], region.people[middle]) == (1, 3.0)


def test_a_river_without_a_bridge_makes_two_regions_that_share_the_grids_by_people() -> None:
    problem = lattice(1, 4, k=3, neighbours=RIVER, people=[10, 10, 30, 30])
    assert [region.k for region in divide(problem).regions] == [1, 2]


def test_a_river_without_a_bridge_is_said_where_one_grid_would_have_to_cross_it() -> None:
    problem = lattice(1, 4, k=1, neighbours=RIVER)
    with pytest.raises(BalanceError, match=r"p is in 2 pieces .* bridge to the piece of b00, b01"):
        divide(problem)
    bridged = with_bridges(RIVER, np.array([[2, 1]]))
    assert len(divide(lattice(1, 4, k=1, neighbours=bridged)).regions) == 1


def test_a_grid_locked_as_a_whole_is_taken_out_and_may_part_the_rest() -> None:
    problem = lattice(1, 5, today="aabcc", locked="..x..", k=3)
    division = divide(problem)
    assert division.kept.tolist() == [-1, -1, 1, -1, -1]
    assert [region.k for region in division.regions] == [1, 1]


def test_more_grids_than_blocks_are_refused() -> None:
    with pytest.raises(BalanceError, match=r"p is to have 5 grids .* only 3 blocks or groups"):
        divide(lattice(1, 4, k=5, atoms="xx.."))


def test_an_atom_in_pieces_is_refused() -> None:
    with pytest.raises(BalanceError, match="blocks b00, b02 must stay together but are not conn"):
        divide(lattice(1, 3, k=1, atoms="x.x"))


@pytest.mark.parametrize(
    ("today", "locked", "atoms", "message"),
    [
        ("abab", "x.x.", "", "grid a is locked but not connected"),
        ("aabb", ".xx.", ".xx.", "b01 and b02 must stay together but locks hold them"),
        ("aaab", "xxx.", "..xx", "b02 and b03 must stay together but locks hold them"),
        ("aabb", "x..x", "", "to have 1 grids but blocks of 2 are locked"),
        ("aabb", "xxxx", "", "to have 1 grids but blocks of 2 are locked"),
        ("aaa.", "xxx.", "", "all 1 grids of p are locked as they are but block b03"),
    ],
)
def test_locks_that_contradict_are_refused(
    today: str, locked: str, atoms: str, message: str
) -> None:
    k = 1 if "1 grids" in message else 3
    problem = lattice(1, 4, k=k, today=today, locked=locked, atoms=atoms)
    with pytest.raises(BalanceError, match=message):
        divide(problem)


def test_blocks_of_a_grid_locked_on_both_sides_of_a_river_are_refused() -> None:
    problem = lattice(1, 4, k=2, today="aaaa", locked="x..x", neighbours=RIVER)
    with pytest.raises(BalanceError, match="blocks of grid a are locked on both sides"):
        divide(problem)


def test_blocks_of_a_grid_locked_in_two_parents_are_refused() -> None:
    problem = lattice(1, 4, parents="ppqq", today="aaaa", locked=".xx.", k={"p": 1, "q": 1})
    with pytest.raises(BalanceError, match="blocks of grid a are locked in several parents"):
        divide(problem)


def test_a_label_in_two_pieces_is_found() -> None:
    pairs = np.array([[0, 1], [1, 2], [2, 3]])
    assert first_torn(np.array([0, 0, 1, 1]), pairs) == -1
    assert first_torn(np.array([5, 0, 5, -1]), pairs) == 5
