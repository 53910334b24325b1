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

from gis.balance.words import standing_in_words
from gis.compare import Assigned, Borders, Comparison, compare
from gis.crs import LONLAT_CRS
from layers.files.exporting import ExportError, write_layers
from layers.files.whole import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gis.balance.bounds import Standing
    from gis.balance.problem import Plan, Problem
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
    change = None
    if len(problem.grid_codes):
        held = {
            name: problem.weights[:, column] for column, name in enumerate(problem.weight_names)
        }
        today = Assigned(blocks.codes, blocks.today, {**held, **carried})
        then = [plan.codes[grid] for grid in plan.grid.tolist()]
        inside = problem.inside() & ~problem.link
        pairs = [(problem.ids[a], problem.ids[b]) for a, b in problem.edges[inside].tolist()]
        change = compare(
            today,
            Assigned(blocks.codes, then, today.weights),
            Borders(pairs, problem.border_m[inside]),
        )
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
    write_whole(path, json.dumps(figures_of(proposal), ensure_ascii=False, indent=1) + "\n")


def figures_of(proposal: Proposal) -> dict[str, Any]:
    """Return the figures of a plan as plain values; shares are of the mean grid of the parent."""
    plan, problem = proposal.plan, proposal.problem
    figures = plan.figures
    off = np.abs(figures.deviation)
    return {
        "grids": len(plan.codes),
        "grids_outside": int(figures.outside.sum()),
        "tolerance": dict(zip(problem.weight_names, problem.tolerance.tolist(), strict=True)),
        "worst_deviation": dict(zip(problem.weight_names, off.max(axis=0).tolist(), strict=True)),
        "mean_deviation": dict(zip(problem.weight_names, off.mean(axis=0).tolist(), strict=True)),
        "border_m": figures.border_m,
        "change": _change(proposal.change),
        "by_grid": [
            {
                "grid": code,
                "parent": problem.parent_codes[parent],
                "outside": bool(outside),
                **dict(zip(problem.weight_names, weights, strict=True)),
                "deviation": dict(zip(problem.weight_names, share, strict=True)),
            }
            for code, parent, outside, weights, share in zip(
                plan.codes, plan.parent.tolist(), figures.outside.tolist(),
                figures.weights.tolist(), figures.deviation.tolist(), strict=True,
            )
        ],
        "bounds": [_bound(problem, standing) for standing in proposal.standings],
    }  # fmt: skip


def _change(change: Comparison | None) -> dict[str, Any] | None:
    if change is None:
        return None
    return {
        "blocks_moved": len(change.moves),
        "moved": dict(change.moved),
        "total": dict(change.total),
        "grids_touched": list(change.touched),
        "grids_new": list(change.new),
        "grids_ended": list(change.ended),
        "border_before_m": change.border_before_m,
        "border_after_m": change.border_after_m,
    }


def _bound(problem: Problem, standing: Standing) -> dict[str, Any]:
    bound = standing.bound
    told = standing_in_words(problem, standing)
    return {
        "parent": bound.parent,
        "worst_deviation_at_least": dict(zip(problem.weight_names, bound.worst, strict=True)),
        "worst_deviation": dict(zip(problem.weight_names, standing.worst, strict=True)),
        "grids_outside_at_least": bound.outside,
        "grids_outside": [code for code, _ in standing.outside],
        "excess_at_least": bound.excess,
        "excess": standing.excess,
        "moved_at_least": bound.moved,
        "moved": standing.moved,
        "proven_by": standing.proven_by or None,
        "causes": [
            {
                "force": cause.force.value,
                "weight": problem.weight_names[cause.weight],
                "deviation": cause.deviation,
                "blocks": list(cause.blocks),
            }
            for cause in bound.causes
        ],
        "text_zh": [zh for zh, _ in told],
        "text_en": [en for _, en in told],
    }
