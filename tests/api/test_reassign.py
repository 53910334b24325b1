"""`jingwei reassign`, as a process: said first, written on demand, gone on with after a kill."""

import csv
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from api import cli
from layers.db import create_engine
from layers.settings import Settings
from tests.layers.test_reassign import MIDDLE, NORTH, Old

# The command in lots of two, so that few incidents are several lots.
COMMAND = "import layers.reassign; layers.reassign.BATCH = 2; from api.cli import main; main()"
Run = Callable[..., str]
SERVED = "select count(*) from incidents where version_id = :version"


class City(Old):
    """The city of `Old` and the command on its database."""

    def __init__(self, url: str) -> None:
        self.engine = create_engine(url, Settings(database_url=url))
        super().__init__(self.engine)

    def served(self, version_id: int) -> int:
        """Count the incidents that a version serves."""
        with self.engine.connect() as connection:
            count: int = connection.execute(sa.text(SERVED), {"version": version_id}).scalar_one()
            return count


@pytest.fixture
def city(make_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    url = make_database()
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setattr("layers.reassign.BATCH", 2)
    city = City(url)
    yield city
    city.engine.dispose()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command; give what it says in one line, a fault starting with the exit code."""

    def run(*options: object) -> str:
        monkeypatch.setattr(sys, "argv", ["jingwei", "reassign", *map(str, options)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = " ".join("".join(capsys.readouterr()).split())
        return said if not ended.value.code else f"{ended.value.code}: {said}"

    return run


def test_without_write_it_says_what_would_change_and_changes_nothing(
    city: City, run: Run, tmp_path: Path
) -> None:
    number, _ = city.report(0, 1), city.report(2, 2)
    swapped = city.swapped().version
    said = run("-o", tmp_path / "moves.csv")
    assert f"Version {swapped.id} (swapped) gives 1 incidents to another grid" in said
    assert city.served(swapped.id) == 0
    with (tmp_path / "moves.csv").open(encoding="utf-8-sig") as file:
        assert list(csv.reader(file))[1:] == [[number, "dispatched", MIDDLE, NORTH]]


def test_the_version_can_be_chosen(city: City, run: Run) -> None:
    city.report(0, 1)
    swapped = city.swapped().version
    assert "1 open incidents changed hands" in run("--write")
    assert city.served(swapped.id) == 1
    said = run("--version", city.first.id, "--write")
    assert f"Version {city.first.id} (toy) gives 1 incidents to another grid" in said
    assert city.served(city.first.id) == 1
    assert "2: jingwei: there is no published boundary version 99" in run("--version", 99)


def test_a_run_killed_between_two_lots_is_finished_by_the_next(city: City, run: Run) -> None:
    numbers = [city.report(0, 1) for _ in range(5)]
    swapped = city.swapped().version
    with city.engine.connect() as connection:  # the second lot must wait for us
        held = sa.text("select id from incidents where number = :number for update")
        connection.execute(held, {"number": numbers[2]})
        killed = subprocess.Popen([sys.executable, "-c", COMMAND, "reassign", "--write"])
        until = time.monotonic() + 60
        while city.served(swapped.id) < 2 and time.monotonic() < until:
            time.sleep(0.02)
        killed.send_signal(signal.SIGKILL)
        assert killed.wait() == -signal.SIGKILL
    assert city.served(swapped.id) == 2
    assert "3 open incidents changed hands" in run("--write")
    assert city.served(swapped.id) == 5
    events = "select count(*) from incident_events where kind = 'reassign' group by incident_id"
    with city.engine.connect() as connection:
        assert connection.execute(sa.text(events)).scalars().all() == [1] * 5
