"""
The repair of a coverage beside its peers: one table, in one run.

    python bench/coverage_repair.py table --data DIR [--only geos_clean5,mapshaper30,grass]
    python bench/coverage_repair.py repair BROKEN PARENTS OUT

`table` makes the large case of the harness (20,000 grids, 1,080 defects), adds ten small grids that
are no defect, runs each peer and this program in a process of its own, lets the harness score them,
and measures what it does not: whether the small grids, the enclave and the grids around them were
left alone, how much of a single grid is in the wrong place, and whether a second run changes
anything. `repair` is what the harness calls as
`peers.py repair CASE --cmd jingwei='... repair {broken} {parents} {out}'`.
"""

import argparse
import contextlib
import importlib.util
import io
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

HERE = Path(__file__).resolve()
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

from gis.coverage import USUAL, Kind, find_defects  # noqa: E402 - after the path is set
from gis.partition import Partition, geometries  # noqa: E402
from gis.repair import repair as mend  # noqa: E402

HARNESS = "JINGWEI_BENCH_COVERAGE"
DEFAULT = ROOT.parent / "shared" / "bench" / "coverage"
LARGE = {"n": 20_000, "k": 3900, "s": 200, "reps": 40}
SMALL_GRIDS = 10
SIDES_M = (2.0, 6.0)
SPECK_M2, AROUND_M = 1e-3, 0.5  # as the harness scores what is in the wrong place
GROUND = {Kind.GAP, Kind.SLIVER_GAP, Kind.INLET, Kind.OVERLAP, Kind.SLIVER_OVERLAP,
          Kind.CROSSES_PARENT, Kind.OUTSIDE_FRAME, Kind.UNMATCHED_VERTEX}  # fmt: skip
PEERS = ["none", "geos_clean5", "geos_clean30"]  # and others of the harness where installed
HEAD = "{:<14} {:>5} {:>5} {:>5} {:>5} {:>7} {:>7} {:>6} {:>6} {:>14} {:>8} {:>8} {:>11}"


def load_harness(name: str) -> Any:
    """Read a module of the harness: `gen` makes cases, `peers` repairs and scores them."""
    folder = Path(os.environ.get(HARNESS, DEFAULT))
    sys.path.insert(0, str(folder))  # peers imports its neighbours
    spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_case(folder: Path, seed: int = 1) -> Path:
    """Make the large case with ten small grids that are right, cut out of grids without a fault."""
    if (folder / "small.json").exists():
        return folder
    load_harness("gen").write(folder, **LARGE, seed=seed, gpkg=False)
    clean, broken = (gpd.read_parquet(folder / f"{name}.parquet") for name in ("clean", "broken"))
    faults = json.loads((folder / "truth.json").read_text())["defects"]
    near = shapely.STRtree(shapely.from_wkt([fault["wkt"] for fault in faults]))
    known = dict(zip(broken.grid_id, broken.geometry, strict=True))
    chosen, random = [], np.random.default_rng(seed)
    for row in random.permutation(len(clean)):
        grid, code = clean.geometry.iloc[row], clean.grid_id.iloc[row]
        untouched = code in known and shapely.equals_identical(known[code], grid)
        if untouched and not grid.interiors and not len(near.query(grid)):
            chosen.append(code)
        if len(chosen) == SMALL_GRIDS:
            break
    for name, layer in (("clean", clean), ("broken", broken)):
        cut_out(layer, chosen).to_parquet(folder / f"{name}.parquet")
    (folder / "small.json").write_text(json.dumps(chosen))
    return folder


