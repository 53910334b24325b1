"""
Machine code of the edges: rings to directed edges, and which edges have no counterpart.

Run as a module (`python -m gis.edges_kernel`) it compiles everything and keeps the code.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gis.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]
Rows = NDArray[np.int32]

_EMPTY = -1
# Odd constants of splitmix64 (Steele et al. 2014), as signed numbers.
_MULTIPLY = -4658895280553007687
_MULTIPLY_AGAIN = -7723592293110705685


@compiled("in float64", "in int64", "in uint8", "out float64", "out int64")
def direct(xy: Floats, ring_start: Ints, is_shell: Bytes, ends: Floats, ring: Ints) -> int:
    """
    Write the edges of rings with the polygon on their left; return how many there are.

    `xy` holds x, y of all vertices, `ring_start` the first vertex of each ring and one more,
    `ends` receives start x, y and end x, y of each edge, `ring` the edge's ring. Edges without
    length are left out.
    """
    count = 0
    for r in range(len(ring_start) - 1):
        first, last = ring_start[r], ring_start[r + 1] - 1
        x0, y0 = xy[2 * first], xy[2 * first + 1]
        twice_area = 0.0
        for i in range(first, last):
            twice_area += (xy[2 * i] - x0) * (xy[2 * i + 3] - y0)
            twice_area -= (xy[2 * i + 2] - x0) * (xy[2 * i + 1] - y0)
        turn = (twice_area < 0.0) == (is_shell[r] == 1)
        for i in range(first, last):
            ax, ay, bx, by = xy[2 * i], xy[2 * i + 1], xy[2 * i + 2], xy[2 * i + 3]
            if ax == bx and ay == by:
                continue
            if turn:
                ax, ay, bx, by = bx, by, ax, ay
            ends[4 * count] = ax
            ends[4 * count + 1] = ay
            ends[4 * count + 2] = bx
            ends[4 * count + 3] = by
            ring[count] = r
            count += 1
    return count


@compiled()
def _smaller_end(ends: Floats, i: int) -> int:
    """Where the smaller end of an edge stands in its four numbers: 0 or 2."""
    ax, bx = ends[4 * i], ends[4 * i + 2]
    return 2 if ax > bx or (ax == bx and ends[4 * i + 1] > ends[4 * i + 3]) else 0


@compiled()
def _mixed(number: int) -> int:
    """Spread a number's bits over all 64."""
    number = (number ^ ((number >> 30) & 0x3FFFFFFFF)) * _MULTIPLY
    number = (number ^ ((number >> 27) & 0x1FFFFFFFFF)) * _MULTIPLY_AGAIN
    return number ^ ((number >> 31) & 0x1FFFFFFFF)


@compiled("in float64", "in int64", "in int64", "in int64", "out int32", "out int64", "out uint8")
def unbalanced(
    ends: Floats,
    bits: Ints,
    weight: Ints,
    group_weight: Ints,
    slots: Rows,
    sums: Ints,
    kept: Bytes,
) -> None:
    """
    Mark the edges whose weights, forward less backward, do not sum to zero at their place.

    `bits` are the bits of `ends` (with no negative zero); `slots` is a power of two long and all
    -1, `sums` three times as long as there are edges and all 0. The hash table compares ends, so
    edges never count together by chance.
    """
    mask = len(slots) - 1
    for i in range(len(kept)):
        low = _smaller_end(ends, i)
        a, b = 4 * i + low, 4 * i + 2 - low
        key = _mixed(bits[a] + _mixed(bits[a + 1] + _mixed(bits[b] + _mixed(bits[b + 1]))))
        slot = key & mask
        first = slots[slot]
        while first != _EMPTY:
            other = _smaller_end(ends, first)
            c, d = 4 * first + other, 4 * first + 2 - other
            same_low = bits[a] == bits[c] and bits[a + 1] == bits[c + 1]
            if same_low and bits[b] == bits[d] and bits[b + 1] == bits[d + 1]:
                break
            slot = (slot + 1) & mask
            first = slots[slot]
        if first == _EMPTY:
            first = i
            slots[slot] = i
        sign = 1 if low == 0 else -1
        sums[3 * i] = first
        sums[3 * first + 1] += sign * weight[i]
        sums[3 * first + 2] += sign * group_weight[i]
    for i in range(len(kept)):
        first = sums[3 * i]
        kept[i] = 1 if sums[3 * first + 1] != 0 or sums[3 * first + 2] != 0 else 0
