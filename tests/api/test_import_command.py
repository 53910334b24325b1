"""`jingwei import` and `export` as people type them, on the sample city's survey."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.data.sample import layer
from tests.service import COMMAND

BOUNDARIES = Path(__file__).parents[2] / "data" / "boundaries"


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    """Write the survey as it is delivered: GBK, eastings with their zone, no .prj, no .cpg."""
    path = tmp_path / "交付成果.shp"
    grids = layer("grids", "survey").rename(columns={"code": "WGDM", "name": "WGMC"})
    grids[["WGDM", "WGMC", "geometry"]].to_crs(4525).to_file(path, encoding="GBK")
    path.with_suffix(".prj").unlink()
    path.with_suffix(".cpg").unlink()
    return path


def parents() -> list[str]:
    return [
        "--subdistricts", str(BOUNDARIES / "fenyang" / "subdistricts.geojson"),
        "--communities", str(BOUNDARIES / "fenyang" / "communities.geojson"),
    ]  # fmt: skip


def run(database: str, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**environment(database, home)},
    )


def environment(database: str, home: Path) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": database,
        "JINGWEI_DATA_FOLDER": str(home),
        "COLUMNS": "200",
    }


def value(database: str, statement: str) -> object:
    engine = sa.create_engine(sa.make_url(database).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        found: object = connection.execute(sa.text(statement)).scalar_one()
    engine.dispose()
    return found


def test_a_survey_without_prj_is_refused_and_its_crs_is_among_the_choices(
    make_database: Callable[[], str], survey: Path, tmp_path: Path
) -> None:
    database = make_database()
    done = run(database, tmp_path, "import", str(survey), *parents(), "--yes")
    assert done.returncode == 2
    assert "does not say its CRS" in done.stderr
    assert "--crs EPSG:4525" in done.stderr
    assert value(database, "select count(*) from boundary_versions") == 0


def test_a_survey_with_its_crs_is_taken_and_its_faults_reported(
    make_database: Callable[[], str], survey: Path, tmp_path: Path
) -> None:
    database = make_database()
    order = ["import", str(survey), "--crs", "EPSG:4525", *parents()]
    asked = run(database, tmp_path, *order)
    assert (asked.returncode, "Say --yes" in asked.stdout) == (3, True)
    assert value(database, "select count(*) from boundary_versions") == 0
    done = run(database, tmp_path, *order, "--yes")
    assert done.returncode == 0, done.stderr
    assert "WGDM" in done.stdout
    assert "read as GB18030" in done.stdout
    assert "row 131 (141182002010003): code 141182002010003 is already in row 130" in done.stdout
    assert "重叠" in done.stdout
    stored = "select count(*) from grids join boundary_versions v on v.id = version_id"
    assert value(database, f"{stored} where v.state = 'draft'") == 191
    name = "select name from grids where code = '141182001001001'"
    assert value(database, name) == "东关社区第1网格"
    refused = run(database, tmp_path, *order, "--yes", "--publish-from", "2026-06-01")
    assert refused.returncode == 2
    assert "not published" in refused.stderr
    assert value(database, "select count(*) from boundary_versions") == 1


def test_clean_grids_are_published_and_exported_again(
    make_database: Callable[[], str], tmp_path: Path
) -> None:
    database = make_database()
    grids = BOUNDARIES / "fenyang" / "grids.geojson"
    done = run(
        database, tmp_path, "import", str(grids), *parents(), "--yes",
        "--publish-from", "2026-01-01", "--city-name", "汾阳市",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    target = tmp_path / "out.gpkg"
    done = run(database, tmp_path, "export", "grids", str(target))
    assert done.returncode == 0, done.stderr
    assert "194 grids" in done.stdout
    assert target.is_file()


def test_an_import_that_is_killed_leaves_nothing(
    make_database: Callable[[], str], tmp_path: Path
) -> None:
    database = make_database()
    grids = BOUNDARIES / "fenyang" / "grids.geojson"
    engine = sa.create_engine(sa.make_url(database).set(drivername="postgresql+psycopg"))
    with engine.connect() as blocker:  # the import has written its version and waits for the grids
        blocker.execute(sa.text("lock table grids in share mode"))
        process = subprocess.Popen(
            [COMMAND, "import", str(grids), *parents(), "--yes"],
            env=environment(database, tmp_path),
            stdout=subprocess.DEVNULL,
        )
        waiting = "select count(*) from pg_locks where not granted"
        until = time.monotonic() + 60
        while value(database, waiting) == 0 and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        blocker.rollback()
    engine.dispose()
    assert value(database, "select count(*) from boundary_versions") == 0
    assert value(database, "select count(*) from communities") == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b\n1,2\n", "needs lon and lat, or wkt"),
        ("code,name,wkt\n", "does not say its"),
        ("BH,MC,wkt\n1,x,POINT(111.7 37.2)\n", "--columns code=BH"),
    ],
)
def test_a_file_that_will_not_do_is_refused_in_one_line(
    make_database: Callable[[], str], tmp_path: Path, content: str, said: str
) -> None:
    path = tmp_path / "grids.csv"
    path.write_text(content, encoding="utf-8")
    datum = ["--datum", "cgcs2000"] if "BH" in content else []
    done = run(make_database(), tmp_path, "import", str(path), "--yes", *datum)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