def cut_out(layer: gpd.GeoDataFrame, chosen: list[str]) -> gpd.GeoDataFrame:
    """Cut a small square grid out of the middle of each of the chosen grids."""
    layer, more = layer.copy(), []
    for number, code in enumerate(chosen):
        row = layer.index[layer.grid_id == code][0]
        shape, side = layer.geometry[row], SIDES_M[number % 2]
        middle = shapely.maximum_inscribed_circle(shape).coords[0]
        x, y = (round(one, 3) for one in middle)
        small = shapely.box(x, y, x + side, y + side)
        layer.loc[row, "geometry"] = shapely.Polygon(shape.exterior, [small.exterior.coords[::-1]])
        more.append({**layer.loc[row].to_dict(), "grid_id": f"t{number:02d}", "geometry": small})
    added = gpd.GeoDataFrame(more, crs=layer.crs)[list(layer.columns)]
    return gpd.GeoDataFrame(pd.concat([layer, added], ignore_index=True), crs=layer.crs)


# ---- this program -----------------------------------------------------------------------------


def read_layers(broken: Path, parents: Path) -> tuple[gpd.GeoDataFrame, Partition, Partition]:
    """Read a case: the table of grids, the grids and the communities."""
    grids, above = gpd.read_parquet(broken), gpd.read_parquet(parents)
    above = above[above.level == "community"]
    crs = grids.crs.to_string()
    return (
        grids,
        Partition(tuple(grids.grid_id), geometries(grids.geometry), crs=crs,
                  parent_codes=tuple(grids.community_id)),
        Partition(tuple(above.parent_id), geometries(above.geometry), crs=crs),
    )  # fmt: skip


def repair(broken: str, parents: str, out: str) -> None:
    """Repair one case and write it; say seconds, wall and CPU, of the repair alone."""
    table, grids, above = read_layers(Path(broken), Path(parents))
    began, used = time.perf_counter(), time.process_time()
    repaired = mend(grids, parents=above)
    print("SECONDS", round(time.perf_counter() - began, 3), round(time.process_time() - used, 3))
    print(f"{len(repaired.done)} operations, {len(repaired.refused)} refused", file=sys.stderr)
    table.geometry = list(repaired.partition.geometries)
    table.to_parquet(out)


# ---- the table --------------------------------------------------------------------------------


