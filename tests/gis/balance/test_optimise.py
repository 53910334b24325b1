"""Balancing as a whole: cases with known answers, and validity of whatever comes out."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.balance import Settings, balance
from gis.balance.problem import Neighbours, Problem
from gis.balance.region import components
from gis.errors import BalanceError
from tests.gis.balance.lattices import drawing, faults, lattice, lattice_neighbours

QUICK = Settings(effort_s=0.02)
NEAR = replace(QUICK, mode="stay-close")


def test_sixteen_squares_fall_into_four_squares() -> None:
    problem = lattice(4, 4, k=4)
    plan = balance(problem, Settings(effort_s=0.2))
    assert not faults(problem, plan)
    assert np.unique(plan.figures.weights).tolist() == [40.0]
    assert plan.figures.border_m == 800.0


def test_one_move_that_mends_all_is_found_and_no_more_is_moved() -> None:
    problem = lattice(1, 6, today="aabbbb")
    plan = balance(problem, NEAR)
    assert drawing(problem, plan) == {"a": "b00 b01 b02", "b": "b03 b04 b05"}
    assert plan.figures.moved == 10.0


def test_a_plan_with_nothing_to_mend_stays() -> None:
    problem = lattice(2, 4, today="aabb aabb")
    plan = balance(problem, NEAR)
    assert plan.grid.tolist() == problem.today.tolist()
    assert plan.figures.moved == 0.0


def test_a_grid_locked_as_a_whole_keeps_exactly_its_blocks() -> None:
    problem = lattice(2, 6, today="aabbbb aabbcc", locked="xx.... xx....", k=3)
    for wish in (QUICK, NEAR):
        plan = balance(problem, wish)
        assert drawing(problem, plan)["a"] == "b00 b01 b06 b07"


def test_a_locked_block_keeps_its_code_in_a_plan_drawn_anew() -> None:
    problem = lattice(1, 6, today="abbbba", locked=".x..x.", k=2)
    plan = balance(problem, QUICK)
    assert plan.grid[1] == plan.grid[4]
    assert plan.codes[plan.grid[1]] == "b"


def test_a_tower_is_outside_its_tolerance_and_the_others_are_even() -> None:
    problem = lattice(1, 5, k=3, people=[90, 10, 10, 10, 10])
    plan = balance(problem, QUICK)
    assert sorted(plan.figures.weights.ravel().tolist()) == [20.0, 20.0, 90.0]


def test_a_grid_never_encloses_less_than_a_whole_ring() -> None:
    problem = lattice(3, 3, k=2, people=[10, 10, 10, 10, 80, 10, 10, 10, 10])
    plan = balance(problem, QUICK)
    assert drawing(problem, plan) in (
        {"p-new-1": "b04", "p-new-2": "b00 b01 b02 b03 b05 b06 b07 b08"},
        {"p-new-2": "b04", "p-new-1": "b00 b01 b02 b03 b05 b06 b07 b08"},
    )


def test_blocks_without_people_are_in_a_grid_all_the_same() -> None:
    problem = lattice(3, 3, k=3, people=[0.0] * 9)
    assert not faults(problem, balance(problem, QUICK))


def test_two_weights_are_both_brought_within_their_tolerance() -> None:
    problem = lattice(2, 4, k=2)
    cases = np.array([[8.0, 0, 0, 0, 8.0, 0, 0, 0]]).T  # half of them in each row
    two = replace(
        problem,
        weights=np.hstack([problem.weights, cases]),
        weight_names=("people", "cases"),
        tolerance=np.array([0.05, 0.05]),
    )
    plan = balance(two, QUICK)
    assert np.unique(plan.figures.weights, axis=0).tolist() == [[40.0, 8.0]]
    assert plan.figures.border_m == 400.0  # the rows; two squares would be 200 m


def test_a_new_grid_gets_a_new_code_and_none_of_todays_is_used_twice() -> None:
    problem = lattice(1, 6, today="aaabbb", k=3)
    plan = balance(problem, NEAR)
    assert not faults(problem, plan)
    assert plan.codes == ("a", "b", "p-new-1")


@pytest.mark.parametrize("mode", ["fresh", "stay-close"])
def test_the_same_seed_gives_the_same_plan_on_any_number_of_cores(mode: str) -> None:
    rng = np.random.default_rng(3)
    people = rng.integers(0, 50, 48).astype(float).tolist()
    problem = lattice(6, 8, parents="ppppqqqq" * 6, today="aabbccdd" * 6, people=people)
    wish = Settings(mode=mode, effort_s=0.1, seed=7)  # type: ignore[arg-type]
    plans = [balance(problem, replace(wish, cores=cores)) for cores in (1, 2, 5)]
    assert plans[0].grid.tobytes() == plans[1].grid.tobytes() == plans[2].grid.tobytes()
    assert plans[0].codes == plans[1].codes == plans[2].codes


def test_progress_rises_to_one_and_a_cancel_still_gives_a_valid_plan() -> None:
    problem = lattice(5, 5, k=4)
    seen: list[float] = []
    balance(problem, QUICK, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] > 0.9
    plan = balance(problem, Settings(effort_s=1000.0), cancelled=lambda: True)
    assert not faults(problem, plan)


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"mode": "best"}, "mode 'best' is not known"),
        ({"effort_s": float("nan")}, "effort_s is nan: give a number, 0 at least"),
        ({"price": float("inf")}, "price is inf: give a number"),
        ({"cores": 0}, "cores is 0: give a number, 1 at least"),
    ],
)
def test_wrong_settings_are_refused(wish: dict[str, object], message: str) -> None:
    with pytest.raises(BalanceError, match=message):
        Settings(**wish)  # type: ignore[arg-type]


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Lattices with holes in their adjacency, parents, grids of today, locks and atoms."""
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    count = rows * columns
    letters = st.lists(st.sampled_from("aabb."), min_size=count, max_size=count)
    pairs = lattice_neighbours(rows, columns)
    open_ = np.array([draw(st.integers(0, 7)) > 0 for _ in range(len(pairs.edges))], bool)
    today = "".join(draw(letters))
    locks = draw(st.lists(st.sampled_from(".....x"), min_size=count, max_size=count))
    locked = "".join(x if code != "." else "." for x, code in zip(locks, today, strict=True))
    parents = draw(st.sampled_from(["", ("p" * (columns // 2)).ljust(columns, "q") * rows]))
    return lattice(
        rows,
        columns,
        k={"p": draw(st.integers(1, 4)), "q": draw(st.integers(1, 3))},
        people=draw(st.lists(st.sampled_from([0, 1, 2, 50]), min_size=count, max_size=count)),
        parents=parents,
        today=today,
        locked=locked,
        atoms="".join(draw(st.sampled_from("......xy")) for _ in range(count)),
        neighbours=Neighbours(
            pairs.edges[open_], pairs.border_m[open_], pairs.link[open_], pairs.cost[open_]
        ),
    )


def must_work(problem: Problem) -> bool:
    """Tell that nothing can be in the way: no locks, no atoms, pieces <= k <= blocks."""
    if problem.locked.any() or len(np.unique(problem.atom)) < len(problem):
        return False
    pairs = problem.edges[problem.inside()]
    _, piece = components(len(problem), pairs)
    return all(
        len(np.unique(piece[problem.parent == parent])) <= k <= (problem.parent == parent).sum()
        for parent, k in enumerate(problem.k)
    )


@settings(deadline=None, max_examples=150)
@given(st.data(), st.sampled_from([QUICK, NEAR]))
def test_every_plan_is_valid_and_there_is_one_unless_something_is_in_the_way(
    data: st.DataObject, wish: Settings
) -> None:
    try:
        problem = data.draw(problems())
    except BalanceError:  # an atom across parents
        return
    try:
        plan = balance(problem, replace(wish, effort_s=0.001))
    except BalanceError:
        assert not must_work(problem)
    else:
        assert not faults(problem, plan)
