"""Settings come from the environment, are explained, and say what is wrong with them."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from gis.errors import SettingsError
from layers.settings import Settings, default_data_folder

PAGE = (Path(__file__).parents[2] / "docs/settings.md").read_text()


@pytest.fixture(autouse=True)
def _no_settings_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"JINGWEI_{name.upper()}", raising=False)
    monkeypatch.delenv("DATABASE_URL", raising=False)


def test_every_setting_is_explained_and_no_other() -> None:
    explained = set(re.findall(r"^\| `(\w+)`", PAGE, re.MULTILINE))
    named = {f"JINGWEI_{name.upper()}" for name in Settings.model_fields}
    assert explained == named - {"JINGWEI_DATABASE_URL"} | {"DATABASE_URL"}


@pytest.mark.parametrize(
    "name",
    [
        "host", "port", "mode", "gap_tolerance_m", "near_border_m", "statement_timeout_s",
        "jobs_at_once", "job_stalled_s", "keep_jobs_days",
    ],
)  # fmt: skip
def test_the_page_names_the_default_that_holds(name: str) -> None:
    default = Settings.model_fields[name].default
    text = f"{default:g}" if isinstance(default, float) else str(default)
    assert f"| `JINGWEI_{name.upper()}` | `{text}` |" in PAGE


@pytest.mark.parametrize("variable", ["DATABASE_URL", "JINGWEI_DATABASE_URL"])
def test_the_database_is_read_from_either_name(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "postgresql://somewhere/city")
    assert Settings().database_url == "postgresql://somewhere/city"


def test_arguments_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JINGWEI_PORT", "8001")
    monkeypatch.setenv("DATABASE_URL", "postgresql://somewhere/city")
    settings = Settings(port=8002, database_url="postgresql://here/city")
    assert (settings.port, settings.database_url) == (8002, "postgresql://here/city")
    assert Settings().port == 8001


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(f"JINGWEI_{name.upper()}", "")
    monkeypatch.setenv("DATABASE_URL", "")
    settings = Settings()
    assert (settings.database_url, settings.port, settings.mode) == (None, 8000, "internal")


def test_the_password_of_the_database_is_not_shown() -> None:
    assert "secret" not in repr(Settings(database_url="postgresql://me:secret@here/city"))


def test_settings_never_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().port = 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "65536"),
        ("port", "http"),
        ("mode", "secret"),
        ("host", " "),
        ("gap_tolerance_m", "-1"),
        ("gap_tolerance_m", "nan"),
        ("near_border_m", "inf"),
        ("statement_timeout_s", "0"),
        ("jobs_at_once", "-1"),
        ("job_stalled_s", "0.5"),
        ("keep_jobs_days", "0"),
    ],
)
def test_a_wrong_value_is_refused_with_its_name(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"JINGWEI_{name.upper()}", value)
    with pytest.raises(ValidationError, match=name):
        Settings()


@pytest.mark.parametrize("missing", ["map_review_number", "map_credit"])
def test_public_maps_need_a_review_number_and_a_credit_line(missing: str) -> None:
    both = {"map_review_number": "GS(2026)0000号", "map_credit": "示例"}
    assert Settings.model_validate({"mode": "public", **both}).mode == "public"
    with pytest.raises(ValidationError, match="set JINGWEI_MAP_REVIEW_NUMBER and JINGWEI_MAP_CR"):
        Settings.model_validate({"mode": "public", **both, missing: None})


def test_the_data_folder_is_made(tmp_path: Path) -> None:
    folder = Settings(data_folder=tmp_path / "a/b").make_data_folder()
    assert folder == tmp_path / "a/b"
    assert folder.is_dir()


def test_a_data_folder_that_cannot_be_made_is_named_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SettingsError, match=f"{tmp_path}/file/data.*JINGWEI_DATA_FOLDER"):
        Settings(data_folder=tmp_path / "file/data").make_data_folder()


def test_a_data_folder_may_start_with_a_tilde_and_be_relative(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/city")
    monkeypatch.chdir(tmp_path)
    assert Settings(data_folder=Path("~/data")).data_folder == Path("/home/city/data")
    assert Settings(data_folder=Path("data")).data_folder == tmp_path / "data"


@pytest.mark.parametrize(
    ("uid", "xdg", "folder"),
    [
        (0, "/data", "/var/lib/jingwei"),
        (1000, "/data", "/data/jingwei"),
        (1000, "", "/home/city/.local/share/jingwei"),
        (1000, "not/absolute", "/home/city/.local/share/jingwei"),
    ],
)
def test_data_goes_to_the_system_for_root_and_home_for_others(
    uid: int, xdg: str, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: uid)
    monkeypatch.setenv("XDG_DATA_HOME", xdg)
    monkeypatch.setenv("HOME", "/home/city")
    assert default_data_folder() == Path(folder)
