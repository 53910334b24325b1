"""
Locating beside its peers: one table and the ratios, in one run.

    python bench/locate.py table --data DIR [--harness FILE] [--postgis DSN] [--reps 3] [--core 1]
    python bench/locate.py index --data DIR
    python bench/locate.py ties [--count 1000000]

`table` makes the data of the harness (a city of 194 grids, the same with its points sorted by
place, a region of 20,000 grids), runs each peer and this program in a process of its own, lets the
harness settle every difference in rational numbers, and prints ratios per core-second. `index`
says what the index of the same data costs, and one change and one look-up from Python. `ties` puts
points on borders and vertices and checks each answer in rational numbers.
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Shapes = NDArray[np.object_]
Step = Callable[[], Any]

HERE = Path(__file__).resolve()
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))
HARNESS = "JINGWEI_BENCH_HARNESS"
DEFAULT = ROOT.parent / "shared" / "bench" / "assign" / "peers.py"
CITY = ["prepared_loop", "shapely_strtree_xy", "geopandas", "shapely_strtree"]
TILE_M = 80.0


def load_harness() -> Any:
    """Read the harness and add this program to its peers."""
    spec = importlib.util.spec_from_file_location("peers", os.environ.get(HARNESS, DEFAULT))
    peers = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(peers)
    peers.__file__ = str(HERE)  # what it starts for each peer
    peers.PEERS["jingwei"] = jingwei
    return peers


def jingwei(gdf: Any, x: Floats, y: Floats, _folder: str) -> tuple[Step, Step]:
    """Give the two steps of the harness: build and query."""
    from gis.cells import CellIndex  # noqa: PLC0415 - other peers must not pay for it

    grid_id = gdf.grid_id.to_numpy()
    order = np.argsort(grid_id)
    grids, made = gdf.geometry.to_numpy()[order], {}
    ids = np.append(grid_id[order], -1).astype(np.int32)
    plain = bool((ids[:-1] == np.arange(len(ids) - 1)).all())
    rows, edges = np.empty(len(x), np.int32), np.empty(0, np.uint8)

    def build() -> None:
        used = time.process_time()
        made["index"] = CellIndex.build(grids)
        used, size = time.process_time() - used, made["index"].bytes_used / 1e6
        print(f"{len(grids)} grids: build {used:.2f} core-s, index {size:.1f} MB", file=sys.stderr)

    def query() -> Ints:
        made["index"].find_many(x, y, rows, edges)
        return rows if plain else ids[rows]

    return build, query


def sort_by_place(folder: Path, to: Path) -> None:
    """Write the same points tile by tile."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    to.mkdir(exist_ok=True)
    (to / "grids.parquet").write_bytes((folder / "grids.parquet").read_bytes())
    points = pq.read_table(folder / "points.parquet")
    x, y = points["x"].to_numpy(), points["y"].to_numpy()
    per_degree = 111_320.0 / TILE_M
    column = np.floor((x - x.min()) * per_degree * np.cos(np.radians(y.mean())))
    order = np.lexsort((column, np.floor((y - y.min()) * per_degree)))
    pq.write_table(pa.table({"x": x[order], "y": y[order]}), to / "points.parquet")


def table(peers: Any, a: argparse.Namespace) -> None:
    """Make the data, run all and print."""
    city, tiles, region = (a.data / name for name in ("city", "city_by_place", "region"))
    for folder, grids in ((city, 194), (region, 20_000)):
        if not (folder / "points.parquet").exists():
            peers.gen(argparse.Namespace(out=str(folder), grids=grids, verts=120, points=a.points,
                                         seed=7))  # fmt: skip
    if not (tiles / "points.parquet").exists():
        sort_by_place(city, tiles)
    postgis = ["postgis_ptindex", "postgis"] if a.postgis else []
    if a.postgis:
        os.environ["PG_DSN"] = a.postgis
    ours = ["jingwei", "floor_numpy"]
    results = {
        folder.name: run(peers, a, folder, names)
        for folder, names in (
            (city, [*CITY, *postgis, *ours]),
            (tiles, ours),
            (region, ["prepared_loop", *ours]),
        )
    }
    name_grids(city)
    command(peers, a, city)
    for name, rows in results.items():
        rate = {peer: row["core_mpts"] for peer, row in rows.items()}
        for peer in rate.keys() - set(ours):
            print(f"{name}: jingwei / {peer} = {rate['jingwei'] / rate[peer]:.0f}x")
        floor = rows["floor_numpy"]["n"] / rows["floor_numpy"]["query_s"] / 1e6
        mine = rows["jingwei"]["n"] / rows["jingwei"]["query_s"] / 1e6
        print(f"{name}: time of jingwei / time of the memory floor = {floor / mine:.1f}x")


