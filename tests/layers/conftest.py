"""The toy city in memory, and private clusters to break."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from layers.atlas import Atlas
from layers.cluster import TESTS, Cluster
from layers.db import session_factory
from layers.postgres import find_account, find_binaries
from tests.cities import add_city
from tests.database import PREFIX
from tests.layers.private import HOLD, Hold, end


@pytest.fixture
def folder() -> Iterator[Path]:
    """Make a folder that every user may enter, and end whatever server runs below it."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    folder.chmod(0o755)
    yield folder
    for pid_file in folder.rglob("pgdata/postmaster.pid"):
        end(pid_file.parents[1])
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def _home() -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix=PREFIX))
    home.chmod(0o755)
    with Cluster(home, settings=TESTS):  # does not wait for the disk
        pass
    yield home
    shutil.rmtree(home)


@pytest.fixture
def home(_home: Path) -> Iterator[Path]:
    """Return the home of a stopped cluster; whatever is done to it, it is to start again."""
    yield _home
    end(_home)


@pytest.fixture
def bare(folder: Path) -> Path:
    """Make a home that looks like that of a cluster, for those that are refused before use."""
    account = find_account()
    data = folder / "pgdata"
    data.mkdir()
    (data / "PG_VERSION").write_text(f"{find_binaries().major}\n")
    os.chown(data, account.uid, account.gid)
    return folder


@pytest.fixture
def private(home: Path) -> Iterator[Cluster]:
    """Run a cluster of this test's own, with the settings of the service."""
    with Cluster(home) as cluster:
        yield cluster


@pytest.fixture
def hold() -> Iterator[Hold]:
    """Return a function that starts a process which holds a cluster till its input ends."""
    started: list[subprocess.Popen[str]] = []

    def start(
        home: Path, *, uid: int | None = None, before: tuple[str, ...] = ()
    ) -> subprocess.Popen[str]:
        uid = os.geteuid() if uid is None else uid
        process = subprocess.Popen(
            [*before, sys.executable, "-c", HOLD, str(home), str(uid)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def atlas(engine: Engine) -> Iterator[Atlas]:
    """Give the map of the toy city, stored and read once."""
    with session_factory(engine).begin() as session:
        add_city(session)
    atlas = Atlas(engine, gap_tolerance_m=10, near_border_m=30)
    atlas.refresh()
    yield atlas
    atlas.stop()
