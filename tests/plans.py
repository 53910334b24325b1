"""A toy plan on a lattice: six by six blocks, nine grids of four, three communities of three."""

from __future__ import annotations

from functools import cache

from gis.edit import Block, Buildings, GridName, GridRecord, People, Plan, make_ground, make_plan
from gis.partition import geometries
from tests.worlds import SIDE, SOUTH, WEST, square

SIZE = 6
PLANE = "EPSG:4546"
COMMUNITIES = [f"14118200100{i}" for i in (1, 2, 3)]


def block_code(column: int, row: int) -> str:
    """Each square is a block, with one building in its middle."""
    return f"K{column}{row}"


def grid_code(column: int, row: int) -> str:
    """Each two by two blocks are a grid, each two columns of blocks a community."""
    return f"{COMMUNITIES[column // 2]}00{row // 2 + 1}"


def at(column: float, row: float) -> tuple[float, float]:
    """Return the lon, lat of a corner of the lattice, or of a place between corners."""
    return WEST + column * SIDE, SOUTH + row * SIDE


@cache
def toy_plan() -> Plan:
    """
    Make the plan.

    Block K00 is the compound C1; the block in column c and row r has 10 + c + 6r residents, a
    third of them 60 or older, in 5 households.
    """
    cells = [(c, r) for c in range(SIZE) for r in range(SIZE)]
    people = [People(5, 10 + c + SIZE * r, (10 + c + SIZE * r) // 3) for c, r in cells]
    blocks = {
        block_code(c, r): Block(
            square(c, r), people[i], "street", "C1" if (c, r) == (0, 0) else None, (i,)
        )
        for i, (c, r) in enumerate(cells)
    }
    buildings = Buildings(
        tuple(f"B{c}{r}" for c, r in cells),
        geometries(square(c + 0.4, r + 0.4, 0.2, 0.2) for c, r in cells),
        tuple(people),
    )
    grids = {grid_code(c, r): GridRecord(grid_code(c, r)[:12]) for c, r in cells}
    return make_plan(
        make_ground(blocks, buildings, COMMUNITIES, PLANE),
        {block_code(c, r): grid_code(c, r) for c, r in cells},
        grids,
        {code: GridName(f"网格{code[-7:]}") for code in grids},
        officers={grid_code(0, 0): "O1"},
    )