def run(peer: str, case: Path, out: Path) -> tuple[float, float]:
    """Run a peer in a process of its own; return wall and CPU seconds of its repair alone."""
    if peer == "jingwei":
        files = [case / "broken.parquet", case / "parents.parquet", out]
        command = [sys.executable, str(HERE), "repair", *map(str, files)]
    else:
        script = Path(os.environ.get(HARNESS, DEFAULT)) / "peers.py"
        command = [sys.executable, str(script), "_run", str(case), "--peer", peer,
                   "--mode", "repair", "--out", str(out)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    wall, cpu = next(
        line.split()[1:] for line in done.stdout.splitlines() if line.startswith("SECONDS")
    )
    return float(wall), float(cpu)


def left_below(case: Path, out: Path) -> int:
    """Count what our own check still finds that is no wider than the limit."""
    _, grids, above = read_layers(out, case / "parents.parquet")
    findings = find_defects(grids, parents=above)
    return sum(
        finding.kind in GROUND and (finding.width_m or 0.0) <= USUAL.width_m for finding in findings
    )


def invalid_edges(out: Path) -> int:
    """Count grids GEOS calls invalid in a coverage, exact copies left out."""
    grids = gpd.read_parquet(out)
    grids = grids[~grids.grid_id.str.startswith("dup") & ~grids.geometry.is_empty]
    shapes = shapely.make_valid(np.array(grids.geometry, object))
    return int((~shapely.is_empty(shapely.coverage_invalid_edges(shapes))).sum())


def wrong_most(case: Path, out: Path) -> float:
    """Return the most ground of one grid, m², that changed away from every planted defect."""
    made, clean = (gpd.read_parquet(path) for path in (out, case / "clean.parquet"))
    made = made[made.geometry.notna() & ~made.geometry.is_empty].drop_duplicates("grid_id")
    both = made.merge(clean[["grid_id", "geometry"]], on="grid_id", suffixes=("", "_clean"))
    changed = shapely.symmetric_difference(
        shapely.make_valid(np.array(both.geometry, object)), np.array(both.geometry_clean, object)
    )
    defects = json.loads((case / "truth.json").read_text())["defects"]
    places = shapely.union_all([
        shapely.from_wkt(one["wkt"]) for one in defects if not one["kind"].startswith("building")
    ])  # fmt: skip
    changed = changed[shapely.area(changed) > SPECK_M2]
    areas = shapely.area(shapely.difference(changed, shapely.buffer(places, AROUND_M)))
    return float(areas.max(initial=0.0))


def untouched(case: Path, out: Path) -> str:
    """Tell how many of the small grids, their hosts and the enclave with its host are as given."""
    given, made = (
        dict(zip(table.grid_id, table.geometry, strict=True))
        for table in (gpd.read_parquet(case / "broken.parquet"), gpd.read_parquet(out))
    )
    small = json.loads((case / "small.json").read_text())
    enclave = max(code for code in given if code.startswith("g"))
    host = next(
        code for code, shape in given.items()
        if code.startswith("g") and code != enclave and shape.geom_type == "Polygon"
        and any(shapely.Polygon(ring).equals(given[enclave]) for ring in shape.interiors)
    )  # fmt: skip
    watched = [*small, *(f"t{number:02d}" for number in range(SMALL_GRIDS)), enclave, host]
    same = [code for code in watched if code in made and made[code] is not None
            and made[code].equals(given[code])]  # fmt: skip
    return f"{len(same)}/{len(watched)}"


def second_run(case: Path, out: Path) -> str:
    """Tell whether a second repair gives the same file, byte for byte."""
    with tempfile.TemporaryDirectory() as folder:
        again = Path(folder) / "again.parquet"
        with contextlib.redirect_stdout(io.StringIO()):  # its seconds are nobody's
            repair(str(out), str(case / "parents.parquet"), str(again))
        return "same" if again.read_bytes() == out.read_bytes() else "changes"


def table(a: argparse.Namespace) -> None:
    """Make the case, run all and print."""
    case = make_case(a.data / "large")
    if "grass" in a.only and not (case / "broken.gpkg").exists():
        gpd.read_parquet(case / "broken.parquet").to_file(case / "broken.gpkg", layer="grids")
    peers = load_harness("peers")
    print(HEAD.format("repair", "gaps", "over", "left", "edges", "outside", "lost", "dups", "lake",
                      "wrong (most)", "alone", "CPU s", "second run"), flush=True)  # fmt: skip
    for peer in [*a.only.split(","), "jingwei"]:
        out = a.data / f"{peer}.parquet"
        try:
            wall, cpu = run(peer, case, out)
        except subprocess.CalledProcessError as error:
            print(f"{peer:<14} failed: {error.stderr.strip().splitlines()[-1]}", flush=True)
            continue
        score = peers.score_repair(str(case), str(out))
        again = second_run(case, out) if peer == "jingwei" else "-"
        print(HEAD.format(
            peer, score["gaps"], score["overlaps"], left_below(case, out), invalid_edges(out),
            score["outside_parent"], score["lost"], score["dups_left"],
            f"{score['lake_swallowed_m2']:.0f}",
            f"{score['wrong_place_m2']:.2f} ({wrong_most(case, out):.3f})",
            untouched(case, out), f"{cpu:.1f}", again,
        ), f" wall {wall:.1f}", flush=True)  # fmt: skip


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("table")
    one.add_argument("--data", type=Path, required=True)
    one.add_argument("--only", default=",".join(PEERS))
    one.set_defaults(run=table)
    one = commands.add_parser("repair")
    for name in ("broken", "parents", "out"):
        one.add_argument(name)
    one.set_defaults(run=lambda a: repair(a.broken, a.parents, a.out))
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", "GeoSeries.notna")  # of the harness's scorer
    arguments.run(arguments)


if __name__ == "__main__":
    main()
