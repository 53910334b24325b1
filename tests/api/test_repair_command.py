"""`jingwei repair` on the survey: what is mended, what is left for a person, what is never done."""

import json
from pathlib import Path

import pytest

from tests.api.test_check_command import SURVEY, jingwei

FILE = Path(SURVEY[0])


@pytest.fixture(scope="module")
def mended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Repair the survey, and list what is left."""
    folder = tmp_path_factory.mktemp("mended")
    done = jingwei("repair", *SURVEY, "-o", folder / "grids.geojson",
                   "--report", folder / "left.json")  # fmt: skip
    assert done.returncode == 1, done.stderr  # something is left for a person
    return folder


def test_what_is_left_needs_a_person_and_is_listed(mended: Path) -> None:
    left = json.loads((mended / "left.json").read_text())["findings"]
    assert left
    assert not [finding for finding in left if finding["automatic"]]


def test_rows_codes_and_all_other_columns_stay(mended: Path) -> None:
    before, after = (json.loads(path.read_text()) for path in (FILE, mended / "grids.geojson"))
    fixed = {"community_code"}  # one wrong parent is set right
    assert [
        {name: value for name, value in feature["properties"].items() if name not in fixed}
        for feature in after["features"]
    ] == [
        {name: value for name, value in feature["properties"].items() if name not in fixed}
        for feature in before["features"]
    ]


def test_a_second_repair_gives_the_same_file_byte_for_byte(mended: Path) -> None:
    again = jingwei("repair", mended / "grids.geojson", *SURVEY[1:], "-o", mended / "again.geojson")
    assert again.returncode == 1
    assert (mended / "again.geojson").read_bytes() == (mended / "grids.geojson").read_bytes()


@pytest.fixture(scope="module")
def decided(mended: Path) -> Path:
    """Repair the survey with everything accepted that is proposed."""
    left = json.loads((mended / "left.json").read_text())["findings"]
    keys = [finding["key"] for finding in left if finding["fix"] != "ask"]
    accepted = [word for key in keys for word in ("--accept", key)]
    out = mended / "decided.geojson"
    done = jingwei("repair", *SURVEY, "-o", out, "--report", mended / "decided.json", *accepted)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


def test_with_its_proposals_accepted_the_survey_passes(decided: Path) -> None:
    done = jingwei("check", decided, *SURVEY[1:])
    assert done.returncode == 0, done.stdout
    assert "必须处理 0 项" in done.stdout


def test_what_would_break_a_grid_in_two_is_left_although_accepted(decided: Path) -> None:
    left = json.loads(decided.with_suffix(".json").read_text())["findings"]
    assert {finding["kind"] for finding in left} == {"compound_cut"}


def test_accepted_codes_are_corrected_in_the_file(decided: Path) -> None:
    before, after = (json.loads(path.read_text())["features"] for path in (FILE, decided))
    codes = [{feature["properties"]["code"] for feature in one} for one in (before, after)]
    assert codes[0] - codes[1] == {"14118200101000", "141182002001O02"}
    assert len(codes[1] - codes[0]) == len(codes[0] - codes[1])


def test_the_file_itself_is_never_written_and_an_unknown_key_writes_nothing(
    tmp_path: Path,
) -> None:
    before = FILE.read_bytes()
    refused = jingwei("repair", FILE, "-o", FILE)
    assert refused.returncode == 2
    assert "choose another" in refused.stderr
    unknown = jingwei("repair", *SURVEY, "-o", tmp_path / "a.gpkg", "--accept", "JW-C10-00000000")
    assert unknown.returncode == 2
    assert "JW-C10-00000000" in unknown.stderr
    assert list(tmp_path.iterdir()) == []
    assert FILE.read_bytes() == before


def test_a_datum_that_would_be_lost_is_refused(tmp_path: Path) -> None:
    refused = jingwei("repair", FILE, "--datum", "gcj02", "-o", tmp_path / "a.geojson")
    assert refused.returncode == 2
    assert "gcj02" in refused.stderr
