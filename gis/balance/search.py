"""
The search of one region: courses of annealing from several starts, then a cool one from the best.

Work is counted, not timed: the same seed and effort give the same plan on any machine and on any
number of cores. `WORK_PER_SECOND` is what one core of 2025 does with compiled code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gis.balance.anneal_kernel import anneal
from gis.balance.parts_kernel import WORK
from gis.balance.region import NOWHERE, Region, Rows

if TYPE_CHECKING:
    from gis.balance.problem import Floats, Ints

WORK_PER_SECOND = 70_000_000
LOCKED_PRICE = 1e12
CHUNKS = 32
"""A course stops this often to report and to ask whether to go on."""

Report = Callable[[int], bool]
"""Told how much work was done; answers whether to go on."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """
    How a course goes, from its first value to its last in equal ratios.

    Parameters
    ----------
    heat
        In mean widths of a border between two atoms.
    push
        What handing a mean atom too much to a part costs, in the same.
    recut, chain
        Shares of the work for cutting two parts anew and for handing on.
    """

    heat: tuple[float, float]
    push: tuple[float, float]
    recut: float
    chain: float

    def scaled(self, by: float) -> Schedule:
        """Return a schedule for costs that are so many times as high."""
        heat, push = ((first * by, last * by) for first, last in (self.heat, self.push))
        return Schedule(heat, push, self.recut, self.chain)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A valid cut of a region: (a,) parts, its excess over the tolerances, what it costs."""

    part: Rows
    excess: float
    cost: float

    def rank(self) -> tuple[float, float]:
        """Order plans: less beyond the tolerance first, then shorter borders and fewer moves."""
        return round(self.excess, 6), self.cost


class Searcher:
    """A region as the machine code reads it."""

    def __init__(self, region: Region, price: Floats) -> None:
        """Take what each atom away from home costs, in mean widths of a border."""
        count = len(region)
        both = np.concatenate([region.pairs, region.pairs[:, ::-1]])
        order = np.lexsort(both.T[::-1])
        edge = np.tile(np.arange(len(region.pairs), dtype=np.int32), 2)[order]
        first = np.concatenate([[0], np.cumsum(np.bincount(both[:, 0], minlength=count))])
        self.region = region
        self.unit = float(region.width.mean()) if len(region.width) else 1.0
        self.unit = self.unit if self.unit > 0 else 1.0
        self.price = np.where(region.locked, LOCKED_PRICE, price * self.unit)
        per_ideal = np.divide(1.0, region.ideal, out=np.zeros_like(region.ideal),
                              where=region.ideal > 0)  # fmt: skip
        self._per_ideal = per_ideal
        # without an ideal every load reads as 1 off, so that has to be fine
        self._tolerance = np.where(region.ideal > 0, region.tolerance, np.inf)
        self._ends = region.pairs.astype(np.int32).ravel()
        self._graph = (
            first.astype(np.int32), both[order, 1].astype(np.int32), edge, region.width[edge],
            self._ends, region.width, np.ascontiguousarray(region.weights).ravel(),
        )  # fmt: skip

    def found(self, part: Ints, home: Ints) -> Found:
        """Measure a cut as the machine code does."""
        region = self.region
        loads = np.zeros((region.k, region.weights.shape[1]))
        np.add.at(loads, part, region.weights)
        off = np.abs(loads * self._per_ideal - 1.0)
        excess = float(np.maximum(0.0, off - self._tolerance).sum())
        cut = part[region.pairs[:, 0]] != part[region.pairs[:, 1]]
        away = (home >= 0) & (home != part)
        return Found(
            part.astype(np.int32), excess, float(region.width[cut].sum() + self.price[away].sum())
        )

    def course(
        self, start: Found, home: Ints, *, schedule: Schedule, work: int, seed: int, report: Report
    ) -> Found:
        """
        Anneal from a start; return the best on the way, at worst the start.

        Parameters
        ----------
        start
            A valid cut.
        home
            (a,) the part each atom is at home in, NOWHERE for none.
        schedule, work, seed
            How, how long, and which course.
        report
            See `Report`.
        """
        region = self.region
        part = start.part.copy()
        loads = np.zeros((region.k, region.weights.shape[1]))
        np.add.at(loads, part, region.weights)
        is_cut = part[region.pairs[:, 0]] != part[region.pairs[:, 1]]
        cut = np.zeros(len(region.pairs), np.int32)
        place = np.full(len(region.pairs), NOWHERE, np.int32)
        count = int(is_cut.sum())
        cut[:count] = np.flatnonzero(is_cut)
        place[is_cut] = np.arange(count)
        numbers = np.array([seed, 0, count, 0], np.int64)
        best, key = start.part.copy(), np.array([start.excess, start.cost])
        done = 0
        for chunk in range(1, CHUNKS + 1):
            if not report(int(numbers[WORK]) - done):
                break
            done = int(numbers[WORK])
            anneal(
                *self._graph, home.astype(np.int32), self.price, self._per_ideal, self._tolerance,
                part, loads.ravel(), cut, place, numbers,
                self._scaled(schedule), work, work * chunk // CHUNKS, best, key,
            )  # fmt: skip
        report(int(numbers[WORK]) - done)
        return Found(best, float(key[0]), float(key[1]))

    def _scaled(self, schedule: Schedule) -> Floats:
        """Put a schedule into metres: of heat, and for each share of excess."""
        heat = [value * self.unit for value in schedule.heat]
        push = [value * self.unit * len(self.region) / self.region.k for value in schedule.push]
        return np.array([*heat, *push, schedule.recut, schedule.chain])


def seed_of(*names: object) -> int:
    """Make 48 bits from names: the same ones for the same names, everywhere."""
    digest = hashlib.sha256("|".join(map(str, names)).encode()).digest()
    return int.from_bytes(digest[:6], "big")
