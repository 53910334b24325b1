"""
The balance of a city: all regions searched, side by side, and put together to one plan.

What counts, in this order: what is forced (grids whole, k of them, atoms together, locks kept,
nothing across parents), then within tolerance, then short borders inside the parent, then people
who change grid; in the mode stay-close people who change come before borders, at a price.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Literal

import numpy as np

from gis.balance.check import guard
from gis.balance.courses import Courses
from gis.balance.drawn import draw
from gis.balance.region import divide
from gis.balance.search import WORK_PER_SECOND
from gis.errors import BalanceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from gis.balance.problem import Floats, Plan, Problem

Mode = Literal["fresh", "stay-close"]

USUAL_PRICE = 30.0
_LAST_SHARE = 0.2  # of the work goes to last courses, from the best so far
_OUTSIDE = 12  # times more of it where a grid is still outside its tolerance


@dataclass(frozen=True, slots=True)
class Settings:
    """
    How to search.

    Parameters
    ----------
    mode
        "fresh" draws grids anew; "stay-close" starts from today's and moves as few as it can.
    seed
        The same seed gives the same plan, on any number of cores.
    effort_s
        Work to be done: about this many seconds of one core. It is counted, not timed.
    price
        For "stay-close": what moving the people of a mean block counts, in mean borders between
        two blocks. The higher, the fewer move and the longer borders get.
    cores
        Threads that search at the same time.
    """

    mode: Mode = "fresh"
    seed: int = 0
    effort_s: float = 20.0
    price: float = USUAL_PRICE
    cores: int = 1

    def __post_init__(self) -> None:
        if self.mode not in {"fresh", "stay-close"}:
            raise BalanceError(f"mode {self.mode!r} is not known: say fresh or stay-close")
        for name, least in (("effort_s", 0.0), ("price", 0.0), ("cores", 1)):
            value = getattr(self, name)
            if not least <= value < np.inf:
                raise BalanceError(f"{name} is {value}: give a number, {least:g} at least")


def balance(
    problem: Problem,
    settings: Settings | None = None,
    *,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Plan:
    """
    Redraw grids.

    Parameters
    ----------
    problem
        The blocks and what is asked for.
    settings
        How to search.
    progress
        Told now and then which share of the work is done, from any of the threads.
    cancelled
        Asked now and then; once it says yes, the best plan so far is returned.

    Returns
    -------
    plan
        Always valid: every block in one grid, grids contiguous, k of each parent, nothing across
        parents, atoms together, locks kept.

    Raises
    ------
    BalanceError
        If no such plan can exist, or locks let none be found; the message names the cause.
    """
    settings = settings or Settings()
    division = divide(problem)
    total = settings.effort_s * WORK_PER_SECOND
    price = settings.price if settings.mode == "stay-close" else None
    courses = [
        Courses(region, price=price, seed=(settings.seed, problem.parent_codes[region.parent]))
        for region in division.regions
    ]
    sizes = np.array([each.size for each in courses], dtype=float)
    watch = _Watch(int(total), progress, cancelled)
    with ThreadPoolExecutor(settings.cores) as pool:
        for each, work in zip(courses, _shares(sizes, total * (1 - _LAST_SHARE)), strict=True):
            each.begin(pool, work, watch.report)
        outside = np.array([each.settle().excess > 0 for each in courses], dtype=bool)
        sizes *= np.where(outside, _OUTSIDE, 1)
        for each, work in zip(courses, _shares(sizes, total * _LAST_SHARE), strict=True):
            each.refine(pool, work, watch.report)
        parts = [each.settle().part for each in courses]
    return guard(problem, draw(problem, division, parts))


def _shares(sizes: Floats, total: float) -> list[int]:
    return [int(total * size / max(sizes.sum(), 1.0)) for size in sizes]


class _Watch:
    """Work done by all threads together."""

    def __init__(
        self,
        work: int,
        progress: Callable[[float], None] | None,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        self._work = max(work, 1)
        self._done = 0
        self._progress = progress
        self._cancelled = cancelled
        self._lock = Lock()

    def report(self, done: int) -> bool:
        """Count work; tell whether to go on."""
        with self._lock:
            self._done += done
            if self._progress is not None and done:
                self._progress(min(1.0, self._done / self._work))
            return self._cancelled is None or not self._cancelled()
