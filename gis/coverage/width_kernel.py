"""
Machine code of the width of ground: the largest circle inside a polygon.

A circle inside that touches an edge at a point p has its centre on the normal at p. It grows until
it meets another part of the outline; the width is twice the radius of the largest such circle.
Growing from a few points of each edge is faster by far than searching the plane where ground is
long and thin, and that is what gaps between borders are.

Run as a module (`python -m gis.coverage.width_kernel`) it compiles everything and keeps the code.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gis.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_SAMPLES = 5  # points tried on each edge, at least
_FEW = 300  # points tried on a polygon of few edges
_NEARLY = 0.9  # of the best so far: worth a closer look
_MOST = 4000  # points tried on one polygon
_WORK = 400_000_000  # pairs of a point and an edge looked at in one polygon: a second or two
_PARALLEL = 1e-15  # the other edge runs on in the same line
_STEPS = 24  # of the golden section: the edge's length times 0.6**24


@compiled()
def _end(dx: float, dy: float, nx: float, ny: float, least: float) -> float:
    """Radius of the circle that touches at the origin, with normal n, and runs through d."""
    ahead = dx * nx + dy * ny
    if ahead <= 0.0:
        return least
    radius = (dx * dx + dy * dy) / (2.0 * ahead)
    return min(least, radius)


@compiled()
def _radius(ends: Floats, first: int, last: int, edge: int, t: float) -> float:
    """Grow a circle from a point of an edge, the polygon on its left, until it meets another."""
    ax, ay = ends[4 * edge], ends[4 * edge + 1]
    bx, by = ends[4 * edge + 2] - ax, ends[4 * edge + 3] - ay
    length = math.sqrt(bx * bx + by * by)
    nx, ny = -by / length, bx / length
    px, py = ax + t * bx, ay + t * by
    least = np.inf
    for i in range(first, last):
        if i == edge:
            continue
        cx, cy = ends[4 * i] - px, ends[4 * i + 1] - py
        ex, ey = ends[4 * i + 2] - px, ends[4 * i + 3] - py
        sx, sy = ex - cx, ey - cy
        size = math.sqrt(sx * sx + sy * sy)
        mx, my = -sy / size, sx / size
        away = -(cx * mx + cy * my)
        if away < 0.0:
            away, mx, my = -away, -mx, -my
        turn = 1.0 - (nx * mx + ny * my)
        if turn > _PARALLEL:
            radius = away / turn
            if radius >= least:
                continue
            along = ((radius * (nx - mx) - cx) * sx + (radius * (ny - my) - cy) * sy) / size
            if 0.0 <= along <= size and away > 0.0:
                least = radius
                continue
        least = _end(cx, cy, nx, ny, least)
        least = _end(ex, ey, nx, ny, least)
    return least


@compiled()
def _refined(ends: Floats, first: int, last: int, edge: int, t: float, step: float) -> float:
    """Move along an edge from a good point to a better one (golden section)."""
    low, high = max(t - step, 0.0), min(t + step, 1.0)
    golden = (math.sqrt(5.0) - 1.0) / 2.0
    best = _radius(ends, first, last, edge, t)
    for _ in range(_STEPS):
        left, right = high - golden * (high - low), low + golden * (high - low)
        at_left = _radius(ends, first, last, edge, left)
        at_right = _radius(ends, first, last, edge, right)
        best = max(best, at_left, at_right)
        if at_left < at_right:
            low = left
        else:
            high = right
    return best


@compiled("in float64", "in int64", "out float64")
def inscribed_radii(ends: Floats, start: Ints, radii: Floats) -> None:
    """
    Find the radius of the largest circle inside each polygon.

    `ends` holds start x, y and end x, y of the edges of all polygons, the polygon on the left;
    `start` is the first edge of each polygon and one more.
    """
    for polygon in range(len(radii)):
        first, last = start[polygon], start[polygon + 1]
        most = max(min(_MOST, _WORK // (last - first + 1)), _SAMPLES)
        stride = 1 + (last - first) * _SAMPLES // most
        samples = max(_SAMPLES, _FEW // (last - first + 1))
        step, best = 1.0 / samples, 0.0
        for edge in range(first, last, stride):
            top, top_t = 0.0, 0.5
            for sample in range(samples):
                t = (sample + 0.5) * step
                radius = _radius(ends, first, last, edge, t)
                if top < radius < np.inf:
                    top, top_t = radius, t
            if top > _NEARLY * best:
                best = max(best, _refined(ends, first, last, edge, top_t, step))
        radii[polygon] = best
