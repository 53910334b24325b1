"""The set-up where it cannot go on: it says what is missing and what to do, and does nothing."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parent.parent.parent / "scripts"
BASICS = (
    "sh", "dirname", "mkdir", "id", "date", "cat", "grep", "sed", "sort", "tail", "paste", "tr",
    "readlink", "sha256sum", "flock", "find", "rm",
)  # fmt: skip


@pytest.fixture
def bare_clone(tmp_path: Path) -> Path:
    """Return a clone, its path with a space, on a machine with basic commands only."""
    clone = tmp_path / "jing wei"
    (clone / "scripts").mkdir(parents=True)
    shutil.copy(SCRIPTS / "ensure", clone / "scripts/ensure")
    (commands := tmp_path / "commands").mkdir()
    for name in BASICS:
        found = shutil.which(name)
        assert found, f"this machine has no {name}"
        (commands / name).symlink_to(found)
    return clone


def ensure(clone: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [clone / "scripts/ensure", *arguments],
        cwd="/",
        env={"PATH": str(clone.parent / "commands")} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_without_apt_it_names_what_to_install_and_the_other_way(bare_clone: Path) -> None:
    result = ensure(bare_clone, "test")
    assert result.returncode == 1
    assert "This system lacks: Python 3.11 or newer with venv" in result.stderr
    assert "Chromium" in result.stderr
    assert "docker compose up" in result.stderr


def test_to_run_it_wants_no_browser(bare_clone: Path) -> None:
    result = ensure(bare_clone, "run")
    assert "Python 3.11" in result.stderr
    assert "Chromium" not in result.stderr


def test_a_database_elsewhere_spares_the_one_here(bare_clone: Path) -> None:
    text = (bare_clone / "scripts/ensure").read_text()
    moved = text.replace("/usr/lib/postgresql", "/none")  # a machine without PostgreSQL
    (bare_clone / "scripts/ensure").write_text(moved)
    elsewhere = {"DATABASE_URL": "postgresql://db.example/city"}
    assert "PostGIS" in ensure(bare_clone, "run").stderr
    assert "PostGIS" not in ensure(bare_clone, "run", **elsewhere).stderr


def test_an_unknown_scope_is_refused_with_the_known_ones(bare_clone: Path) -> None:
    result = ensure(bare_clone, "everything")
    assert result.returncode == 1
    assert "'scripts/ensure run' or 'scripts/ensure test', not 'everything'" in result.stderr
    assert not (bare_clone / "var").exists()
