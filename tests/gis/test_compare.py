"""What a comparison says of two plans, and that a plan compared with itself changes nothing."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.compare import Assigned, Borders, CompareError, compare

BLOCKS = ["n1", "n2", "n3", "n4"]
TODAY = Assigned(
    BLOCKS,
    ["a", "a", "b", "b"],
    {"people": np.array([10.0, 20, 30, 0]), "elderly": np.array([1.0, 2, 3, 0])},
    {"a": "post 1", "b": "post 2"},
)
ROW = Borders([("n1", "n2"), ("n2", "n3"), ("n3", "n4")], np.array([100.0, 50, 70]))


def test_a_moved_block_is_listed_with_its_people_and_both_grids() -> None:
    found = compare(TODAY, replace(TODAY, grids=["a", "b", "b", "b"]), ROW)
    (move,) = found.moves
    assert (move.block, move.before, move.after) == ("n2", "a", "b")
    assert move.held == {"people": 20.0, "elderly": 2.0}
    assert (found.moved["people"], found.total["people"]) == (20.0, 60.0)
    assert found.touched == ("a", "b")
    assert found.officers == ("post 1", "post 2")
    assert (found.border_before_m, found.border_after_m) == (50.0, 100.0)


def test_an_empty_block_that_moves_is_a_move_of_nobody() -> None:
    found = compare(TODAY, replace(TODAY, grids=["a", "a", "b", "a"]))
    assert ([move.block for move in found.moves], found.moved["people"]) == (["n4"], 0.0)
    assert found.border_after_m is None


def test_a_grid_that_comes_or_goes_is_named() -> None:
    found = compare(TODAY, replace(TODAY, grids=["c", "c", "b", "b"]))
    assert (found.new, found.ended, found.touched) == (("c",), ("a",), ("a", "c"))
    assert found.officers == ("post 1",)


def test_an_officer_who_takes_over_a_grid_is_touched_though_no_block_moves() -> None:
    found = compare(TODAY, replace(TODAY, officers={"a": "post 1", "b": "post 3"}))
    assert (found.moves, found.officers) == ((), ("post 2", "post 3"))
    assert not found.is_empty


def test_a_block_in_one_plan_only_moves_from_or_to_no_grid() -> None:
    fewer = Assigned(BLOCKS[:3], ["a", "a", "b"], {
        "people": np.array([10.0, 20, 30]), "elderly": np.array([1.0, 2, 3])})  # fmt: skip
    (move,) = compare(fewer, TODAY).moves
    assert (move.block, move.before, move.after) == ("n4", None, "b")


def test_a_block_twice_and_different_weights_are_refused() -> None:
    with pytest.raises(CompareError, match="block n1 comes twice"):
        compare(TODAY, replace(TODAY, blocks=["n1", "n1", "n3", "n4"]))
    with pytest.raises(CompareError, match="one plan holds people, elderly, the other people"):
        compare(TODAY, replace(TODAY, weights={"people": TODAY.weights["people"]}))


grids = st.lists(st.sampled_from(["a", "b", "c", None]), min_size=4, max_size=4)


@given(grids)
def test_a_plan_compared_with_itself_changes_nothing(drawn: list[str | None]) -> None:
    plan = replace(TODAY, grids=drawn)
    found = compare(plan, plan, ROW)
    assert found.is_empty
    assert found.border_before_m == found.border_after_m


@given(grids, grids)
def test_there_and_back_is_the_same_comparison_turned_round(
    first: list[str | None], second: list[str | None]
) -> None:
    one, two = replace(TODAY, grids=first), replace(TODAY, grids=second)
    there, back = compare(one, two), compare(two, one)
    assert (there.moved, there.touched) == (back.moved, back.touched)
    assert (there.new, there.ended) == (back.ended, back.new)
