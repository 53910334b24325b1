"""`jingwei batch`, from files to a folder."""

import subprocess
from pathlib import Path

import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet as pq

from gis.batch import in_order
from tests.service import COMMAND
from tests.worlds import SIDE, SOUTH, WEST, holed_city


def test_a_cluster_of_this_machine_locates_files(tmp_path: Path) -> None:
    codes, polygons = holed_city()
    frame = gpd.GeoDataFrame({"code": codes}, geometry=polygons, crs=4490)
    frame.to_parquet(tmp_path / "grids.parquet")
    for number, column in enumerate((1, 5.5)):
        table = pa.table({"lon": [WEST + column * SIDE], "lat": [SOUTH + SIDE * 4.5]})
        pq.write_table(table, tmp_path / f"{number}.parquet")
    files = ["0.parquet", "1.parquet", "--grids", "grids.parquet", "-o", "out"]
    command = [str(COMMAND), "batch", *files, "--workers", "1"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "2 points assigned to 4 grids" in done.stderr
    assert in_order(tmp_path / "out")["grid"].to_pylist() == ["a_ring", None]
    again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (again.returncode, "there already" in again.stderr) == (2, True)
