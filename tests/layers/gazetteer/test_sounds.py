"""How names sound, and how alike two of them are."""

from hypothesis import given
from hypothesis import strategies as st

from layers.gazetteer.sounds import likeness, spellings, syllables, unlikeness

names = st.text(st.sampled_from("太和桥小区新花园汾州泰河"), min_size=1, max_size=6)


def test_a_name_has_a_syllable_a_character_and_keeps_what_is_not_han() -> None:
    assert syllables("太和桥3区") == ("tai", "he", "qiao", "3", "qu")


def test_a_name_is_spelled_in_each_of_its_readings() -> None:
    full, short = spellings("朝阳")
    assert {"zhaoyang", "chaoyang"} <= set(full)
    assert {"zy", "cy"} <= set(short)


def test_one_sound_is_nearer_than_a_similar_one_and_that_than_another() -> None:
    assert unlikeness("州", "州") < unlikeness("州", "洲") < unlikeness("山", "三") < 1.0
    assert unlikeness("州", "塔") == 1.0


def test_a_wrong_character_of_the_same_sound_costs_less_than_a_lost_one() -> None:
    assert likeness("太和乔小区", "太和桥小区") > likeness("太和小区", "太和桥小区")
    assert likeness("太和小区", "太和桥小区") > likeness("太和门小区", "太和桥小区")


@given(one=names, other=names)
def test_likeness_is_one_for_the_same_name_only(one: str, other: str) -> None:
    assert likeness(one, one) == 1.0
    assert 0.0 <= likeness(one, other) <= 1.0
    assert (likeness(one, other) == 1.0) == (one == other)
