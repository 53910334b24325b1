"""Which column is which."""

import pytest

from layers.files.columns import FORMS, ColumnError, guess

GRIDS = FORMS["grids"]


@pytest.mark.parametrize(
    ("names", "code", "name"),
    [
        (["WGDM", "WGMC", "SHAPE_Area"], "WGDM", "WGMC"),
        (["网格代码", "网格名称"], "网格代码", "网格名称"),
        (["OBJECTID", "Code", "NAME"], "Code", "NAME"),
    ],
)
def test_usual_names_are_known(names: list[str], code: str, name: str) -> None:
    assert guess(GRIDS, names) == {"code": code, "name": name}


def test_what_the_user_says_goes_before_a_guess() -> None:
    found = guess(GRIDS, ["code", "name", "BH"], {"code": "BH"})
    assert found == {"code": "BH", "name": "name"}


def test_one_column_is_not_taken_twice() -> None:
    found = guess(FORMS["communities"], ["社区代码", "名称", "街道代码"])
    assert found == {"code": "社区代码", "name": "名称", "subdistrict_code": "街道代码"}


def test_a_missing_column_names_what_is_there_and_how_to_say_it() -> None:
    with pytest.raises(ColumnError, match=r"it has BH, MC.*--columns code=BH"):
        guess(GRIDS, ["BH", "MC"])


@pytest.mark.parametrize("said", [{"code": "none"}, {"colour": "WGDM"}])
def test_a_column_that_does_not_exist_is_refused(said: dict[str, str]) -> None:
    with pytest.raises(ColumnError, match="no column"):
        guess(GRIDS, ["WGDM", "WGMC"], said)


def test_values_are_read_as_what_they_are() -> None:
    read = {column.name: column.read for form in FORMS.values() for column in form.columns}
    assert (read["residents"]("1200.0"), read["bridge"]("是"), read["aliases"]("老院、北院")) == (
        1200,
        True,
        ["老院", "北院"],
    )
    for name, value in (("residents", "-1"), ("residents", "1.5"), ("bridge", "maybe")):
        with pytest.raises(ValueError, match="not"):
            read[name](value)
