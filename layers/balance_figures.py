"""A balance in figures, as plain values: the plan, what it changes, and its bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gis.balance.words import standing_in_words
from gis.compare import Assigned, Borders, Comparison, compare

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from gis.balance.bounds import Standing
    from gis.balance.problem import Plan, Problem


def change_of(
    problem: Problem, plan: Plan, carried: Mapping[str, NDArray[np.float64]]
) -> Comparison | None:
    """Compare a plan with today, None if there are no grids; `carried` are further weights."""
    if not problem.grid_codes:
        return None
    held = {name: problem.weights[:, column] for column, name in enumerate(problem.weight_names)}
    today = Assigned(
        problem.ids,
        [problem.grid_codes[grid] if grid >= 0 else None for grid in problem.today.tolist()],
        {**held, **carried},
    )
    then = [plan.codes[grid] for grid in plan.grid.tolist()]
    inside = problem.inside() & ~problem.link
    pairs = [(problem.ids[a], problem.ids[b]) for a, b in problem.edges[inside].tolist()]
    return compare(
        today,
        Assigned(problem.ids, then, today.weights),
        Borders(pairs, problem.border_m[inside]),
    )


def figures_of(
    problem: Problem, plan: Plan, change: Comparison | None, standings: Sequence[Standing] = ()
) -> dict[str, Any]:
    """Return the figures of a plan as plain values; shares are of the mean grid of the parent."""
    figures = plan.figures
    off = np.abs(figures.deviation)
    return {
        "grids": len(plan.codes),
        "grids_outside": int(figures.outside.sum()),
        "tolerance": dict(zip(problem.weight_names, problem.tolerance.tolist(), strict=True)),
        "worst_deviation": dict(zip(problem.weight_names, off.max(axis=0).tolist(), strict=True)),
        "mean_deviation": dict(zip(problem.weight_names, off.mean(axis=0).tolist(), strict=True)),
        "border_m": figures.border_m,
        "change": _change(change),
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
        "bounds": [_bound(problem, standing) for standing in standings],
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
