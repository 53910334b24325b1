"""A toy city in metres, nine grids of 100 m in three communities, and ways to spoil it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely import Polygon

from gis.crs import LONLAT_CRS, transformer
from gis.partition import Partition, geometries

METRES = "EPSG:4546"
WEST, SOUTH, SIDE = 500_000.0, 4_120_000.0, 100.0
SIZE = 3
FRAME = shapely.box(WEST, SOUTH, WEST + SIZE * SIDE, SOUTH + SIZE * SIDE)

# a twentieth of a millimetre, half a millimetre, half a metre and a wide street: each is mended in
# another way, or not at all
steps = st.sampled_from(
    [-30.0, -4.0, -0.5, -0.0005, -0.00005, 0.0, 0.00005, 0.0005, 0.5, 4.0, 30.0]
)
moves = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, 7), steps, steps), min_size=1, max_size=4
)


def cell(column: int, row: int) -> Polygon:
    """Make a square with a vertex in the middle of each side: eight, from the south-west corner."""
    west, south = WEST + column * SIDE, SOUTH + row * SIDE
    around = [(0, 0), (1, 0), (2, 0), (2, 1), (2, 2), (1, 2), (0, 2), (0, 1)]
    return Polygon([(west + x * SIDE / 2, south + y * SIDE / 2) for x, y in around])


def city() -> Partition:
    """Return the clean city: grid rc in community c."""
    cells = [(row, column) for row in range(SIZE) for column in range(SIZE)]
    return Partition(
        tuple(f"g{row}{column}" for row, column in cells),
        geometries(cell(column, row) for row, column in cells),
        crs=METRES,
        parent_codes=tuple(f"c{column}" for _, column in cells),
    )


def communities() -> Partition:
    """Return the three communities, columns of the city from west to east."""
    columns = [
        shapely.union_all([cell(column, row) for row in range(SIZE)]) for column in range(SIZE)
    ]
    return Partition(tuple(f"c{column}" for column in range(SIZE)), geometries(columns), crs=METRES)


def moved(partition: Partition, changes: list[tuple[int, int, float, float]]) -> Partition:
    """Move vertices (unit, vertex, east, north) of single units, so that borders part."""
    shapes = partition.geometries.copy()
    for unit, vertex, east, north in changes:
        corners = shapely.get_coordinates(shapes[unit])[:-1]
        corners[vertex] += (east, north)
        shapes[unit] = Polygon(corners)
    return replace(partition, geometries=shapes)


def with_shape(partition: Partition, unit: int, shape: object) -> Partition:
    """Put another shape in the place of one unit's."""
    shapes = partition.geometries.copy()
    shapes[unit] = shape
    return replace(partition, geometries=shapes)


def in_order(partition: Partition, order: list[int]) -> Partition:
    """Put the units in another order."""
    return replace(
        partition,
        codes=tuple(partition.codes[row] for row in order),
        geometries=partition.geometries[order],
        parent_codes=tuple(partition.parent_codes[row] for row in order),
    )


def in_lonlat(partition: Partition) -> Partition:
    """Bring a partition to CGCS2000 degrees, nine decimals as files have them."""

    def convert(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        moved = transformer(METRES, LONLAT_CRS).transform(xy[:, 0], xy[:, 1])
        return np.column_stack(moved).round(9)

    shapes = geometries(shapely.transform(partition.geometries, convert))
    return replace(partition, geometries=shapes, crs=LONLAT_CRS)
