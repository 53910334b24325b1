"""What a planner reads of a bound: block, share, proof, in both languages."""

import pytest

from gis.balance.bounds import Effort, explain, stand
from gis.balance.pieces import Cause, Force
from gis.balance.words import bound_in_words, cause_in_words, standing_in_words
from tests.blocks import drawn, lattice

LEFT = (
    "The others (1) are left 0.50 of a mean grid of people each, 50.00 % off: bring one nearer and"
    " the rest go further."
)


def test_a_tower_is_told_with_its_block_and_what_it_forces() -> None:
    problem = lattice([[90, 10, 10, 10]], ["aabb"], k=2)
    plan = drawn(problem, "abbb")
    (standing,) = stand(problem, plan, explain(problem, plan))
    told = standing_in_words(problem, standing)
    assert [en for _, en in told] == [
        "Grid a is outside: people +50.00 %.",
        "Grid b is outside: people -50.00 %.",
        "Block r0c0 alone holds 1.50 mean grids of people: its grid is 50.00 % over.",
        LEFT,
        "For grids within 50.0 % at least 10 people must change grid.",
        "Proven: no plan has fewer grids outside than these 2.",
        "In this plan 10 people change grid.",
    ]
    assert told[2][0].startswith("地块 r0c0 单独就有 1.50 个平均网格的人口")
    assert "已证明：超出容差的网格数（2）不可能更少。" in [zh for zh, _ in told]


def test_a_plan_without_proof_says_so_with_what_is_known() -> None:
    problem = lattice([[90, 10, 10, 10]], ["aabb"], k=2, tolerance=0.6)
    plan = drawn(problem, "aaab")
    (standing,) = stand(problem, plan, explain(problem, effort=Effort(widths=(), rounds=None)))
    assert standing_in_words(problem, standing)[-1][1] == (
        "No proof: the worst deviation cannot be below 0.00 %, but there may be a better plan."
    )


def test_a_city_that_can_be_equal_has_nothing_to_say() -> None:
    (bound,) = explain(lattice([[1, 1, 1, 1]], ["aabb"]))
    assert not list(bound_in_words(bound, ("people",)))


@pytest.mark.parametrize("force", Force)
def test_every_reason_names_its_size_in_both_languages(force: Force) -> None:
    cause = Cause(force, 0, 0.1234, ("x1", "x2", "x3", "x4"), 1.5, 3)
    zh, en = cause_in_words(cause, ("households",))
    assert "12.34 %" in zh
    assert "12.34 %" in en
    assert "户数" in zh
    assert "households" in en
