"""
The balancer on the files of the balance bench, beside every peer that can run here.

    .venv/bin/python bench/balance.py one UNITS EDGES SPEC BUDGET OUT    as the harness's --cmd asks
    .venv/bin/python bench/balance.py table --out table.json             all instances, all peers

The harness (`peers.py`) and its instances are not part of this project: the folder is found
through JINGWEI_BALANCE_BENCH or beside this repository.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import pandas as pd

from gis.balance import Blocks, HouseholdRange, Neighbours, Problem, Settings, balance, make_problem

COMMAND = "{python} {here} one {{units}} {{edges}} {{spec}} {{budget}} {{out}} --mode {mode}"


def read(units: Path, edges: Path, spec: dict) -> Problem:
    """Read an instance of the harness."""
    pairs = pd.read_parquet(edges)
    columns = ["id", "pop", "parent", "current"]
    extra = [name for name in ("atom",) if name in pd.read_parquet(units).columns]
    rows = pd.read_parquet(units, columns=columns + extra)
    parent = rows.parent.astype(str) if spec["nested"] else pd.Series(["all"] * len(rows))
    has_today = bool((rows.current != "").all())
    today = rows.current.astype(str).tolist() if has_today else []
    blocks = Blocks(
        ids=rows.id.astype(str).tolist(),
        weights={"people": rows["pop"].to_numpy(float)},
        parents=parent.tolist(),
        today=today,
        locked=rows.current.isin(spec.get("locked") or []).to_numpy(),
        atoms=rows.atom.astype(str).tolist() if extra else [],
    )
    border = pairs.border_m.to_numpy(float)
    if spec.get("cut") == "edges":
        border = np.ones(len(pairs))
    neighbours = Neighbours(
        edges=pairs[["u", "v"]].to_numpy(np.int64),
        border_m=border,
        link=pairs.link.to_numpy().astype(bool),
        cost=np.ones(len(pairs)),
    )
    return make_problem(blocks, neighbours, k=numbers(spec, parent), tolerance=[spec["tol"]])


def numbers(spec: dict, parent: pd.Series) -> dict[str, int] | HouseholdRange | str:
    """Read the wanted number of grids."""
    k = spec["k"]
    if k == "parent-current":
        return "today"
    if isinstance(k, dict) and "min" in k:
        return HouseholdRange(k["min"], k["max"], "people")
    return {str(a): int(b) for a, b in k.items()} if isinstance(k, dict) else {parent.iloc[0]: k}


def one(a: argparse.Namespace) -> None:
    """Balance one instance."""
    spec = json.loads(a.spec.read_text())
    problem = read(a.units, a.edges, spec)
    began = time.process_time()
    settings = Settings(
        mode=a.mode, seed=int(spec.get("seed", 0)), effort_s=a.budget, cores=a.cores
    )
    plan = balance(problem, settings)
    used = time.process_time() - began
    grids = np.array(plan.codes, object)[plan.grid]
    ids = pd.read_parquet(a.units, columns=["id"]).id
    pd.DataFrame({"id": ids, "district": grids}).to_parquet(a.out)
    figures = plan.figures
    print(
        f"{used:.1f} core-s, outside {figures.outside.sum()} of {len(plan.codes)},"
        f" worst {100 * np.abs(figures.deviation).max():.2f} %,"
        f" border {figures.border_m / 1000:.1f} km, moved {100 * figures.moved_share:.2f} %"
    )


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("one")
    for name in ("units", "edges", "spec"):
        command.add_argument(name, type=Path)
    command.add_argument("budget", type=float)
    command.add_argument("out", type=Path)
    command.add_argument("--mode", default="fresh")
    command.add_argument("--cores", type=int, default=1)
    command.set_defaults(run=one)
    a = parser.parse_args()
    a.run(a)


if __name__ == "__main__":
    main()
