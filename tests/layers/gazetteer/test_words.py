"""Words in the form in which they are compared."""

import pytest

from layers.gazetteer.words import is_latin, normalise, to_number


@pytest.mark.parametrize(
    ("given", "compared"),
    [
        ("  太和桥小区  ３号楼 ", "太和桥小区3号楼"),
        ("太和橋小區三號樓", "太和桥小区三号楼"),
        ("THQXQ　3", "thqxq 3"),
        ("３－２－３０１", "3-2-301"),
        ("“太和桥”小区（东门）", "太和桥小区东门"),
        ("", ""),
        ("。。。", ""),
    ],
)
def test_width_script_case_and_punctuation_make_no_difference(given: str, compared: str) -> None:
    assert normalise(given) == compared


@pytest.mark.parametrize(
    ("said", "number"),
    [("3", 3), ("三", 3), ("十二", 12), ("二十", 20), ("一百零三", 103), ("两", 2), ("二〇三", 203),
     ("a", None), ("", None), ("十百", None)],
)  # fmt: skip
def test_a_number_is_read_in_digits_and_in_chinese(said: str, number: int | None) -> None:
    assert to_number(said) == number


def test_letters_are_told_from_han_and_from_digits() -> None:
    assert is_latin("thqxq 3")
    assert not is_latin("3-2-301")
    assert not is_latin("a座太和桥")
