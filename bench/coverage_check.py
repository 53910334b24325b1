"""
The check and the repair of a coverage beside their peers: one table, in one run.

    python bench/coverage_check.py table --data DIR [--postgis DSN] [--reps 5]
    python bench/coverage_check.py seeds --data DIR [--first 21] [--last 40]
    python bench/coverage_check.py check BROKEN PARENTS BUILDINGS OUT

`table` makes the two cases of the harness (a city of 195 grids, a region of 20,000), runs each
peer and this program in a process of its own on one core, and lets the harness score them.
`seeds` sums the scores over fresh cities of 195 grids. `check` is what the harness calls as
`peers.py check CASE --cmd jingwei='... check {broken} {parents} {buildings} {out}'`.
"""

import argparse
import collections
import contextlib
import importlib.util
import io
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

HERE = Path(__file__).resolve()
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

from gis.coverage import Findings, Kind, find_defects  # noqa: E402 - after the path is set
from gis.partition import Features, Partition, geometries  # noqa: E402

HARNESS = "JINGWEI_BENCH_COVERAGE"
DEFAULT = ROOT.parent / "shared" / "bench" / "coverage"
LARGE = {"n": 20_000, "k": 3900, "s": 200, "reps": 40}
Step = Callable[[], Any]
Layers = tuple[Partition, Partition, Features]

# What the harness calls our kinds. A grid that is missing is to it a gap or an uncovered parent.
RULES = {
    Kind.INVALID_RING: "invalid_ring",
    Kind.GAP: "gap",
    Kind.SLIVER_GAP: "gap",
    Kind.INLET: "parent_uncovered",
    Kind.PARENT_UNCOVERED: "parent_uncovered",
    Kind.OVERLAP: "overlap",
    Kind.SLIVER_OVERLAP: "overlap",
    Kind.DUPLICATE: "duplicate",
    Kind.UNMATCHED_VERTEX: "unmatched_vertex",
    Kind.EXCLAVE: "exclave",
    Kind.CROSSES_PARENT: "parent_cross",
    Kind.OUTSIDE_FRAME: "parent_cross",
    Kind.WRONG_PARENT: "parent_mismatch",
    Kind.BUILDING_IN_NO_GRID: "building_outside",
    Kind.BUILDING_IN_TWO: "building_split",
    Kind.BUILDING_CUT: "building_split",
}


# ---- the harness ------------------------------------------------------------------------------


def load_harness(name: str) -> Any:
    """Read a module of the harness: `gen` makes cases, `peers` checks and scores them."""
    folder = Path(os.environ.get(HARNESS, DEFAULT))
    sys.path.insert(0, str(folder))  # peers imports its neighbours
    spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_case(folder: Path, seed: int, *, large: bool = False) -> Path:
    """Make a case if it is not there."""
    if not (folder / "truth.json").exists():
        load_harness("gen").write(folder, **(LARGE if large else {}), seed=seed, gpkg=False)
    return folder


def to_harness(findings: Findings) -> list[dict]:
    """Write findings as the harness reads them; a rule it does not know keeps our name."""
    return [
        {
            "rule": RULES.get(finding.kind, finding.kind.value),
            "ids": list(finding.codes),
            "wkt": (finding.geometry or shapely.Point()).wkt,
            "area": finding.area_m2 or 0.0,
            "severity": finding.severity.value,
            "width": finding.width_m,
        }
        for finding in findings
    ]


def read_layers(broken: Path, parents: Path, buildings: Path) -> Layers:
    """Read the layers of a case: grids, communities, buildings."""
    grids, above, houses = (gpd.read_parquet(path) for path in (broken, parents, buildings))
    above = above[above.level == "community"]
    crs = grids.crs.to_string()
    return (
        Partition(tuple(grids.grid_id), geometries(grids.geometry), crs=crs,
                  parent_codes=tuple(grids.community_id)),
        Partition(tuple(above.parent_id), geometries(above.geometry), crs=crs),
        Features(tuple(houses.building_id), geometries(houses.geometry), crs=crs),
    )  # fmt: skip


