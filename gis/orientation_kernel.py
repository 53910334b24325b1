"""
Machine code of the side of a line a point is on: exact, and fast where doubles can tell.

Run as a module (`python -m gis.orientation_kernel`) it compiles everything and keeps the code.

References
----------
Shewchuk 1997, "Adaptive precision floating-point arithmetic and fast robust geometric predicates".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gis.compiled import compiled

Floats = NDArray[np.float64]

UNDECIDED = -2
# Shewchuk's bound A of orient2d, and room for products that underflow.
FILTER = 3.3306690738754716e-16
UNDERFLOW = 1e-300
# Every nonzero coordinate at least this large keeps all partial products of the exact sum exact.
SMALLEST = 2.0**-440
_SPLITTER = 134217729.0


@compiled()
def _two_difference(a: float, b: float) -> tuple[float, float]:
    """Give a - b as a rounded value and its exact error (Knuth)."""
    high = a - b
    b_virtual = a - high
    a_virtual = high + b_virtual
    return high, (a - a_virtual) + (b_virtual - b)


@compiled()
def _two_product(a: float, b: float) -> tuple[float, float]:
    """Give a * b as a rounded value and its exact error (Dekker, Veltkamp)."""
    high = a * b
    c = _SPLITTER * a
    a_high = c - (c - a)
    a_low = a - a_high
    c = _SPLITTER * b
    b_high = c - (c - b)
    b_low = b - b_high
    return high, a_low * b_low - (((high - a_high * b_high) - a_low * b_high) - a_high * b_low)


@compiled()
def _add(expansion: Floats, size: int, term: float) -> int:
    """Add a term to a nonoverlapping expansion in place (Shewchuk, GROW-EXPANSION)."""
    total = term
    for i in range(size):
        high = total + expansion[i]
        virtual = high - total
        expansion[i] = (total - (high - virtual)) + (expansion[i] - virtual)
        total = high
    expansion[size] = total
    return size + 1


@compiled()
def _is_tiny(value: float) -> bool:
    return value != 0.0 and abs(value) < SMALLEST


@compiled()
def _exact_orientation(ax: float, ay: float, bx: float, by: float, x: float, y: float) -> int:
    """Orientation by exact expansion arithmetic; UNDECIDED where doubles would underflow."""
    tiny = _is_tiny(ax) or _is_tiny(ay) or _is_tiny(bx) or _is_tiny(by)
    if tiny or _is_tiny(x) or _is_tiny(y):
        return UNDECIDED
    left_x, left_y = _two_difference(ax, x), _two_difference(by, y)
    right_x, right_y = _two_difference(bx, x), _two_difference(ay, y)
    if left_x[1] == 0.0 and left_y[1] == 0.0 and right_x[1] == 0.0 and right_y[1] == 0.0:
        left, left_low = _two_product(left_x[0], left_y[0])
        right, right_low = _two_product(right_x[0], right_y[0])
        high, low = left - right, right_low - left_low
        if high != low or (left_low == 0.0 and right_low == 0.0):
            return (high > low) - (high < low)
    expansion = np.zeros(16)
    size = 0
    for i in range(2):
        for j in range(2):
            high, low = _two_product(left_x[i], left_y[j])
            size = _add(expansion, size, low)
            size = _add(expansion, size, high)
            high, low = _two_product(right_x[i], right_y[j])
            size = _add(expansion, size, -low)
            size = _add(expansion, size, -high)
    for i in range(size - 1, -1, -1):
        if expansion[i] != 0.0:
            return 1 if expansion[i] > 0.0 else -1
    return 0


@compiled(*["float64"] * 6)
def orientation(ax: float, ay: float, bx: float, by: float, x: float, y: float) -> int:
    """Side of the line a to b that x, y is on: 1 left, -1 right, 0 on it, UNDECIDED if tiny."""
    left, right = (ax - x) * (by - y), (ay - y) * (bx - x)
    determinant = left - right
    doubt = FILTER * (abs(left) + abs(right)) + UNDERFLOW
    if determinant > doubt:
        return 1
    if determinant < -doubt:
        return -1
    return _exact_orientation(ax, ay, bx, by, x, y)
