"""The survey as delivered: every fault that was planted is found; the clean city has none."""

from typing import Any

import pytest
from shapely import Point

from gis.coverage import Findings, Kind, Severity, find_defects, has_blocking
from gis.crs import to_planar
from gis.partition import Features, Partition, geometries
from tests.data.sample import layer, read_json

# A planted fault may be found as what it looks like on the ground.
SEEN_AS = {
    "building_in_no_grid": {Kind.BUILDING_IN_NO_GRID, Kind.GAP},
    "duplicate": {Kind.DUPLICATE},
}
FAULTS: list[dict[str, Any]] = read_json("survey/faults.json")["faults"]


def units(name: str, folder: str, parent: str | None = None) -> Partition:
    table = layer(name, folder)
    return Partition(
        tuple(table["code"]),
        geometries(table.geometry),
        tuple(table["name"]),
        parent_codes=tuple(table[parent]) if parent else (),
    )


def places(name: str) -> Features:
    table = layer(name)
    names = tuple(one or "" for one in table["name"])
    return Features(tuple(table["code"]), geometries(table.geometry), names)


def point_of(fault: dict[str, Any]) -> Point:
    lon, lat = fault["point"]
    x, y = to_planar(lon, lat, "EPSG:4546")
    return Point(float(x), float(y))


def check(folder: str) -> Findings:
    return find_defects(
        units("grids", folder, "community_code"),
        layer("frame", folder).geometry.iloc[0],
        parents=units("communities", folder),
        buildings=places("buildings"),
        compounds=places("compounds"),
        streets=places("streets"),
    )


@pytest.fixture(scope="module")
def survey() -> Findings:
    return check("survey")


def test_the_clean_city_has_no_finding() -> None:
    assert check("fenyang") == []


@pytest.mark.parametrize("fault", FAULTS, ids=[fault["id"] for fault in FAULTS])
def test_every_planted_fault_is_found_at_its_place_and_rightly_named(
    survey: Findings, fault: dict[str, Any]
) -> None:
    wanted = SEEN_AS.get(fault["kind"]) or {Kind(fault["kind"])}
    place = point_of(fault)
    codes = set(fault["grid_codes"])
    assert [
        finding
        for finding in survey
        if finding.kind in wanted
        and (
            codes & set(finding.codes)
            or (finding.geometry is not None and finding.geometry.distance(place) < 1.0)
        )
    ]


def test_nothing_is_found_that_was_not_planted(survey: Findings) -> None:
    points = [point_of(fault) for fault in FAULTS]
    planted = {code for fault in FAULTS for code in fault["grid_codes"]}
    strays = [
        finding
        for finding in survey
        if finding.severity is not Severity.NOTE
        and not planted & set(finding.codes)
        and (finding.geometry is None or min(map(finding.geometry.distance, points)) > 1.0)
    ]
    assert strays == []


def test_every_finding_says_what_and_where_in_both_languages(survey: Findings) -> None:
    for finding in survey:
        assert finding.text_zh.endswith("。")
        assert finding.text_en.endswith(".")
        assert "{" not in finding.text_zh + finding.text_en
        if finding.geometry is not None:
            assert finding.lon is not None
            assert 111.7 < finding.lon < 111.9
    assert len({finding.key for finding in survey}) == len(survey)


def test_a_survey_with_gaps_cannot_be_published(survey: Findings) -> None:
    assert has_blocking(survey)
    assert not has_blocking([one for one in survey if one.severity is not Severity.BLOCKING])
