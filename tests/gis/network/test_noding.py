"""Lines into edges between nodes."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.gis.network.worlds import network


def test_ways_that_cross_are_cut_there() -> None:
    made = network([(0, 0), (10, 0)], [(5, -5), (5, 5)])
    assert (made.nodes, made.edges) == (5, 4)
    assert sorted(made.length_m) == [5, 5, 5, 5]


def test_a_bridge_does_not_meet_what_it_passes_over() -> None:
    made = network([(0, 0), (10, 0)], [(5, -5), (5, 5)], bridge=[False, True])
    assert (made.nodes, made.edges) == (4, 2)
    assert len(made.component_length_m) == 2


def test_a_bridge_comes_down_in_the_middle_of_a_street() -> None:
    made = network([(0, 0), (10, 0)], [(5, 0), (5, 5)], bridge=[False, True])
    assert (made.nodes, made.edges) == (4, 3)


def test_a_street_does_not_end_on_the_bridge_above_it() -> None:
    made = network([(0, 0), (10, 0)], [(5, 0), (5, 5)], bridge=[True, False])
    assert len(made.component_length_m) == 2


def test_a_miss_within_the_limit_is_closed_and_a_larger_one_is_not() -> None:
    for gap, parts in ((0.4, 1), (0.6, 2)):
        ends = network([(0, 0), (10, 0)], [(10 + gap, 0), (20, 0)])
        middle = network([(0, 0), (10, 0)], [(5, gap), (5, 9)])
        assert len(ends.component_length_m) == len(middle.component_length_m) == parts


def test_an_overlap_is_cut_where_it_begins_and_ends() -> None:
    made = network([(0, 0), (10, 0)], [(4, 0), (14, 0)])
    assert made.nodes == 4
    assert sorted(made.length_m) == [4, 4, 6, 6]


def test_a_ring_stays() -> None:
    made = network([(0, 0), (10, 0), (10, 10), (0, 0)])
    assert (made.nodes, made.edges) == (1, 1)


lines = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)).filter(
        lambda line: line[:2] != line[2:]
    ),
    min_size=1,
    max_size=6,
    unique=True,
)


@settings(max_examples=30)
@given(lines=lines, seed=st.randoms())
def test_neither_order_nor_direction_of_lines_matters(
    lines: list[tuple[int, int, int, int]], seed: st.DataObject
) -> None:
    drawn = [[(a * 10.0, b * 10.0), (c * 10.0, d * 10.0)] for a, b, c, d in lines]
    other = [line[::-1] for line in drawn]
    seed.shuffle(other)  # type: ignore[attr-defined]  # a random.Random
    one, two = network(*drawn), network(*other)
    assert sorted(map(tuple, one.xy.round(6))) == sorted(map(tuple, two.xy.round(6)))
    assert abs(one.length_m.sum() - two.length_m.sum()) < 0.001
