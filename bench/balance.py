"""
Balancing beside its peers: one table in one run, and how long a city takes.

    python bench/balance.py table [--instances ...] [--seeds 5] [--budget 20] [--out table.json]
    python bench/balance.py one UNITS EDGES SPEC BUDGET OUT [--mode stay-close]
    python bench/balance.py peer NAME UNITS SPEC BUDGET OUT
    python bench/balance.py show table.json ...
    python bench/balance.py proofs [--instance providence] [--seeds 5]
    python bench/balance.py speed

`table` lets the harness run every peer, and this program in both modes, on the same core for the
same seconds of that core, score the plans with code of its own, and prints the medians; `show`
prints those of several tables as one. `one` and `peer` are what the harness calls. Peers are looked
for in this Python, or in that of `--python`. `proofs` says for every parent with a grid outside its
tolerance what is proven. `speed` balances a community, the sample city and 10,000 blocks.

The harness (`peers.py`, with its instances beside it) is no part of this project: its path is
JINGWEI_BALANCE_HARNESS or ../shared/bench/balance/peers.py.
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

HERE = Path(__file__).resolve()
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

from gis.balance import (  # noqa: E402 - the path has to be there first
    Blocks,
    HouseholdRange,
    Neighbours,
    Plan,
    Problem,
    Settings,
    balance,
    make_problem,
    neighbours_of,
)
from gis.balance.bounds import Effort, explain, stand  # noqa: E402

HARNESS = "JINGWEI_BALANCE_HARNESS"
DEFAULT = ROOT.parent / "shared" / "bench" / "balance" / "peers.py"
INSTANCES = (
    "providence,chicago,connecticut,minnesota,iowa,ok-counties,al-counties,nm-tracts,ne-tracts,"
    "wv-tracts,ut-tracts"
)
PEERS = {"metis": "pymetis", "gerrychain": "gerrychain", "kahip": "kahip", "kaminpar": "kaminpar",
         "mtkahypar": "mtkahypar", "spopt_skater": "spopt"}  # fmt: skip
SHOWN = {"districts": "grids", "broken": "broken", "free_max_dev": "worst %",
         "free_within_tol": "in tolerance %", "cut_km": "border km", "cut_edges": "cut edges",
         "moved_pct": "moved %", "wall": "wall s"}  # fmt: skip


# ---- what the harness calls -------------------------------------------------------------------


def read(units: Path, edges: Path, spec: dict[str, Any]) -> Problem:
    """Read an instance of the harness."""
    pairs = pd.read_parquet(edges)
    rows = pd.read_parquet(units).drop(columns="geometry", errors="ignore")
    parent = rows.parent.astype(str) if spec["nested"] else pd.Series(["all"] * len(rows))
    has_today = bool((rows.current != "").all())
    blocks = Blocks(
        ids=rows.id.astype(str).tolist(),
        weights={"people": rows["pop"].to_numpy(float)},
        parents=parent.tolist(),
        today=rows.current.astype(str).tolist() if has_today else [],
        locked=rows.current.isin(spec.get("locked") or []).to_numpy(),
        atoms=rows.atom.astype(str).tolist() if "atom" in rows else [],
    )
    counts_edges = spec.get("cut") == "edges"
    neighbours = Neighbours(
        edges=pairs[["u", "v"]].to_numpy(np.int64),
        border_m=np.ones(len(pairs)) if counts_edges else pairs.border_m.to_numpy(float),
        link=pairs.link.to_numpy().astype(bool),
        cost=np.ones(len(pairs)),
    )
    return make_problem(blocks, neighbours, k=wanted(spec, parent), tolerance=[spec["tol"]])


def wanted(spec: dict[str, Any], parent: pd.Series) -> dict[str, int] | HouseholdRange | str:
    """Read the number of grids an instance asks for."""
    k = spec["k"]
    if k == "parent-current":
        return "today"
    if not isinstance(k, dict):
        return {str(parent.iloc[0]): int(k)}
    if "min" in k:
        return HouseholdRange(k["min"], k["max"], "people")
    return {str(code): int(number) for code, number in k.items()}


def one(a: argparse.Namespace) -> None:
    """Balance one instance and write the plan."""
    spec = json.loads(a.spec.read_text())
    problem = read(a.units, a.edges, spec)
    used = time.process_time()
    seed = int(spec.get("seed", 0))
    plan = balance(problem, Settings(mode=a.mode, seed=seed, effort_s=a.budget, cores=a.cores))
    print(f"{time.process_time() - used:.1f} core-s; {words(plan)}")
    grids = np.array(plan.codes, object)[plan.grid]
    ids = pd.read_parquet(a.units, columns=["id"]).id
    pd.DataFrame({"id": ids, "district": grids}).to_parquet(a.out)


def peer(a: argparse.Namespace) -> None:
    """Let the harness run one of its peers by the clock of the core, which no neighbour slows."""
    where = harness_path()
    spec = importlib.util.spec_from_file_location("harness", where)
    if spec is None or spec.loader is None:
        sys.exit(f"{where} is no Python file")
    harness = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(harness)
    vars(harness)["time"] = SimpleNamespace(time=time.process_time)
    instance = a.units.name.removesuffix(".units.parquet")
    seed = int(json.loads(a.spec.read_text()).get("seed", 0))
    harness.worker(
        argparse.Namespace(
            instance=instance,
            peer=a.name,
            budget=a.budget,
            seed=seed,
            tol=None,
            out=a.out,
        )
    )


def words(plan: Plan) -> str:
    """Sum a plan up."""
    figures = plan.figures
    return (
        f"{figures.outside.sum()} of {len(plan.codes)} grids outside tolerance,"
        f" worst {100 * np.abs(figures.deviation).max():.2f} %,"
        f" border {figures.border_m / 1000:.1f} km, {100 * figures.moved_share:.2f} % moved"
    )


# ---- the table --------------------------------------------------------------------------------


def table(a: argparse.Namespace) -> None:
    """Run all peers and this program, print medians over the seeds."""
    given = "{units} {edges} {spec} {budget} {out}"
    ours = {"jingwei": "", "jingwei-near": " --mode stay-close"}
    commands = [
        f"{name}={a.python} {HERE} peer {name} {{units}} {{spec}} {{budget}} {{out}}"
        for name in a.peers.split(",")
        if name not in {*ours, "current"} and installed(a.python, PEERS[name])
    ] + [
        f"{name}={sys.executable} {HERE} one {given}{mode}"
        for name, mode in ours.items()
        if name in a.peers.split(",")
    ]
    command = [
        sys.executable, str(harness_path()), "run", "--instances", a.instances,
        "--budget", str(a.budget), "--peers", "current" if "current" in a.peers else "",
        "--seeds", str(a.seeds), "--core", str(a.core), "--out", str(a.out),
    ]  # fmt: skip
    for each in commands:
        command += ["--cmd", each]
    subprocess.run(command, check=True)
    show(argparse.Namespace(tables=[a.out]))


def installed(python: str, module: str) -> bool:
    """Tell whether a Python has a module."""
    return (
        subprocess.run(
            [python, "-c", f"import {module}"], check=False, capture_output=True
        ).returncode
        == 0
    )


def harness_path() -> Path:
    """Find the harness."""
    harness = Path(os.environ.get(HARNESS, DEFAULT))
    if not harness.exists():
        sys.exit(f"there is no harness at {harness}: set {HARNESS}")
    return harness


def show(a: argparse.Namespace) -> None:
    """Print the medians of tables that were made in parts."""
    rows = [row for path in a.tables for row in json.loads(Path(path).read_text())]
    print(medians(pd.DataFrame(rows)))


def medians(rows: pd.DataFrame) -> str:
    """Make a table in Markdown: one row an instance and peer."""
    lines = ["| instance | plan | seeds | " + " | ".join(SHOWN.values()) + " | failed |"]
    lines.append("| --- " * (len(SHOWN) + 4) + "|")
    for (instance, peer), runs in rows.groupby(["instance", "peer"], sort=False):
        cells = [str(len(runs)), *(median(runs, name) for name in SHOWN)]
        failed = int(runs.failed.notna().sum()) if "failed" in runs else 0
        lines.append(f"| {instance} | {peer} | " + " | ".join(cells) + f" | {failed or ''} |")
    return "\n".join(lines)


def median(runs: pd.DataFrame, name: str) -> str:
    """Return the median of a figure in words; a dash where nothing has it."""
    if name not in runs or runs[name].isna().all():
        return "-"
    return f"{runs[name].median():.5g}"


# ---- why not better ---------------------------------------------------------------------------


def proofs(a: argparse.Namespace) -> None:
    """Balance an instance with several seeds and hold each plan against the bounds."""
    data = harness_path().parent / "data"
    units, edges = (data / f"{a.instance}.{name}.parquet" for name in ("units", "edges"))
    problem = read(units, edges, json.loads((data / "instances.json").read_text())[a.instance])
    for seed in range(a.seeds):
        plan = balance(problem, Settings(mode=a.mode, seed=seed, effort_s=a.budget))
        bounds = explain(problem, plan, effort=Effort(rounds=None))
        print(f"seed {seed}: {words(plan)}")
        for standing in stand(problem, plan, bounds):
            if standing.outside:
                print(
                    f"  {standing.bound.parent}: {len(standing.outside)} outside (at least"
                    f" {standing.bound.outside}), beyond {standing.excess:.4f} (at least"
                    f" {standing.bound.excess:.4f}), worst {standing.worst[0]:.4f} (at least"
                    f" {standing.bound.worst[0]:.4f}): {standing.proven_by or 'NO PROOF'}",
                    flush=True,
                )


# ---- how long it takes ------------------------------------------------------------------------


def speed(_a: argparse.Namespace) -> None:
    """Time a community, the sample city and 10,000 blocks."""
    community, many = squares(8, 10, 5), squares(100, 100, 250)
    balance(community, Settings(effort_s=0.01))  # the kernels are loaded
    runs = [timed(community, Settings(seed=i, effort_s=0.5))[:2] for i in range(40)]
    walls, cores = (sorted(times) for times in zip(*runs, strict=True))
    print(
        f"80 blocks, 5 grids: median {walls[20]:.2f} s, p95 {walls[37]:.2f} s,"
        f" in core-seconds {cores[20]:.2f} and {cores[37]:.2f}"
    )
    for name, make, wish in (
        ("the sample city, 2 cores", sample_city, Settings(effort_s=12, cores=2)),
        (
            "the same, near today's",
            sample_city,
            Settings("stay-close", effort_s=12, cores=2),
        ),
        (
            "10,000 blocks, 250 grids, 2 cores",
            lambda: many,
            Settings(effort_s=40, cores=2),
        ),
    ):
        problem: Problem = make()
        wall, used, plan = timed(problem, wish)
        print(f"{name}: {wall:.1f} s, {used:.1f} core-s; {words(plan)}", flush=True)


def timed(problem: Problem, wish: Settings) -> tuple[float, float, Plan]:
    """Balance and tell the seconds on the wall and of the cores."""
    began, used = time.perf_counter(), time.process_time()
    plan = balance(problem, wish)
    return time.perf_counter() - began, time.process_time() - used, plan


def squares(rows: int, columns: int, k: int) -> Problem:
    """Make blocks in rows and columns with people at random."""
    number = np.arange(rows * columns).reshape(rows, columns)
    pairs = [(number[:, :-1], number[:, 1:]), (number[:-1], number[1:])]
    edges = np.concatenate([np.stack([a.ravel(), b.ravel()], axis=1) for a, b in pairs])
    ones = np.ones(len(edges))
    people = np.random.default_rng(1).gamma(2.0, 60.0, rows * columns).round()
    blocks = Blocks([str(i) for i in number.ravel()], {"people": people}, ["p"] * len(people))
    neighbours = Neighbours(edges, 100 * ones, np.zeros(len(edges), bool), ones)
    return make_problem(blocks, neighbours, k={"p": k}, tolerance=[0.05])


def sample_city() -> Problem:
    """Read the blocks of the sample city with the residents of their buildings."""
    folder = ROOT / "data" / "boundaries" / "fenyang"
    blocks = gpd.read_file(folder / "blocks.geojson").to_crs("EPSG:4546")
    houses = gpd.read_file(folder / "buildings.geojson")
    grids = gpd.read_file(folder / "grids.geojson").set_index("code")
    people = houses.groupby("block_code").residents.sum().reindex(blocks.code).fillna(0.0)
    given = Blocks(
        ids=blocks.code.tolist(),
        weights={"people": people.to_numpy(float)},
        parents=grids.community_code.reindex(blocks.grid_code).tolist(),
        today=blocks.grid_code.tolist(),
    )
    return make_problem(given, neighbours_of(list(blocks.geometry)), tolerance=[0.1])


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("one")
    for name in ("units", "edges", "spec"):
        command.add_argument(name, type=Path)
    command.add_argument("budget", type=float)
    command.add_argument("out", type=Path)
    command.add_argument("--mode", default="fresh")
    command.add_argument("--cores", type=int, default=1)
    command.set_defaults(run=one)
    command = commands.add_parser("table")
    command.add_argument("--instances", default=INSTANCES)
    command.add_argument(
        "--peers", default=",".join(["current", *PEERS, "jingwei", "jingwei-near"])
    )
    command.add_argument("--python", default=sys.executable)
    command.add_argument("--seeds", type=int, default=5)
    command.add_argument("--budget", type=float, default=20.0)
    command.add_argument("--core", type=int, default=1)
    command.add_argument("--out", type=Path, default=Path("table.json"))
    command.set_defaults(run=table)
    command = commands.add_parser("peer")
    command.add_argument("name", choices=sorted(PEERS))
    for name in ("units", "spec"):
        command.add_argument(name, type=Path)
    command.add_argument("budget", type=float)
    command.add_argument("out", type=Path)
    command.set_defaults(run=peer)
    command = commands.add_parser("show")
    command.add_argument("tables", type=Path, nargs="+")
    command.set_defaults(run=show)
    command = commands.add_parser("proofs")
    command.add_argument("--instance", default="providence")
    command.add_argument("--mode", default="fresh")
    command.add_argument("--seeds", type=int, default=5)
    command.add_argument("--budget", type=float, default=20.0)
    command.set_defaults(run=proofs)
    commands.add_parser("speed").set_defaults(run=speed)
    a = parser.parse_args()
    a.run(a)


if __name__ == "__main__":
    main()
