"""
Toy cities that can be checked by hand.

Sides are powers of two of a degree, so every coordinate is exact in binary and a point meant to
be on an edge is on it, not beside it.
"""

from __future__ import annotations

from typing import NamedTuple

import shapely
from shapely import MultiPolygon, Polygon

WEST, SOUTH = 111.75, 37.25
SIDE = 1 / 1024  # about 87 m east by 108 m north
METRES_EAST_PER_DEGREE, METRES_NORTH_PER_DEGREE = 88_790.0, 110_990.0  # at 37.25 N


class City(NamedTuple):
    """Grids and their codes, in the order of the codes."""

    codes: list[str]
    polygons: list[Polygon | MultiPolygon]

    def shuffled(self, order: list[int]) -> City:
        """Put the same grids in another row order."""
        return City([self.codes[i] for i in order], [self.polygons[i] for i in order])


def square(
    column: float, row: float, width: float = 1, height: float = 1, *, side: float = SIDE
) -> Polygon:
    """Make a rectangle of `width` by `height` sides; its south-west corner is that column, row."""
    west, south = WEST + column * side, SOUTH + row * side
    return shapely.box(west, south, west + width * side, south + height * side)


def polygon(*corners: tuple[float, float], side: float = SIDE) -> Polygon:
    """Make a polygon of (column, row) corners counted in sides."""
    return Polygon([(WEST + column * side, SOUTH + row * side) for column, row in corners])


def square_city(n: int, *, side: float = SIDE) -> City:
    """Make n by n squares coded r0c0 (south-west) to r{n-1}c{n-1}; edges shared bit for bit."""
    cells = [(r, c) for r in range(n) for c in range(n)]
    return City([f"r{r}c{c}" for r, c in cells], [square(c, r, side=side) for r, c in cells])


def holed_city() -> City:
    """
    Make every shape a grid may have, on a field of eight by eight sides.

    a_ring is the field less its middle four by four; b_core fills the hole but for a gap in its
    north-east quarter; c_islands is two squares in that quarter that touch at a corner and leave
    two gaps; d_east lies one side away to the east.
    """
    ring = Polygon(square(0, 0, 8, 8).exterior, [square(2, 2, 4, 4).exterior])
    core = polygon((2, 2), (6, 2), (6, 4), (4, 4), (4, 6), (2, 6))
    islands = MultiPolygon([square(4, 4), square(5, 5)])
    return City(["a_ring", "b_core", "c_islands", "d_east"],
                [ring, core, islands, square(9, 0, 2, 8)])  # fmt: skip
