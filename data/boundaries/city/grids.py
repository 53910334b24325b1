"""Grids: blocks of one community gathered along streets and walls, as unevenly as in life."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import shapely

from .communities import LONE_KINDS
from .ground import polygon_of

if TYPE_CHECKING:
    from numpy.random import Generator

    from .blocks import Block
    from .linework import Border

GRIDS = 194
FEWEST, MOST = 260, 2250
WHOLE_CELL = 1150  # people; a street block with fewer is not divided among grids
CROSSING_M = {"arterial": 240.0, "collector": 70.0, "lane": 15.0, "bank": 40.0}


class Quarter:
    """One community: its units, which are street blocks or compounds with their strips."""

    def __init__(
        self,
        rows: list[int],
        blocks: list[Block],
        people: list[int],
        shared: dict[tuple[int, int], Border],
    ) -> None:
        """Join strips to what they front on, and small street blocks to one unit."""
        self.unit_of = _units(rows, blocks, people, shared)
        units = sorted(set(self.unit_of.values()))
        self.people = dict.fromkeys(units, 0)
        weight: dict[int, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
        for row in rows:
            unit, polygon = self.unit_of[row], blocks[row].polygon
            self.people[unit] += people[row]
            middle = polygon.centroid
            total = weight[unit]
            total[0] += middle.x * polygon.area
            total[1] += middle.y * polygon.area
            total[2] += polygon.area
        self.at = {unit: np.array([w[0] / w[2], w[1] / w[2]]) for unit, w in weight.items()}
        self.near: dict[int, dict[int, float]] = {unit: {} for unit in units}
        for (one, two), border in sorted(shared.items()):
            a, b = self.unit_of.get(one), self.unit_of.get(two)
            if a is None or b is None or a == b:
                continue
            cost = CROSSING_M.get(border.kind, 0.0)
            for here, there in ((a, b), (b, a)):
                self.near[here][there] = min(cost, self.near[here].get(there, np.inf))

    def is_whole(self, members: set[int]) -> bool:
        """Tell whether units hang together."""
        if not members:
            return False
        start = min(members)
        seen, edge = {start}, [start]
        while edge:
            for other in self.near[edge.pop()]:
                if other in members and other not in seen:
                    seen.add(other)
                    edge.append(other)
        return seen == members


def _units(
    rows: list[int], blocks: list[Block], people: list[int], shared: dict[tuple[int, int], Border]
) -> dict[int, int]:
    """Name each block's unit by one of its blocks."""
    here = set(rows)
    in_cell: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        in_cell[blocks[row].cell].append(row)
    unit = {row: row for row in rows}
    touching: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for (one, two), border in sorted(shared.items()):
        if one in here and two in here and blocks[one].cell == blocks[two].cell:
            touching[one].append((border.length_m, two))
            touching[two].append((border.length_m, one))
    for members in in_cell.values():
        if sum(people[row] for row in members) <= WHOLE_CELL:
            unit.update(dict.fromkeys(members, members[0]))
            continue
        for row in members:
            walled = [item for item in touching[row] if blocks[item[1]].use != "strip"]
            if blocks[row].use == "strip" and walled:
                unit[row] = max(walled)[1]
    return unit


