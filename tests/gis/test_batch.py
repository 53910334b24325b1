"""Locating on a Dask cluster: the same answers, whatever happens to its workers."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from distributed import Client, LocalCluster
from numpy.testing import assert_array_equal

from gis.batch import Job, in_order, locate_points
from gis.errors import CoordinateError
from gis.locator import HOWS, Locator
from tests.gis.test_cells import PLACES, tempting_points, voronoi_city

CITY = voronoi_city(60, PLACES[1])[3:]
CODES = [f"g{number:02d}" for number in range(len(CITY))]
POINTS = tempting_points(CITY, 3, 4000)

pytestmark = pytest.mark.filterwarnings("ignore")  # Dask's own, when a worker dies


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**options) as cluster, Client(cluster) as client:
        yield client


@pytest.fixture
def job(tmp_path: Path) -> Job:
    files = []
    for number, rows in enumerate(np.array_split(np.arange(len(POINTS)), 3)):
        files.append(tmp_path / f"points-{number}.parquet")
        table = pa.table({"lon": POINTS[rows, 0], "lat": POINTS[rows, 1]})
        pq.write_table(table, files[-1], row_group_size=700)
    Locator(CODES, list(CITY)).save(tmp_path / "index")
    for folder in ("scratch", "out"):
        (tmp_path / folder).mkdir()
    return Job(
        tuple(files), tmp_path / "index", tmp_path / "scratch", tmp_path / "out", rows_in_place=300
    )


def assert_like_one_process(out: Path) -> None:
    found = in_order(out)
    wanted = Locator(CODES, list(CITY)).locate(POINTS[:, 0], POINTS[:, 1])
    assert_array_equal(found["row"], np.arange(len(POINTS)))
    assert found["grid"].to_pylist() == [CODES[row] if row >= 0 else None for row in wanted.rows]
    assert found["how"].to_pylist() == [HOWS[how] for how in wanted.how]
    assert_array_equal(found["border_distance_m"], wanted.border_distance_m)


@pytest.mark.parametrize("send_index", [False, True])
def test_a_cluster_answers_like_one_process(client: Client, job: Job, send_index: bool) -> None:  # noqa: FBT001
    sent = Job(**{name: getattr(job, name) for name in job.__slots__} | {"send_index": send_index})
    assert locate_points(client, sent) == len(POINTS)
    assert_like_one_process(job.out)


def test_a_worker_killed_in_the_middle_loses_nothing(client: Client, job: Job) -> None:
    before = client.run(os.getpid)
    killed: list[int] = []

    def kill_one(done: int, total: int) -> None:
        if not killed and done < total:
            killed.append(next(iter(before.values())))
            os.kill(killed[0], signal.SIGKILL)

    assert locate_points(client, job, kill_one) == len(POINTS)
    assert killed
    assert_like_one_process(job.out)
    assert [path.name for path in job.out.iterdir() if path.name.startswith("place-")]


def test_a_point_that_cannot_be_is_named(client: Client, job: Job) -> None:
    pq.write_table(pa.table({"lon": [112.0, np.nan], "lat": [37.0, 37.0]}), job.points[1])
    with pytest.raises(CoordinateError, match=r"points-1.parquet, rows counted from .* row 1"):
        locate_points(client, job)
