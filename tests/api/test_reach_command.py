"""`jingwei reach` as people type it, on the toy city."""

import csv
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from layers.db import session_factory
from tests.cities import add_city
from tests.service import COMMAND


def run(database: str, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DATABASE_URL": database, "JINGWEI_DATA_FOLDER": str(folder)}
    return subprocess.run(
        [COMMAND, "reach", str(folder / "out"), *more],
        capture_output=True, text=True, check=False, timeout=120, env=environment,
    )  # fmt: skip


def stored(database: str, *statements: str) -> None:
    engine = sa.create_engine(sa.make_url(database).set(drivername="postgresql+psycopg"))
    with session_factory(engine).begin() as session:
        add_city(session)
        for statement in statements:
            session.execute(sa.text(statement))
    engine.dispose()


EMPTY_HALL = """
insert into buildings (code, name, geom, kind, floors, entrances)
select '141182001001-C000-B01', '空房', ST_Multi(ST_Translate(geom, 0.0003, 0)), 'public', 1, 1
from buildings"""


def test_it_writes_a_page_without_other_hosts_and_the_tables(
    make_database: Callable[[], str], tmp_path: Path
) -> None:
    database = make_database()
    stored(database, EMPTY_HALL)
    done = run(database, tmp_path, "--new", "1")
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "out" / "reach.html").read_text(encoding="utf-8")
    assert "合成示例数据" in page
    assert "文峰党群服务中心" in page
    assert not re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="(?:https?:)?//', page)
    with (tmp_path / "out" / "homes.csv").open(encoding="utf-8-sig") as file:
        (home,) = csv.DictReader(file)
    assert (home["nearest"], home["people"], home["at_night"]) == ("SC1", "30", "SC1")
    assert 150 < float(home["metres"]) < 400
    assert "any" in (tmp_path / "out" / "bands.csv").read_text(encoding="utf-8-sig")


def test_what_is_missing_is_said_in_a_line(
    make_database: Callable[[], str], tmp_path: Path
) -> None:
    database = make_database()
    stored(database, "delete from buildings")
    done = run(database, tmp_path)
    assert done.returncode == 2
    assert "no buildings are stored" in done.stderr
    assert "Traceback" not in done.stderr
    assert "no time of day" in run(database, tmp_path, "--night", "late").stderr
