"""A command beside the database: its address, its exit status, its own private server."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

COMMAND = Path(__file__).parent.parent.parent / "scripts/with-database"


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *command],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def data_folder() -> Iterator[Path]:
    """Return a folder that the server's account may enter, as root's temporary one it may not."""
    folder = Path(tempfile.mkdtemp(prefix="jingwei-tests-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_the_private_database_is_made_used_and_stopped(data_folder: Path) -> None:
    result = run(
        "psql", "-XAtc", "select current_database(), postgis_lib_version() > ''",
        DATABASE_URL="", JINGWEI_DATA_FOLDER=str(data_folder),
    )  # fmt: skip
    assert result.stdout == "jingwei|t\n", result.stderr
    assert not (data_folder / "pgdata/postmaster.pid").exists()


def test_every_part_of_an_address_is_handed_on() -> None:
    address = "postgresql+psycopg://li:p%40ss@db.example:6543/city?sslmode=require"
    printed = run("env", DATABASE_URL=address).stdout.splitlines()
    assert {
        "PGHOST=db.example", "PGPORT=6543", "PGUSER=li", "PGPASSWORD=p@ss",
        "PGDATABASE=city", "PGSSLMODE=require",
    } <= set(printed)  # fmt: skip


def test_the_exit_status_is_that_of_the_command() -> None:
    assert run("sh", "-c", "exit 7", DATABASE_URL="postgresql://db.example/city").returncode == 7


@pytest.mark.parametrize(
    ("command", "address", "message"),
    [
        ([], "postgresql://db.example/city", "name a command"),
        (["no-such-command"], "postgresql://db.example/city", "no-such-command"),
        (["true"], "postgresql://db.example:many/city?nonsense=1", "nonsense"),
    ],
)
def test_a_mistake_is_named_without_a_traceback(
    command: list[str], address: str, message: str
) -> None:
    result = run(*command, DATABASE_URL=address)
    assert result.returncode == 1
    assert message in result.stderr
    assert "Traceback" not in result.stderr