def check(broken: str, parents: str, buildings: str, out: str) -> None:
    """Check one case and write what was found."""
    grids, above, houses = read_layers(Path(broken), Path(parents), Path(buildings))
    findings = find_defects(grids, parents=above, buildings=houses)
    Path(out).write_text(json.dumps(to_harness(findings)))


# ---- peers: detection alone, with nesting, and everything for the score ------------------------


def jingwei(_peers: Any, case: Path) -> tuple[Step, Step | None, Step]:
    """Give the steps of this program."""
    names = ("broken", "parents", "buildings")
    grids, above, houses = read_layers(*(case / f"{name}.parquet" for name in names))
    return (
        lambda: find_defects(grids),
        lambda: find_defects(grids, parents=above),
        lambda: to_harness(find_defects(grids, parents=above, buildings=houses)),
    )


def prototype(peers: Any, case: Path) -> tuple[Step, Step | None, Step]:
    """Give the steps of the prototype the harness came with."""
    exact = load_harness("exact")
    grids, above = peers.load(case)
    shapes, over = (np.array(layer.geometry.values, object) for layer in (grids, above))
    rows = {code: row for row, code in enumerate(above.parent_id)}
    home = grids.community_id.map(rows).to_numpy()
    return (
        lambda: exact.check(shapes),
        lambda: exact.nesting(exact.check(shapes)["V"], home, over),
        lambda: peers.c_exact(case),
    )


def geos(peers: Any, case: Path, gap_width: float = 0.0) -> tuple[Step, Step | None, Step]:
    """Give the one step of GEOS's coverage validator: it knows no parents."""
    shapes = np.array(peers.load(case)[0].geometry.values, object)
    return (
        lambda: shapely.coverage_invalid_edges(shapes, gap_width=gap_width),
        None,
        lambda: peers.c_geos_edges(case, gap_width),
    )


def geos_gap5(peers: Any, case: Path) -> tuple[Step, Step | None, Step]:
    """Give the same, looking for gaps up to 5 m wide."""
    return geos(peers, case, 5.0)


def postgis(peers: Any, case: Path) -> tuple[Step | None, Step, Step]:
    """Give the queries a team would write by hand; the server works, so seconds are wall."""
    return None, lambda: peers.c_postgis_sql(case), lambda: peers.c_postgis_sql(case)


PEERS = {
    "geos_edges": geos,
    "geos_edges_gap5": geos_gap5,
    "postgis_sql": postgis,
    "prototype": prototype,
    "jingwei": jingwei,
}


def clock(step: Step | None, reps: int) -> list[tuple[float, float]]:
    """Run a step once to warm up and then some times; return CPU and wall seconds of each."""
    if step is None:
        return []
    step()
    times = []
    for _ in range(reps):
        used, began = time.process_time(), time.perf_counter()
        step()
        times.append((time.process_time() - used, time.perf_counter() - began))
    return times


def run(peer: str, case: Path, reps: int) -> dict:
    """Run one peer in this process: its score and seconds."""
    peers = load_harness("peers")
    detection, nesting, everything = PEERS[peer](peers, case)
    found = everything()
    score = peers.score_check(case, found)
    if peer == "postgis_sql":
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            nesting()  # once more: it takes long, and the first run fills the server's cache
        seconds = [float(one) for one in re.findall(r"sql seconds ([\d.]+)", said.getvalue())]
        return score | {"detection": [], "nesting": [(None, one) for one in seconds]}
    return score | {"detection": clock(detection, reps), "nesting": clock(nesting, reps)}


