"""
Can a community be cut into contiguous grids of these sizes at all? A search that proves it cannot.

Blocks are taken one by one in an order that keeps the *frontier* short: blocks that still have
neighbours to come. Of all ways to cut what was taken so far only this matters: which frontier
blocks are already joined, what each such piece weighs, how many grids are finished. Ways that
agree in it are one state, so all plans are gone through without being listed. Where states become
too many, those with nearly the same weights are merged into one that has a range of weights; such
a state stands for its plans and for some that do not exist. So "there is none" remains a proof, and
"there may be one" says nothing.

References
----------
J. Kawahara, T. Horiyama, K. Hotta, S. Minato (2017), Generating all patterns of graph partitions
within a disparity bound, WALCOM 2017. D. Bergman, A. Cire, W.-J. van Hoeve, J. Hooker (2016),
Decision Diagrams for Optimization, chapter 4 (relaxed diagrams).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from gis.balance.frontier_kernel import NONE, group, grow
from gis.compiled import HAVE_NUMBA

if TYPE_CHECKING:
    from gis.balance.problem import Floats, Ints

LONGEST_FRONTIER = 14
MOST_BLOCKS = 400
WIDTHS = (2_000, 20_000, 100_000) if HAVE_NUMBA else (200,)
_STARTS = 12
_FIRST_STEP = 1 / 4096  # of all weight; doubled until the states are few enough


class Answer(Enum):
    """What the search can say."""

    IMPOSSIBLE = "impossible"
    POSSIBLE = "possible"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Sizes:
    """
    How many grids of which weight.

    `spare` of the `grids` may be lighter than `least` or heavier than `most`.
    """

    grids: int
    least: float
    most: float
    spare: int = 0


@dataclass(frozen=True, slots=True)
class _Step:
    """A block is taken: its slot in the frontier, those of its neighbours, those free after it."""

    block: int
    place: int
    near: Ints
    leaving: Ints


@dataclass(slots=True, eq=False)
class _States:
    """s states of so many slots, see `frontier_kernel.grow`."""

    labels: Ints
    los: Floats
    his: Floats
    closed: Ints
    outside: Ints

    @staticmethod
    def empty(count: int, slots: int) -> _States:
        return _States(
            np.full(count * slots, NONE, np.int64),
            np.zeros(count * slots),
            np.zeros(count * slots),
            np.zeros(count, np.int64),
            np.zeros(count, np.int64),
        )

    def __len__(self) -> int:
        return len(self.closed)


class FrontierSearch:
    """All ways to cut one graph into connected parts."""

    def __init__(self, weights: Floats, edges: Ints) -> None:
        """Order the blocks: (n,) weights, (e, 2) pairs of neighbours, each once."""
        self._weights = weights
        self._scale = max(1.0, float(weights.sum()))
        self._steps: tuple[_Step, ...] = ()
        self._slots = LONGEST_FRONTIER + 1
        if len(weights) <= MOST_BLOCKS:
            near = _neighbours(len(weights), edges)
            self._steps, self._slots = _steps(_order(near), near)

    def answer(self, sizes: Sizes, widths: tuple[int, ...] = WIDTHS) -> Answer:
        """
        Say whether the graph can be cut into connected parts of these sizes.

        Parameters
        ----------
        widths
            States kept after each block, tried one after the other until one is enough for a proof.
        """
        if self._slots > LONGEST_FRONTIER:
            return Answer.UNKNOWN
        for width in widths:
            answer = self._search(sizes, width)
            if answer is not Answer.UNKNOWN:
                return answer
        return Answer.UNKNOWN

    def _search(self, sizes: Sizes, width: int) -> Answer:
        states, done, step, exact = _States.empty(1, self._slots), 0.0, 0.0, True
        for taken in self._steps:
            done += float(self._weights[taken.block])
            states = self._grown(states, taken, done, sizes)
            if not len(states):
                return Answer.IMPOSSIBLE
            states, step = self._merged(states, width, step / 2)
            exact = exact and step == 0
        if not (states.closed == sizes.grids).any():
            return Answer.IMPOSSIBLE
        return Answer.POSSIBLE if exact else Answer.UNKNOWN

    def _grown(self, states: _States, taken: _Step, done: float, sizes: Sizes) -> _States:
        given = (
            states.labels, states.los, states.his, states.closed, states.outside,
            self._slots, taken.place, taken.near, taken.leaving,
            float(self._weights[taken.block]), done,
            sizes.least, sizes.most, sizes.grids, sizes.spare,
        )  # fmt: skip
        room = _States.empty(0, self._slots)
        for _ in range(2):  # once to count, once to write
            made = grow(*given, room.labels, room.los, room.his, room.closed, room.outside)
            if made <= len(room):
                break
            room = _States.empty(made, self._slots)
        return room

    def _merged(self, states: _States, width: int, step: float) -> tuple[_States, float]:
        """Merge equal states, and nearly equal ones until no more than `width` are left."""
        if step < self._scale * _FIRST_STEP:
            step = 0.0
        count = len(states)
        groups = np.empty(count, np.int64)
        while True:
            table = np.full(1 << (2 * count).bit_length(), NONE, np.int64)
            number = group(
                states.labels, states.los, states.his, states.closed, states.outside,
                self._slots, step, table, groups,
            )  # fmt: skip
            if number <= width or step > 2 * self._scale:  # then not the weights make them many
                break
            step = step * 2 if step else self._scale * _FIRST_STEP
        first = np.full(number, count)
        np.minimum.at(first, groups, np.arange(count))
        los = np.full((number, self._slots), np.inf)
        his = np.full((number, self._slots), -np.inf)
        np.minimum.at(los, groups, states.los.reshape(count, -1))
        np.maximum.at(his, groups, states.his.reshape(count, -1))
        labels = states.labels.reshape(count, -1)[first].ravel()
        kept = _States(
            labels, los.ravel(), his.ravel(), states.closed[first], states.outside[first]
        )
        return kept, step


def _neighbours(count: int, edges: Ints) -> list[set[int]]:
    near: list[set[int]] = [set() for _ in range(count)]
    for a, b in edges.tolist():
        near[a].add(b)
        near[b].add(a)
    return near


def _order(near: list[set[int]]) -> list[int]:
    """Order the blocks so that the frontier stays short; the best of some starts."""
    count = len(near)
    starts = np.unique(np.linspace(0, count - 1, min(_STARTS, count)).astype(int)).tolist()
    orders = [_order_from(start, near) for start in starts]
    return min(orders, key=lambda ordered: ordered[0])[1]


def _order_from(start: int, near: list[set[int]]) -> tuple[float, list[int]]:
    """Take next the block that leaves the shortest frontier; give the cost and the order."""
    left = [len(others) for others in near]
    place: dict[int, int] = {}
    frontier: set[int] = set()
    candidates, cost = {start}, 0.0

    def longer(block: int) -> tuple[int, int, int, int]:
        known = [other for other in near[block] if other in place]
        closing = sum(left[other] == 1 for other in known)
        oldest = min((place[other] for other in known), default=0)
        return (left[block] > 0) - closing, -len(known), oldest, block

    while len(place) < len(near):
        rest = candidates or {min(set(range(len(near))) - set(place))}
        block = min(rest, key=longer)
        place[block] = len(place)
        candidates.discard(block)
        frontier.add(block)
        for other in near[block]:
            left[other] -= 1
            if other not in place:
                candidates.add(other)
        frontier = {other for other in frontier if left[other] > 0}
        cost += 3.0 ** len(frontier)
    return cost, list(place)


def _steps(order: list[int], near: list[set[int]]) -> tuple[tuple[_Step, ...], int]:
    """Give each block a slot of the frontier for as long as it needs one; count the slots."""
    place = {block: i for i, block in enumerate(order)}
    last = {block: max(place[other] for other in (*near[block], block)) for block in order}
    free: list[int] = []
    slot_of: dict[int, int] = {}
    steps, slots = [], 0
    for i, block in enumerate(order):
        if not free:
            free.append(slots)
            slots += 1
        known = [slot_of[other] for other in sorted(near[block]) if other in slot_of]
        slot_of[block] = slot = free.pop()
        leaving = [other for other in slot_of if last[other] <= i]
        slots_left = [slot_of.pop(other) for other in leaving]
        free.extend(slots_left)
        steps.append(_Step(block, slot, np.array(known, np.int64), np.array(slots_left, np.int64)))
    return tuple(steps), slots