def run(peers: Any, a: argparse.Namespace, folder: Path, names: list[str]) -> dict:
    """Run peers on a folder by the harness."""
    known = [name for name in names if name in peers.PEERS]
    peers.run(argparse.Namespace(data=str(folder), cmd=None, peers=",".join(known), reps=a.reps,
                                 core=a.core, limit=0))  # fmt: skip
    rows = json.loads((folder / "runs.json").read_text())
    return {name: rows[name] for name in known if name in rows}


def name_grids(folder: Path) -> None:
    """Give the grids codes that sort like their numbers."""
    import geopandas as gpd  # noqa: PLC0415

    grids = gpd.read_parquet(folder / "grids.parquet")
    grids["code"] = grids.grid_id.astype(str).str.zfill(7)
    grids.to_parquet(folder / "named.parquet")


def command(peers: Any, a: argparse.Namespace, folder: Path) -> None:
    """Add `jingwei assign`, from start to file."""
    adapt = f"{sys.executable} {HERE} adapt {{points}} {{grids}} {{result}}"
    peers.run(argparse.Namespace(data=str(folder), cmd=adapt, name="jingwei_assign", reps=a.reps,
                                 core=a.core))  # fmt: skip


def adapt(points: str, grids: str, result: str) -> None:
    """Run `jingwei assign` and rename its columns as the harness wants them."""
    out = f"{result}.assigned.parquet"
    program = Path(sys.executable).with_name("jingwei")
    named = Path(grids).with_name("named.parquet")  # codes are texts and sort as such
    columns = ["--code", "code", "--lon", "x", "--lat", "y"]
    subprocess.run(
        [program, "assign", points, "--grids", named, *columns, "-o", out],
        check=True,
    )
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    with pq.ParquetFile(out) as file:
        found = file.read(["grid", "how"])
    held = pc.is_in(found["how"].cast("string"), pa.array(["inside", "edge"]))
    ids = pc.if_else(held, found["grid"].cast("string").cast("int32"), pa.scalar(-1, "int32"))
    pq.write_table(pa.table({"grid_id": ids}), result)
    Path(out).unlink()


def index(data: Path) -> None:
    """Measure the index: building, size, one changed grid, the file, single look-ups."""
    import geopandas as gpd  # noqa: PLC0415 - peers must not pay for it
    import pyarrow.parquet as pq  # noqa: PLC0415

    from gis.cells import CellIndex  # noqa: PLC0415
    from gis.crs import planar_crs  # noqa: PLC0415
    from gis.locator import Locator  # noqa: PLC0415

    for name in ("city", "region"):
        grids = gpd.read_parquet(data / name / "grids.parquet").sort_values("grid_id")
        shapes, codes = grids.geometry.to_numpy(), grids.grid_id.astype(str).str.zfill(7).tolist()
        west, _, east, _ = grids.total_bounds.tolist()
        used = [time.process_time()]
        cells = CellIndex.build(shapes)
        used.append(time.process_time())
        locator = Locator(codes, shapes.tolist(), planar=planar_crs((west + east) / 2))
        used.append(time.process_time())
        build, whole = np.diff(used)
        print(f"{name}: {len(codes)} grids; cells {build:.2f} core-s, "
              f"{cells.bytes_used / 1e6:.1f} MB; locator {whole:.2f} core-s")  # fmt: skip
        taken = []
        for row in np.linspace(0, len(codes) - 1, 9).astype(int).tolist():
            middle = shapely.get_coordinates(shapes[row].centroid)
            smaller = shapely.transform(shapes[row], lambda xy, to=middle: xy + (to - xy) * 1e-3)
            began = time.perf_counter()
            locator.replaced([codes[row]], [smaller])
            taken.append(time.perf_counter() - began)
        print(f"{name}: one grid changed in {np.median(taken) * 1e3:.1f} ms (median of 9)")
        kept = data / f"{name}.locator"
        locator.save(kept)
        began = time.perf_counter()
        loaded = Locator.load(kept)
        took = (time.perf_counter() - began) * 1e3
        print(f"{name}: file {kept.stat().st_size / 1e6:.1f} MB, loaded in {took:.1f} ms")
        points = pq.read_table(data / name / "points.parquet").slice(0, 50_000)
        pairs = list(zip(points["x"].to_pylist(), points["y"].to_pylist(), strict=True))
        for look in (loaded.find, loaded.locate_one):
            ns = []
            for lon, lat in pairs:
                before = time.perf_counter_ns()
                look(lon, lat)
                ns.append(time.perf_counter_ns() - before)
            median, slow = np.percentile(ns, [50, 95]) / 1e3
            print(f"{name}: {look.__name__} p50 {median:.2f} us, p95 {slow:.2f} us", flush=True)