def in_process(peer: str, case: Path, reps: int, core: int) -> dict:
    """Run one peer in a process of its own on one core."""
    command = ["taskset", "-c", str(core), sys.executable, str(HERE), "run", peer, str(case)]
    done = subprocess.run(
        [*command, "--reps", str(reps)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        return {"error": done.stderr.strip().splitlines()[-1]}
    return json.loads(done.stdout.splitlines()[-1])


def seconds(times: list[list[float | None]]) -> str:
    """Write the median of CPU seconds and, in brackets, of wall seconds."""
    if not times:
        return "-"
    cpu, wall = zip(*times, strict=True)
    used = "server" if cpu[0] is None else f"{statistics.median(cpu):.2f}"
    return f"{used} ({statistics.median(wall):.2f})"


# ---- tables -----------------------------------------------------------------------------------

HEAD = "{:<10} {:<16} {:>14} {:>11} {:>9} {:>6} {:>16} {:>16}"


def table(a: argparse.Namespace) -> None:
    """Make both cases, run all peers on each and print."""
    print(HEAD.format("case", "check", "found", "rightly", "buildings", "false",
                      "detection, s", "with nesting, s"))  # fmt: skip
    for name in a.cases:
        case = make_case(a.data / name, 1, large=name == "large")
        for peer in a.peers:
            if peer == "postgis_sql" and "PGURL" not in os.environ:
                continue
            row = in_process(peer, case, a.reps, a.core)
            if "error" in row:
                print(f"{name:<10} {peer:<16} {row['error']}", flush=True)
                continue
            print(HEAD.format(name, peer, f"{row['found']}/{row['of']}", row["right"],
                              row["buildings"], row["false"], seconds(row["detection"]),
                              seconds(row["nesting"])), flush=True)  # fmt: skip
            if peer == "jingwei":
                print(f"  by kind, right(any)/planted: {row['per']}")
    print("CPU seconds, in brackets wall; median of the repetitions, one core, layers in memory")


def seeds(a: argparse.Namespace) -> None:
    """Sum the scores of this program and the prototype over cities never looked at before."""
    peers = load_harness("peers")
    for name in ("prototype", "jingwei"):
        total: collections.Counter[str] = collections.Counter()
        for seed in range(a.first, a.last + 1):
            case = make_case(a.data / f"seed{seed}", seed)
            score = peers.score_check(case, PEERS[name](peers, case)[2]())
            right, buildings = map(int, score["buildings"].split("/"))
            total.update({key: score[key] for key in ("found", "right", "of", "false")})
            total.update(buildings_right=right, buildings=buildings)
            if score["right"] < score["of"] or right < buildings or score["false"]:
                missed = {kind: told for kind, told in score["per"].items()
                          if told.split("(")[0] != told.split("/")[1]}  # fmt: skip
                print(f"  {name} seed {seed}: missed {missed}, false {score['false_by']}")
        print(f"{name}, seeds {a.first} to {a.last}: {dict(total)}", flush=True)


def main() -> None:
    """Read the arguments; the harness and this program itself also call it."""
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    ap.add_argument("what", choices=["table", "seeds", "check", "run"])
    ap.add_argument("files", nargs="*")
    ap.add_argument("--harness", type=Path)
    ap.add_argument("--data", type=Path)
    ap.add_argument("--cases", nargs="+", default=["small", "large"])
    ap.add_argument("--peers", nargs="+", default=list(PEERS), choices=PEERS)
    ap.add_argument("--postgis", help="DSN of a database with PostGIS, as SQLAlchemy reads it")
    ap.add_argument("--first", type=int, default=21)
    ap.add_argument("--last", type=int, default=40)
    ap.add_argument("--reps", type=int, default=5)
    ap.add_argument("--core", type=int, default=1)
    a = ap.parse_args()
    if a.harness:
        os.environ[HARNESS] = str(a.harness.resolve())
    if a.postgis:
        os.environ["PGURL"] = a.postgis
    if a.what == "check":
        check(*a.files)
    elif a.what == "run":
        print(json.dumps(run(a.files[0], Path(a.files[1]), a.reps)))
    elif a.what == "seeds":
        seeds(a)
    else:
        table(a)


if __name__ == "__main__":
    main()
