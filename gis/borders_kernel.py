"""
Machine code of distances to borders.

Run as a module (`python -m gis.borders_kernel`) it compiles everything and keeps the code.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gis.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Rows = NDArray[np.int32]


@compiled(
    "in float64", "in int64", "in int64", "in int64", "in int32", "in float64", "in float64",
    "out float64",
)  # fmt: skip
def border_distances(
    xy: Floats,
    ring_start: Ints,
    first_ring: Ints,
    end_ring: Ints,
    rows: Rows,
    x: Floats,
    y: Floats,
    distance: Floats,
) -> None:
    """
    Write the distance of each point to the border of its grid.

    `xy` holds x, y of all vertices, `ring_start` the first vertex of each ring and one more,
    `first_ring`, `end_ring` the rings of each grid, `rows` the grid of each point.
    """
    for i in range(len(rows)):
        px, py = x[i], y[i]
        least = np.inf
        for ring in range(first_ring[rows[i]], end_ring[rows[i]]):
            at = 2 * ring_start[ring]
            ax, ay = xy[at] - px, xy[at + 1] - py
            for _ in range(ring_start[ring], ring_start[ring + 1] - 1):
                at += 2
                bx, by = xy[at] - px, xy[at + 1] - py
                dx, dy = bx - ax, by - ay
                length = dx * dx + dy * dy
                along = -(ax * dx + ay * dy)
                share = min(max(along, 0.0), length) / length if length > 0.0 else 0.0
                ox, oy = ax + share * dx, ay + share * dy
                least = min(least, ox * ox + oy * oy)
                ax, ay = bx, by
        distance[i] = np.sqrt(least)
