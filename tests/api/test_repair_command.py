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


def test_accepted_findings_are_mended_and_what_nobody_can_propose_is_left(mended: Path) -> None:
    left = json.loads((mended / "left.json").read_text())["findings"]
    keys = [finding["key"] for finding in left if finding["fix"] not in {"ask", "rename"}]
    accepted = [word for key in keys for word in ("--accept", key)]
    out = mended / "accepted.json"
    done = jingwei("repair", *SURVEY, "-o", mended / "all.gpkg", "--report", out, *accepted)
    assert done.returncode == 1, done.stderr
    assert {finding["fix"] for finding in json.loads(out.read_text())["findings"]} == {"ask"}


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
