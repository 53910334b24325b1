"""A problem is checked at the door."""

import numpy as np
import pytest

from gis.balance import Blocks, HouseholdRange, Neighbours, grids_for, make_problem
from gis.errors import BalanceError
from tests.gis.balance.lattices import lattice, lattice_neighbours


def test_codes_become_numbers_in_their_order_and_lone_blocks_get_an_atom_each() -> None:
    problem = lattice(1, 4, today="bbaa", atoms="x..x")
    assert problem.grid_codes == ("a", "b")
    assert problem.today.tolist() == [1, 1, 0, 0]
    assert problem.atom[0] == problem.atom[3]
    assert len(set(problem.atom.tolist())) == 3


def test_the_number_of_grids_is_todays_unless_told() -> None:
    assert lattice(1, 4, today="aabc").k.tolist() == [3]
    assert lattice(1, 4, today="aabc", k=2).k.tolist() == [2]


@pytest.mark.parametrize(
    ("households", "today", "wanted"),
    [
        (2000, 0, 5),  # 400 each, the middle of the range
        (2000, 4, 4),  # 500 each will do, and four are there
        (2000, 9, 6),  # 333 each is the most that will do
        (150, 0, 1),  # too few for any: one grid
        (560, 0, 2),  # 560 or 280 each: 280 is less outside
    ],
)
def test_the_number_of_grids_brings_the_mean_into_the_range(
    households: float, today: int, wanted: int
) -> None:
    assert grids_for(households, HouseholdRange(), today) == wanted


def test_the_number_of_grids_can_be_chosen_by_households() -> None:
    blocks = Blocks(["a", "b"], {"people": np.ones(2), "households": np.array([900.0, 700.0])},
                    ["p", "p"])  # fmt: skip
    problem = make_problem(
        blocks, lattice_neighbours(1, 2), k=HouseholdRange(), tolerance=[0.1, 0.2]
    )
    assert problem.k.tolist() == [4]
    assert problem.tolerance.tolist() == [0.1, 0.2]


def test_the_mean_is_that_of_the_parent() -> None:
    problem = lattice(1, 4, parents="ppqq", today="abcc", people=[10, 20, 30, 40])
    assert problem.ideal().ravel().tolist() == [15.0, 70.0]


def one_edge(a: int, b: int, border_m: float = 1.0) -> Neighbours:
    return Neighbours(np.array([[a, b]]), np.array([border_m]), np.zeros(1, bool), np.ones(1))


@pytest.mark.parametrize(
    ("blocks", "neighbours", "message"),
    [
        (Blocks(["a", "a"], {"people": np.ones(2)}, ["p", "p"], ["g", "g"]), one_edge(0, 1),
         "block a comes twice"),
        (Blocks(["a", "b"], {"people": np.array([1.0, -3.0])}, ["p", "p"], ["g", "g"]),
         one_edge(0, 1), "block b has -3.0 people"),
        (Blocks(["a", "b"], {"people": np.ones(3)}, ["p", "p"], ["g", "g"]), one_edge(0, 1),
         "2 blocks but 3 people"),
        (Blocks(["a", "b"], {"people": np.ones(2)}, ["p", "p"], ["g", "g"]), one_edge(0, 2),
         "a row that is not in 0..1"),
        (Blocks(["a", "b"], {"people": np.ones(2)}, ["p", "p"], ["g", "g"]), one_edge(1, 1),
         "block b is its own neighbour"),
        (Blocks(["a", "b"], {"people": np.ones(2)}, ["p", "p"], ["g", "g"]),
         one_edge(0, 1, np.nan), "border_m between a and b is nan"),
        (Blocks(["a", "b"], {"people": np.ones(2)}, ["p", "p"], [None, "g"],
                np.array([True, False])), one_edge(0, 1), "block a is locked but has no grid"),
        (Blocks(["a", "b"], {"people": np.ones(2)}, ["p", "q"], ["g", "h"],
                atoms=["x", "x"]), one_edge(0, 1), "a and b must stay together but belong to p"),
        (Blocks(["a", "b"], {"people": np.ones(2)}, ["p", "p"]), one_edge(0, 1),
         "parent p is to have 0 grids"),
        (Blocks([], {"people": np.ones(0)}, []), one_edge(0, 1), "there is no block"),
    ],
)  # fmt: skip
def test_an_error_names_block_value_and_remedy(
    blocks: Blocks, neighbours: Neighbours, message: str
) -> None:
    with pytest.raises(BalanceError, match=message):
        make_problem(blocks, neighbours, tolerance=[0.1])


def test_a_pair_given_twice_is_refused_whichever_way_round() -> None:
    pairs = Neighbours(np.array([[0, 1], [1, 0]]), np.ones(2), np.zeros(2, bool), np.ones(2))
    with pytest.raises(BalanceError, match="b00 and b01 are neighbours twice"):
        lattice(1, 2, k=1, neighbours=pairs)


def test_numbers_of_grids_must_be_given_for_each_parent_and_by_a_weight_that_is_there() -> None:
    with pytest.raises(BalanceError, match="no number of grids is given for q"):
        lattice(1, 2, parents="pq", k={"p": 1})
    blocks = Blocks(["a"], {"people": np.ones(1)}, ["p"])
    with pytest.raises(BalanceError, match="no weight named 'households'"):
        make_problem(blocks, lattice_neighbours(1, 1), k=HouseholdRange(), tolerance=[0.1])


def test_a_tolerance_below_zero_or_of_wrong_number_is_refused() -> None:
    with pytest.raises(BalanceError, match="none may be negative"):
        lattice(1, 2, k=1, tolerance=-0.1)
    blocks = Blocks(["a"], {"people": np.ones(1)}, ["p"])
    with pytest.raises(BalanceError, match="2 tolerance where 1 are needed"):
        make_problem(blocks, lattice_neighbours(1, 1), k={"p": 1}, tolerance=[0.1, 0.2])
