"""Codes and figures of a plan."""

import numpy as np

from gis.balance.drawn import named
from tests.gis.balance.lattices import drawing, lattice


def test_a_grid_continues_the_one_of_today_that_keeps_most_people_in_place() -> None:
    problem = lattice(1, 5, today="aabbb", people=[1, 1, 9, 1, 1], k=2)
    plan = named(problem, np.array([0, 0, 0, 1, 1]), np.zeros(2, np.int64))
    assert drawing(problem, plan) == {"b": "b00 b01 b02", "p-new-1": "b03 b04"}
    assert plan.figures.moved == 4.0


def test_where_nobody_lives_blocks_decide() -> None:
    problem = lattice(1, 5, today="aabbb", people=[0] * 5, k=2)
    plan = named(problem, np.array([1, 1, 1, 0, 0]), np.zeros(2, np.int64))
    assert drawing(problem, plan) == {"a": "b00 b01 b02", "b": "b03 b04"}


def test_new_codes_avoid_those_in_use() -> None:
    problem = lattice(1, 3, k=3)
    assert named(problem, np.arange(3), np.zeros(3, np.int64)).codes == (
        "p-new-1", "p-new-2", "p-new-3")  # fmt: skip


def test_figures_are_those_one_gets_by_hand() -> None:
    problem = lattice(2, 3, parents="ppq ppq", today="aac bbc", people=[1, 2, 4, 3, 2, 4])
    plan = named(problem, np.array([0, 1, 2, 0, 1, 2]), np.array([0, 0, 1]))
    figures = plan.figures
    assert plan.codes == ("a", "b", "c")
    assert figures.weights.ravel().tolist() == [4.0, 4.0, 8.0]
    assert figures.deviation.ravel().tolist() == [0.0, 0.0, 0.0]
    assert figures.border_m == 200.0  # that to the other parent does not count
    assert (figures.moved, figures.moved_share) == (3.0, 3.0 / 16.0)
    assert not figures.outside.any()


def test_a_grid_is_outside_only_beyond_its_tolerance() -> None:
    problem = lattice(1, 4, k=2, people=[21, 0, 0, 19])
    plan = named(problem, np.array([0, 0, 1, 1]), np.zeros(2, np.int64))
    assert not plan.figures.outside.any()
    problem = lattice(1, 4, k=2, people=[22, 0, 0, 18])
    plan = named(problem, np.array([0, 0, 1, 1]), np.zeros(2, np.int64))
    assert plan.figures.outside.all()
