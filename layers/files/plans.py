"""A plan as files: blocks with their grids, the list of moves, the figures with bounds."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from gis.crs import LONLAT_CRS
from layers.balance_figures import change_of, figures_of
from layers.files.exporting import ExportError, write_layers
from layers.files.whole import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gis.balance.bounds import Standing
    from gis.balance.problem import Plan, Problem
    from gis.compare import Comparison
    from layers.files.blocks import BlockFile

_MOVE_HEADS = ("block", "from_grid", "to_grid")


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """
    A plan with all that is said of it.

    Parameters
    ----------
    blocks, problem, plan
        What was read, asked and found.
    change
        Today against the plan; None if there are no grids today.
    standings
        The plan against its bounds, by parent; empty if no bounds were looked for.
    """

    blocks: BlockFile
    problem: Problem
    plan: Plan
    change: Comparison | None
    standings: tuple[Standing, ...] = ()

    def grids(self) -> list[str]:
        """Return the (n,) code of each block's grid."""
        return [self.plan.codes[grid] for grid in self.plan.grid.tolist()]


def propose(
    blocks: BlockFile,
    problem: Problem,
    plan: Plan,
    *,
    carried: Mapping[str, Any],
    standings: Sequence[Standing] = (),
) -> Proposal:
    """Compare a plan with today; `carried` are weights that are reported besides the balanced."""
    change = change_of(problem, plan, carried)
    return Proposal(blocks, problem, plan, change, tuple(standings))


def write_plan(path: Path, proposal: Proposal) -> None:
    """
    Write each block with its grid: to a GeoPackage also the grids, as layers `blocks` and `grids`.

    Raises
    ------
    ExportError
        If the ending is not known or the file cannot be written.
    """
    blocks = proposal.blocks
    after = proposal.grids()
    table = blocks.columns.copy()
    table["block"] = list(blocks.codes)
    table["grid"] = after
    table["grid_today"] = list(blocks.today)
    lead = ["block", "grid", "grid_today"]
    table = table[lead + [name for name in table.columns if name not in lead]]
    drawn = gpd.GeoDataFrame(table, geometry=list(blocks.shapes), crs=LONLAT_CRS)
    layers = {"blocks": drawn}
    if path.suffix.lower() == ".gpkg":
        layers["grids"] = grids_of(proposal)
    write_layers(layers, path)


def grids_of(proposal: Proposal) -> gpd.GeoDataFrame:
    """Dissolve the grids of a plan, with what they hold, in CGCS2000 degrees."""
    plan, problem = proposal.plan, proposal.problem
    shapes = dissolved(proposal.blocks.shapes, plan.grid, len(plan.codes))
    columns: dict[str, Any] = {
        "grid": list(plan.codes),
        "parent": [problem.parent_codes[parent] for parent in plan.parent.tolist()],
    }
    for column, name in enumerate(problem.weight_names):
        columns[name] = plan.figures.weights[:, column]
        columns[f"{name}_off"] = plan.figures.deviation[:, column]
    columns["outside"] = plan.figures.outside
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=LONLAT_CRS)


def dissolved(shapes: Any, groups: Any, count: int) -> Any:  # noqa: ANN401 - arrays of Shapely
    """Join (n,) shapes of each of so many groups; None where a group has none."""
    joined = np.full(count, None, dtype=object)
    for group in range(count):
        members = shapes[groups == group]
        if len(members):
            joined[group] = shapely.coverage_union_all(members)
    return joined


def write_moves(path: Path, proposal: Proposal) -> None:
    """
    Write the blocks that change grid as CSV: block, from_grid, to_grid, what it holds.

    Raises
    ------
    ExportError
        If there are no grids today.
    WriteError
        If the file cannot be written.
    """
    if proposal.change is None:
        raise ExportError(f"{path}: no block has a grid today, so nothing moves")
    names = list(proposal.change.total)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*_MOVE_HEADS, *names])
    for move in proposal.change.moves:
        held = [f"{move.held[name]:g}" for name in names]
        writer.writerow([move.block, move.before or "", move.after or "", *held])
    write_whole(path, "\ufeff" + text.getvalue())  # Excel reads Chinese only with the mark


def write_figures(path: Path, proposal: Proposal) -> None:
    """
    Write the figures as JSON: of the plan, of each grid, of each parent with bounds and words.

    Raises
    ------
    WriteError
        If the file cannot be written.
    """
    figures = figures_of(proposal.problem, proposal.plan, proposal.change, proposal.standings)
    write_whole(path, json.dumps(figures, ensure_ascii=False, indent=1) + "\n")