def ties(peers: Any, count: int) -> None:
    """Check points on borders and vertices, also near 0 degrees, with holes and parts."""
    from gis.cells import CellIndex  # noqa: PLC0415
    from gis.locator_kernel import UNDECIDED  # noqa: PLC0415

    city = shapely.set_srid(peers.make_grids(194, 7, 120), 0)
    merged = shapely.union_all(np.array([*city[:60:3], *city[100:112]]))
    holes = np.array([merged, *city[1:60:3], *city[2:60:3]])
    to_zero = np.array([peers.LON0, peers.LAT0])
    near_zero = shapely.transform(city, lambda xy: xy - to_zero)
    for name, grids in {"city": city, "near 0 degrees": near_zero, "holes, parts": holes}.items():
        x, y = on_borders(grids, count // 3)
        rows = np.empty(len(x), np.int32)
        CellIndex.build(grids).find_many(x, y, rows, np.empty(0, np.uint8))
        wrong = sum(true != row for true, row in zip(truth(peers, grids, x, y), rows, strict=True))
        print(f"{name}: {len(x)} points on borders and vertices, {wrong} wrong, "
              f"{(rows == UNDECIDED).sum()} left to rational numbers", flush=True)  # fmt: skip


def on_borders(grids: Shapes, count: int) -> tuple[Floats, Floats]:
    """Put a fifth on vertices, the rest on edges as near as doubles come, some nudged."""
    chance = np.random.default_rng(3)
    rings = shapely.get_rings(shapely.get_parts(grids))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    edge = chance.choice(np.flatnonzero(ring[1:] == ring[:-1]), count)
    along = np.where(chance.random(count) < 0.2, 0.0, chance.random(count))[:, None]
    points = xy[edge] + along * (xy[edge + 1] - xy[edge])
    steps = chance.integers(-1, 2, (count, 2)) * (chance.random((count, 1)) < 0.4) * 1e3
    points = np.where(steps == 0, points, np.nextafter(points, steps))
    return points[:, 0].copy(), points[:, 1].copy()


def truth(peers: Any, grids: Shapes, x: Floats, y: Floats) -> Ints:
    """Give the first grid that holds each point, in rational numbers."""
    rings = [
        [np.asarray(ring.coords) for ring in shapely.get_rings(shapely.get_parts(grid))]
        for grid in grids
    ]
    asked, near = shapely.STRtree(grids).query(shapely.box(x, y, x, y))
    first = np.full(len(x), -1)
    for point, grid in zip(asked, near, strict=True):
        if (first[point] < 0 or grid < first[point]) and peers.exact_member(
            rings[grid], x[point], y[point]
        ):
            first[point] = grid
    return first


def main() -> None:
    """Read the arguments; the harness also calls this for each peer."""
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    ap.add_argument("what", choices=["table", "index", "ties", "adapt", "run"])
    ap.add_argument("files", nargs="*")
    ap.add_argument("--harness", type=Path)
    ap.add_argument("--data", type=Path)
    ap.add_argument("--postgis")
    ap.add_argument("--points", type=int, default=1_850_000)
    ap.add_argument("--count", type=int, default=1_000_000)
    ap.add_argument("--reps", type=int, default=3)
    ap.add_argument("--core", type=int, default=1)
    ap.add_argument("--limit", type=int, default=0)
    ap.add_argument("--child")
    a = ap.parse_args()
    if a.harness:
        os.environ[HARNESS] = str(a.harness.resolve())
    if a.what == "adapt":
        adapt(*a.files)
    elif a.child:
        load_harness().child(argparse.Namespace(**vars(a) | {"limit": a.limit or None}))
    elif a.what == "index":
        index(a.data)
    elif a.what == "ties":
        ties(load_harness(), a.count)
    else:
        table(load_harness(), a)


if __name__ == "__main__":
    main()
