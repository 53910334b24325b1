"""Codes of grids and how many people are in them."""

import numpy as np
import pytest

from gis.coverage import USUAL, Findings, Kind, Terms, find_defects
from tests.gis.coverage.towns import kinds, only, rect, town, units

WEST, EAST = "141182001001", "141182001002"
PARENTS = {WEST: rect(0, 0, 2, 2), EAST: rect(2, 0, 2, 2)}
SERIALS = {"r1c0": "001", "r1c1": "002", "r0c0": "003", "r0c1": "004"}


def check(
    *, parent_of: dict[str, str] | None = None, terms: Terms = USUAL, **renamed: str
) -> Findings:
    """Check a town of two rows whose codes run from west to east and north to south."""
    shapes, above = {}, {}
    for place, square in town(4, 2).items():
        row, column = int(place[1]), int(place[3])
        parent = WEST if column < 2 else EAST
        code = renamed.get(place, parent + SERIALS[f"r{row}c{column % 2}"])
        shapes[code], above[code] = square, parent
    grids = units(shapes, above | (parent_of or {}))
    return find_defects(grids, parents=units(PARENTS), terms=terms)


def test_codes_in_order_are_no_fault() -> None:
    assert check() == []


@pytest.mark.parametrize("code", [
    "14118200100100", "1411820010010O1", "1411820010010011", "141182001001000", "１41182001001001",
])  # fmt: skip
def test_a_code_that_is_not_15_digits_with_a_serial_is_malformed(code: str) -> None:
    assert only(check(r1c0=code), Kind.MALFORMED_CODE).codes == (code,)


@pytest.mark.parametrize(("code", "meant"), [
    ("1411820010010O1", WEST + "001"),  # a letter for a digit
    ("１４１１８２００１００１００１", WEST + "001"),  # full width
    ("14118200100101", WEST + "001"),  # a digit left out, and 001 alone is free
    ("1411820010010011", WEST + "001"),  # a digit too many
    ("141182001001000", None),  # no serial is 000, and nothing tells which was meant
    ("1411820010010O2", None),  # 002 is another's
    ("14118200200101", None),  # two digits off
])  # fmt: skip
def test_a_malformed_code_is_proposed_only_where_one_can_have_been_meant(
    code: str, meant: str | None
) -> None:
    fix = only(check(r1c0=code), Kind.MALFORMED_CODE).fix
    assert (fix.to, fix.automatic) == (meant, False)


def test_codes_of_their_own_kind_are_not_judged_unless_asked() -> None:
    grids = units(town(2, 1))
    assert find_defects(grids) == []
    asked = find_defects(grids, terms=Terms(code_digits=15))
    assert kinds(asked) == [Kind.MALFORMED_CODE] * 2


def test_a_code_of_another_parent_is_named() -> None:
    found = check(r1c0=EAST + "009")
    assert only(found, Kind.CODE_NOT_OF_PARENT).detail == WEST


def test_a_wrong_parent_is_one_finding_and_the_code_tells_the_right_one() -> None:
    code = WEST + "001"
    found = only(check(parent_of={code: EAST}), Kind.WRONG_PARENT)
    assert (found.fix.to, found.fix.automatic) == (WEST, True)


def test_a_code_used_twice_names_both_records() -> None:
    grids = units(town(2, 1))
    twice = units({"a": grids.geometries[0], "b": grids.geometries[1]})
    twice = type(twice)(("same", "same"), twice.geometries, crs=twice.crs)
    found = only(find_defects(twice), Kind.DUPLICATE_CODE)
    assert found.rows == (0, 1)


def test_the_same_grid_twice_is_a_duplicate_and_not_also_a_code_used_twice() -> None:
    square = rect(0, 0)
    pair = units({"a": square, "b": square})
    pair = type(pair)(("same", "same"), pair.geometries, crs=pair.crs)
    assert kinds(find_defects(pair)) == [Kind.DUPLICATE]


def test_serials_that_go_back_to_the_north_west_are_out_of_order() -> None:
    def exchanged(slack_m: float) -> Findings:
        return check(terms=Terms(serial_slack_m=slack_m), r1c0=WEST + "004", r0c1=WEST + "001")

    assert only(exchanged(50.0), Kind.SERIAL_ORDER).codes == (WEST,)
    assert exchanged(150.0) == []


@pytest.mark.parametrize(("limits", "outside"), [((300.0, 500.0), ["r0c0"]), (None, [])])
def test_people_outside_the_range_are_told_only_where_one_was_agreed(
    limits: tuple[float, float] | None, outside: list[str]
) -> None:
    people = np.array([299.0, 300.0, 500.0, np.nan])
    grids = units(town(2, 2), residents=people)
    found = find_defects(grids, terms=Terms(residents=limits))
    assert [one.codes[0] for one in found if one.kind is Kind.POPULATION] == outside


def test_households_are_counted_apart_from_residents() -> None:
    grids = units(town(2, 1), households=np.array([10.0, 700.0]))
    found = only(find_defects(grids, terms=Terms(households=(0.0, 600.0))), Kind.POPULATION)
    assert "700 户" in found.text_zh
    assert "700 households" in found.text_en
