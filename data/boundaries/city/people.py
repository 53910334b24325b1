"""People: how many live in each building, to exactly the number of the programme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.random import Generator

    from .blocks import Block
    from .buildings import Building
    from .ground import Floats

POPULATION = 169_000
# Colleges and prisons have rooms of a known size; they are not scaled with the town.
ROOMS = {"college": (180, 5.37), "prison": (100, 4.75)}
MOST_PER_HOUSEHOLD = 5.9


@dataclass(frozen=True)
class Residents:
    """Households (rooms in a dormitory), residents and those of sixty and more."""

    households: int
    residents: int
    residents_60_plus: int


def _households(rng: Generator, building: Building, block: Block) -> tuple[int, float]:
    """Count dwellings and guess people per dwelling."""
    if building.kind == "dormitory":
        return ROOMS[block.use]
    if building.kind == "courtyard":
        each = 1.8 if block.zone == "village" else 1.2
        size = 2.9 if block.zone == "village" else 2.35
        return max(1, round(building.courts * each * rng.uniform(0.8, 1.2))), size
    if building.kind in {"slab", "tower"}:
        flats = building.entrances * building.floors * (building.flats or 2)
        lived_in = rng.uniform(0.84, 0.98) if building.kind == "slab" else rng.uniform(0.7, 0.96)
        size = {"slab": 2.75, "tower": 3.0}[building.kind]
        return max(1, round(flats * lived_in)), size
    if building.kind == "shop" and building.floors > 1:
        # A shop has one door every eight metres, and flats above.
        return round(building.entrances * (building.floors - 1) * rng.uniform(0.5, 0.9)), 2.6
    return 0, 0.0


def _older(building: Building, block: Block, rng: Generator) -> float:
    """Guess the share of those of sixty and more."""
    share = {
        "courtyard": 0.27 if block.zone == "village" else 0.36,
        "slab": 0.31 if block.zone == "dormitory" else 0.23,
        "shop": 0.2,
        "tower": 0.14 if building.floors < 20 else 0.10,
    }.get(building.kind, 0.0)
    if block.use == "prison":
        share = 0.06
    return float(np.clip(share * rng.normal(1, 0.16), 0, 0.55))


def settle(rng: Generator, buildings: list[Building], blocks: list[Block]) -> list[Residents]:
    """
    Give every building its people so that the town has exactly its number.

    Raises
    ------
    ValueError
        If the houses are too few or too many for the number by more than a sixth.
    """
    guesses = [_households(rng, building, blocks[building.block]) for building in buildings]
    households = np.array([count for count, _ in guesses])
    sizes: Floats = np.array([size for _, size in guesses])
    fixed = np.array([building.kind == "dormitory" for building in buildings])
    wanted = households * sizes * np.where(fixed, 1.0, rng.normal(1, 0.05, len(buildings)))
    factor = (POPULATION - wanted[fixed].round().sum()) / wanted[~fixed].sum()
    if not 0.84 < factor < 1.19:
        raise ValueError(
            f"houses fit {POPULATION / factor:.0f} people, not {POPULATION}: change the floors"
        )
    wanted = np.where(fixed, wanted.round(), wanted * factor)
    wanted = np.minimum(wanted, households * MOST_PER_HOUSEHOLD)
    counts = np.floor(wanted).astype(int)
    missing = POPULATION - int(counts.sum())
    open_rows = np.flatnonzero(~fixed & (households > 1))
    order = open_rows[np.argsort(-(wanted - counts)[open_rows], kind="stable")]
    for turn in range(missing):
        counts[order[turn % len(order)]] += 1
    found = []
    for row, building in enumerate(buildings):
        older = round(int(counts[row]) * _older(building, blocks[building.block], rng))
        found.append(
            Residents(int(households[row]), int(counts[row]), min(older, int(counts[row])))
        )
    return found
