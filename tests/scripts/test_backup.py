"""Backing up and taking back, by the scripts themselves on a real database."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from layers.db import create_engine
from layers.jobs.worker import run_worker
from layers.models import JobState
from layers.settings import Settings
from tests.database import Databases
from tests.jobs import KINDS, Count, ask, look, make_table, written

SCRIPTS = Path(__file__).parent.parent.parent / "scripts"
OLD_S = 40 * 86_400

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def url(make_database: Callable[[], str]) -> str:
    """Return a database that holds one street."""
    url = make_database()
    with connect(url) as connection:
        connection.execute("create table kept (name text)")
        connection.execute("insert into kept values ('府学街')")
    return url


@pytest.fixture
def run(url: str, databases: Databases) -> Iterator[Run]:
    """Return a function that runs a script on the database."""

    def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [SCRIPTS / command[0], *command[1:]],
            env=os.environ | libpq_variables(url) | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    yield run
    with connect(databases.server.render_as_string(hide_password=False)) as connection:
        left = connection.execute(
            "select datname from pg_database where datname like %s", [f"{name_of(url)}\\_%"]
        ).fetchall()
        for (name,) in left:
            connection.execute(f"drop database {name}")


def connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def libpq_variables(url: str) -> dict[str, str]:
    address = sa.make_url(url)
    given = {
        "PGHOST": address.host or address.query.get("host"),
        "PGPORT": address.port or address.query.get("port"),
        "PGUSER": address.username,
        "PGPASSWORD": address.password,
        "PGDATABASE": address.database,
    }
    return {name: str(value) for name, value in given.items() if value}


def name_of(url: str) -> str:
    return sa.make_url(url).database or ""


def names(url: str) -> list[str]:
    with connect(url) as connection:
        return [name for (name,) in connection.execute("select name from kept order by name")]


def databases_like(url: str) -> list[str]:
    with connect(url) as connection:
        rows = connection.execute(
            "select datname from pg_database where starts_with(datname, %s) order by 1",
            [name_of(url)],
        )
        return [name for (name,) in rows]


def old_dump(folder: Path) -> Path:
    """Lay a dump of forty days ago."""
    dump = folder / "jingwei-20200101T000000Z.dump"
    dump.write_bytes(b"of before")
    os.utime(dump, (time.time() - OLD_S,) * 2)
    return dump


def test_what_was_backed_up_comes_back_and_what_was_there_is_kept(
    url: str, run: Run, tmp_path: Path
) -> None:
    dump = run("backup", "once", tmp_path).stdout.strip()
    with connect(url) as connection:
        connection.execute("update kept set name = 'lost'")
    result = run("restore", dump)
    assert result.returncode == 0, result.stderr
    assert names(url) == ["府学街"]
    now, before = databases_like(url)
    assert before.startswith(f"{now}_before_")
    assert names(url.replace(now, before)) == ["lost"]


def test_a_job_that_waited_when_the_dump_was_made_is_done_after_the_restore(
    url: str, run: Run, tmp_path: Path
) -> None:
    engine = create_engine(url, Settings())
    make_table(engine)
    job_id = ask(engine, Count(to=3))
    engine.dispose()
    dump = run("backup", "once", tmp_path).stdout.strip()
    restored = run("restore", dump)
    assert restored.returncode == 0, restored.stderr
    run_worker(engine, Settings(), KINDS, wait=False)
    assert (look(engine, job_id).state, written(engine)) == (JobState.DONE, [3])
    engine.dispose()


def test_a_dump_is_readable_by_its_owner_only_and_leaves_nothing_beside_it(
    run: Run, tmp_path: Path
) -> None:
    dump = Path(run("backup", "once", tmp_path).stdout.strip())
    assert dump.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == [dump]


def test_a_new_dump_replaces_those_past_their_days(run: Run, tmp_path: Path) -> None:
    old = old_dump(tmp_path)
    run("backup", "once", tmp_path, BACKUP_KEEP_DAYS="60")
    assert old.exists()
    run("backup", "once", tmp_path, BACKUP_KEEP_DAYS="30")
    assert not old.exists()


def test_a_failing_dump_leaves_the_old_ones_and_no_part_of_itself(run: Run, tmp_path: Path) -> None:
    old = old_dump(tmp_path)
    result = run("backup", "once", tmp_path, PGDATABASE="no_such_database")
    assert result.returncode == 1
    assert "no dump was made; the earlier ones are untouched" in result.stderr
    assert list(tmp_path.iterdir()) == [old]


def test_a_cut_off_dump_is_refused_and_changes_nothing(url: str, run: Run, tmp_path: Path) -> None:
    whole = Path(run("backup", "once", tmp_path).stdout.strip()).read_bytes()
    (cut := tmp_path / "cut.dump").write_bytes(whole[: len(whole) * 3 // 4])
    result = run("restore", cut)
    assert result.returncode == 1
    assert "Nothing was changed" in result.stderr
    assert databases_like(url) == [name_of(url)]
    assert names(url) == ["府学街"]


def test_nothing_is_restored_under_a_running_service(url: str, run: Run, tmp_path: Path) -> None:
    dump = run("backup", "once", tmp_path).stdout.strip()
    with connect(url):
        result = run("restore", dump)
    assert result.returncode == 1
    assert "1 connections use" in result.stderr
    assert "stop the service first" in result.stderr
    assert databases_like(url) == [name_of(url)]


def test_the_sidecar_dumps_when_none_is_fresh_and_stops_when_told(
    url: str, run: Run, tmp_path: Path
) -> None:
    old_dump(tmp_path)
    assert run("backup", "fresh", "24", tmp_path).returncode == 1
    with subprocess.Popen(
        [SCRIPTS / "backup", "every", "24", str(tmp_path)],
        env=os.environ | libpq_variables(url),
        stdout=subprocess.PIPE,
        text=True,
    ) as sidecar:
        assert sidecar.stdout
        dump = Path(sidecar.stdout.readline().strip())
        sidecar.terminate()
        assert sidecar.wait(timeout=20) == 0
    assert run("backup", "fresh", "24", tmp_path).returncode == 0
    assert list(tmp_path.iterdir()) == [dump]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["once"], "say 'once FOLDER'"),
        (["every", "0", "folder"], "the hours must be a whole number above 0, not '0'"),
        (["every", "1.5", "folder"], "not '1.5'"),
        (["now", "24", "folder"], "'now' is none of once, every, fresh"),
    ],
)
def test_a_wrong_call_is_told_what_to_say(
    arguments: list[str], message: str, tmp_path: Path
) -> None:
    result = subprocess.run(
        [SCRIPTS / "backup", *arguments],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 1
    assert message in result.stderr
    assert not list(tmp_path.iterdir())
