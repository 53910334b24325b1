"""
Redrawing grids: equal shares inside each community, contiguous, with short borders, near today's.

    plan = balance(make_problem(blocks, neighbours, tolerance=[0.02]), Settings(seed=0))
"""

from gis.balance.adjacency import neighbours_of, with_bridges, without
from gis.balance.alternatives import alternatives, balance_within
from gis.balance.optimise import Settings, balance
from gis.balance.problem import (
    AS_TODAY,
    NEW,
    Blocks,
    Figures,
    HouseholdRange,
    Neighbours,
    Plan,
    Problem,
    grids_for,
    make_problem,
)

__all__ = [
    "AS_TODAY",
    "NEW",
    "Blocks",
    "Figures",
    "HouseholdRange",
    "Neighbours",
    "Plan",
    "Problem",
    "Settings",
    "alternatives",
    "balance",
    "balance_within",
    "grids_for",
    "make_problem",
    "neighbours_of",
    "with_bridges",
    "without",
]