def _seeds(rng: Generator, quarter: Quarter, count: int) -> list[int]:
    """Spread first units far apart, among the peopled ones."""
    by_people = sorted(quarter.people, key=lambda unit: (-quarter.people[unit], unit))
    many = [unit for unit in by_people if quarter.people[unit] >= FEWEST // 2]
    peopled = sorted(many if len(many) >= count else by_people[:count])
    first = max(peopled, key=lambda unit: (quarter.at[unit][0] * rng.choice([-1, 1]), unit))
    seeds = [first]
    while len(seeds) < count:

        def reach(unit: int) -> float:
            away = min(float(np.hypot(*(quarter.at[unit] - quarter.at[seed]))) for seed in seeds)
            return away * math.pow(quarter.people[unit] + 60.0, 0.6)

        seeds.append(max((unit for unit in peopled if unit not in seeds), key=reach))
    return seeds


def _grow(rng: Generator, quarter: Quarter, count: int) -> dict[int, int]:
    """Let the grid that is furthest behind its share take the nearest free unit."""
    seeds = _seeds(rng, quarter, count)
    share = np.exp(rng.normal(0, 0.42, count))
    owner = {unit: grid for grid, unit in enumerate(seeds)}
    filled = np.array([float(quarter.people[unit]) for unit in seeds])
    while len(owner) < len(quarter.people):
        best: tuple[float, int, int] | None = None
        for unit, grid in sorted(owner.items()):
            for other, crossing in quarter.near[unit].items():
                if other in owner:
                    continue
                away = float(np.hypot(*(quarter.at[other] - quarter.at[seeds[grid]])))
                rank = (away + crossing) * (0.35 + filled[grid] / share[grid] / 900.0)
                if best is None or (rank, other, grid) < best:
                    best = (rank, other, grid)
        if best is None:
            raise ValueError("a community is not one piece")
        _, unit, grid = best
        owner[unit] = grid
        filled[grid] += quarter.people[unit] + 12.0
    return owner


def _mend(quarter: Quarter, owner: dict[int, int], count: int) -> None:
    """Move border units until no grid is far too small or far too large, if that is possible."""
    for _ in range(400):
        total = [0] * count
        for unit, grid in owner.items():
            total[grid] += quarter.people[unit]
        small, large = int(np.argmin(total)), int(np.argmax(total))
        if total[small] < FEWEST:
            moves = [
                (unit, grid, small)
                for unit, grid in owner.items()
                if small in {owner[o] for o in quarter.near[unit]} and grid != small
            ]
        elif total[large] > MOST:
            moves = [
                (unit, large, owner[o])
                for unit, grid in owner.items()
                if grid == large
                for o in quarter.near[unit]
                if owner[o] != large
            ]
        else:
            return
        best: tuple[float, int, int] | None = None
        for unit, source, target in sorted(moves):
            people = quarter.people[unit]
            least = FEWEST if total[small] >= FEWEST else total[small] + 1
            if people == 0 or total[target] + people > MOST or total[source] - people < least:
                continue
            rest = {u for u, g in owner.items() if g == source and u != unit}
            if not quarter.is_whole(rest):
                continue
            rank = (float(abs(total[target] + people - (total[source] - people))), unit, target)
            best = rank if best is None else min(best, rank)
        if best is None:
            return
        owner[best[1]] = best[2]


def shares(people: dict[str, int], units: dict[str, int], total: int) -> dict[str, int]:
    """Divide a number of grids among communities by people, at least two each."""
    codes = sorted(people)
    weight = np.array([people[code] ** 0.9 for code in codes])
    exact = weight / weight.sum() * total
    found = {
        code: min(units[code], max(2, int(value))) for code, value in zip(codes, exact, strict=True)
    }
    while sum(found.values()) != total:
        step = 1 if sum(found.values()) < total else -1
        rank = [
            (people[code] / (found[code] + (step > 0)) * step, code)
            for code in codes
            if (step > 0 and found[code] < units[code]) or (step < 0 and found[code] > 1)
        ]
        found[max(rank)[1]] += step
    return found


def _share_out(
    rng: Generator, quarters: dict[str, Quarter], total: int
) -> dict[str, dict[int, int]]:
    """
    Draw the grids of every community, and move the number of grids to where people are.

    A community whose smallest grid stays too small gives one to the community whose grids are
    fullest, until none is left that could.
    """
    people = {code: sum(quarter.people.values()) for code, quarter in quarters.items()}
    units = {
        code: max(1, sum(count >= FEWEST // 2 for count in quarter.people.values()))
        for code, quarter in quarters.items()
    }
    count = shares(people, units, total)
    drawn = {code: _grow_and_mend(rng, quarters[code], count[code]) for code in sorted(quarters)}
    given: set[str] = set()
    for _ in range(60):
        least = {code: _smallest(quarters[code], owner) for code, owner in drawn.items()}
        giver = min((code for code in drawn if count[code] > 1), key=lambda code: least[code])
        full = [
            code
            for code in sorted(drawn.keys() - given)
            if count[code] < units[code] and least[code] >= FEWEST
        ]
        if least[giver] >= FEWEST or not full:
            break
        given.add(giver)
        taker = max(full, key=lambda code: (people[code] / (count[code] + 1), code))
        for code, step in ((giver, -1), (taker, 1)):
            count[code] += step
            drawn[code] = _grow_and_mend(rng, quarters[code], count[code])
    return drawn


def _grow_and_mend(rng: Generator, quarter: Quarter, count: int) -> dict[int, int]:
    owner = _grow(rng, quarter, count)
    _mend(quarter, owner, count)
    return owner


def _smallest(quarter: Quarter, owner: dict[int, int]) -> int:
    total: dict[int, int] = defaultdict(int)
    for unit, grid in owner.items():
        total[grid] += quarter.people[unit]
    return min(total.values())


def draw_grids(
    rng: Generator, blocks: list[Block], people: list[int], shared: dict[tuple[int, int], Border]
) -> list[tuple[str, int]]:
    """
    Give each block its grid.

    The college, the hospital and the prison are one dedicated grid each.

    Returns
    -------
    grids
        (community code, number of the grid in it) of each block.
    """
    rows_of: dict[str, list[int]] = defaultdict(list)
    for row, block in enumerate(blocks):
        rows_of[block.community].append(row)
    lone = {block.community for block in blocks if block.use in LONE_KINDS}
    quarters = {
        code: Quarter(rows, blocks, people, shared)
        for code, rows in sorted(rows_of.items())
        if code not in lone
    }
    grid = {}
    for code, owner in _share_out(rng, quarters, GRIDS - len(lone)).items():
        for row in rows_of[code]:
            grid[row] = (code, owner[quarters[code].unit_of[row]])
    for code in lone:
        grid.update((row, (code, 0)) for row in rows_of[code])
    return [grid[row] for row in range(len(blocks))]


def dissolve(
    blocks: list[Block], keys: list[tuple[str, int]]
) -> dict[tuple[str, int], shapely.Polygon]:
    """Dissolve blocks to the polygons of their grids."""
    parts: dict[tuple[str, int], list[shapely.Polygon]] = defaultdict(list)
    for block, key in zip(blocks, keys, strict=True):
        parts[key].append(block.polygon)
    return {key: polygon_of(shapely.coverage_union_all(parts[key])) for key in sorted(parts)}
