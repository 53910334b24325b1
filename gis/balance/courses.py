"""The courses through one region: many from the start, then one more from the best of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gis.balance.region import NOWHERE, Region
from gis.balance.search import Found, Report, Schedule, Searcher, seed_of
from gis.balance.starts import ANEW, metis, today_mended

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future


HOT = Schedule(heat=(2.0, 0.05), push=(1.0, 100.0), recut=0.5, chain=0.15)
COOL = Schedule(heat=(0.3, 0.05), push=(30.0, 1000.0), recut=0.3, chain=0.4)
# Near today's plan, for a price of 1: heat and push have to follow what a move costs.
NEAR = Schedule(heat=(0.5, 0.025), push=(4.0, 800.0), recut=0.0, chain=0.85)
NEAR_LARGE = Schedule(heat=(1.0, 0.03), push=(2.0, 800.0), recut=0.0, chain=0.85)
NEAR_COOL = Schedule(heat=(0.1, 0.015), push=(50.0, 1500.0), recut=0.05, chain=0.6)
_LEAST_PRICE = 0.5

_COURSE, _NEAR_COURSE = 200_000, 300_000  # work for each atom in a course, for parts of the usual
_USUAL_PART = 20  # number of atoms; larger ones take longer to settle
_LARGE = 1_000  # atoms: people may have to pass through several parts, and a course begins hotter
_MOST = 64  # courses
_ENOUGH = 500_000  # work for each pair of atoms: more is of no use in a small region


class Courses:
    """
    One region on its way to its plan.

    Parameters
    ----------
    region
        What is to be cut.
    price
        What moving the people of a mean atom counts, in mean borders; None to draw anew, from
        METIS unless locks make today's plan the only start.
    seed
        What makes the random numbers.
    """

    def __init__(self, region: Region, *, price: float | None, seed: tuple[object, ...]) -> None:
        self._seed = (*seed, region.ids[0])
        scale = max(price or 0.0, _LEAST_PRICE)
        near = NEAR_LARGE if len(region) >= _LARGE else NEAR
        self._schedules = (
            (HOT, COOL) if price is None else (near.scaled(scale), NEAR_COOL.scaled(scale))
        )
        slow = (len(region) / region.k / _USUAL_PART) ** 0.5
        self._course = len(region) * slow * (_COURSE if price is None else _NEAR_COURSE)
        self._keeps = price is not None or bool(region.locked.any())
        labels = today_mended(region) if self._keeps else metis(region, seed_of(*self._seed))
        names, part = np.unique(labels, return_inverse=True)
        self._home = np.full(len(region), NOWHERE, np.int64)
        if self._keeps:
            known = np.isin(region.home, names[names < ANEW])
            self._home[known] = np.searchsorted(names, region.home[known])
        people = max(float(region.weights[:, 0].mean()), 1e-9)
        self._searcher = Searcher(region, (price or 0.0) * region.people / people)
        self._best = self._searcher.found(part, self._home)
        self._running: list[Future[Found]] = []
        self._most = _ENOUGH * len(region) ** 2
        self.size = len(region) if 1 < region.k < len(region) else 0

    def begin(self, pool: Executor, work: int, report: Report) -> None:
        """Start the courses."""
        work = min(work, self._most)
        count = int(np.clip(round(work / max(self._course, 1.0)), 1, _MOST))
        self._run(pool, self._schedules[0], [work // count] * count, report)

    def refine(self, pool: Executor, work: int, report: Report) -> None:
        """Start last courses from the best so far: a cool one, and a hot one if it is not fine."""
        hot, cool = self._schedules
        work = min(work, self._most)
        if self._best.excess > 0:
            work //= 2
            self._run(pool, hot, [work], report)
        self._run(pool, cool, [work], report)

    def settle(self) -> Found:
        """Wait for the courses that run and return the best so far."""
        found = [running.result() for running in self._running]
        self._running = []
        self._best = min([self._best, *found], key=Found.rank)  # the first of equals
        return self._best

    def _run(self, pool: Executor, schedule: Schedule, works: list[int], report: Report) -> None:
        if not self.size:
            return
        for number, work in enumerate(works):
            seed = seed_of(*self._seed, schedule, number, self._best.rank())
            self._running.append(
                pool.submit(
                    self._searcher.course,
                    self._best,
                    self._home,
                    schedule=schedule,
                    work=work,
                    seed=seed,
                    report=report,
                )
            )
