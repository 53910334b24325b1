"""The inner loops of `gis.balance.frontier`: add one block to every state; find equal states."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gis.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

NONE = -1
_MULTIPLY, _ADD, _MASK = 25214903917, 11, (1 << 48) - 1  # wraps alike in Python and C
_SLACK = 1e-9  # sums of floats in another order
_EXACTLY = 1024.0  # hashes weights that are compared as they are


@compiled()
def _pieces_near(labels: Ints, base: int, near: Ints, pieces: Ints) -> int:
    """List the different pieces of some slots; give their number."""
    count = 0
    for i in range(len(near)):
        piece = labels[base + near[i]]
        known = False
        for j in range(count):
            known = known or pieces[j] == piece
        if not known:
            pieces[count] = piece
            count += 1
    return count


@compiled()
def _joined(
    labels: Ints, los: Floats, his: Floats, base: int, slots: int, pieces: Ints, chosen: int,
    weight: float, label: Ints, lo: Floats, hi: Floats,
) -> None:  # fmt: skip
    """Copy a state and make of the block and the chosen pieces (bits) the piece `slots`."""
    for slot in range(slots):
        label[slot] = labels[base + slot]
        lo[slot] = los[base + slot]
        hi[slot] = his[base + slot]
    lo[slots] = weight
    hi[slots] = weight
    i = 0
    while chosen >> i:
        if chosen >> i & 1:
            lo[slots] += lo[pieces[i]]
            hi[slots] += hi[pieces[i]]
            for slot in range(slots):
                if label[slot] == pieces[i]:
                    label[slot] = slots
        i += 1


@compiled()
def _leave(label: Ints, slots: int, slot: int) -> int:
    """Free a slot; give the piece that has no slot any more and so is a finished grid, or NONE."""
    piece: int = label[slot]
    label[slot] = NONE
    for other in range(slots):
        if label[other] == piece:
            return NONE
    return piece


@compiled()
def _renumber(
    label: Ints, lo: Floats, hi: Floats, slots: int, new: Ints, old_lo: Floats, old_hi: Floats
) -> int:
    """Put the pieces in the order of their first slots; give how many there are."""
    for piece in range(slots + 1):
        new[piece] = NONE
        old_lo[piece] = lo[piece]
        old_hi[piece] = hi[piece]
    count = 0
    for slot in range(slots):
        piece = label[slot]
        if piece >= 0:
            if new[piece] < 0:
                new[piece] = count
                lo[count] = old_lo[piece]
                hi[count] = old_hi[piece]
                count += 1
            label[slot] = new[piece]
    for piece in range(count, slots + 1):
        lo[piece] = 0.0
        hi[piece] = 0.0
    return count


@compiled()
def _tighten(
    lo: Floats, hi: Floats, opened: int, done: float, closed: int, least: float, most: float
) -> bool:
    """Use that all pieces and all finished grids sum to what is done; False if they cannot."""
    sum_lo = 0.0
    sum_hi = 0.0
    for piece in range(opened):
        hi[piece] = min(hi[piece], most)
        sum_lo += lo[piece]
        sum_hi += hi[piece]
    floor = done - closed * most
    ceiling = done - closed * least
    if sum_hi < floor - _SLACK or sum_lo > ceiling + _SLACK:
        return False
    for piece in range(opened):
        new_lo = max(lo[piece], floor - (sum_hi - hi[piece]))
        new_hi = min(hi[piece], ceiling - (sum_lo - lo[piece]))
        if new_lo > new_hi + _SLACK:
            return False
        sum_lo += new_lo - lo[piece]
        sum_hi += new_hi - hi[piece]
        lo[piece] = new_lo
        hi[piece] = max(new_hi, new_lo)
    return True


@compiled(
    "in int64", "in float64", "in float64", "in int64", "in int64", "int64", "int64",
    "in int64", "in int64", "float64", "float64", "float64", "float64", "int64", "int64",
    "out int64", "out float64", "out float64", "out int64", "out int64",
)  # fmt: skip
def grow(
    labels: Ints, los: Floats, his: Floats, closeds: Ints, outsides: Ints, slots: int, place: int,
    near: Ints, leaving: Ints, weight: float, done: float, least: float, most: float,
    grids: int, spare: int,
    to_labels: Ints, to_los: Floats, to_his: Floats, to_closeds: Ints, to_outsides: Ints,
) -> int:  # fmt: skip
    """
    Add a block to each state in each way; give how many states that makes.

    Parameters
    ----------
    labels, los, his
        (s * slots,) the piece of each slot, NONE where it is free; by piece the range of weight.
    closeds, outsides
        (s,) finished grids; those of them outside of the range.
    place, near, leaving
        Slot of the block; slots of its neighbours; slots that are free from now on.
    weight, done
        Of the block; of all blocks so far, this one included.
    least, most, grids, spare
        Range of a grid's weight, number of grids, how many of them may be outside.
    to_labels, to_los, to_his, to_closeds, to_outsides
        The new states; those that have no room are counted only.
    """
    made = 0
    pieces, label, new = (
        np.empty(slots + 1, np.int64), np.empty(slots, np.int64), np.empty(slots + 1, np.int64)
    )  # fmt: skip
    lo, hi = np.empty(slots + 1), np.empty(slots + 1)
    old_lo, old_hi = np.empty(slots + 1), np.empty(slots + 1)
    for state in range(len(closeds)):
        base = state * slots
        count = _pieces_near(labels, base, near, pieces)
        for chosen in range(1 << count):
            _joined(labels, los, his, base, slots, pieces, chosen, weight, label, lo, hi)
            label[place] = slots
            closed, outside = closeds[state], outsides[state]
            too_heavy = 1 if lo[slots] > most + _SLACK else 0
            for i in range(len(leaving)):
                piece = _leave(label, slots, leaving[i])
                if piece >= 0:
                    closed += 1
                    if lo[piece] > most + _SLACK or hi[piece] < least - _SLACK:
                        outside += 1
                        too_heavy = 0 if piece == slots else too_heavy
            if closed > grids or outside + too_heavy > spare:
                continue
            opened = _renumber(label, lo, hi, slots, new, old_lo, old_hi)
            if spare == 0 and not _tighten(lo, hi, opened, done, closed, least, most):
                continue
            if made < len(to_closeds):
                to_closeds[made], to_outsides[made] = closed, outside
                for slot in range(slots):
                    to_labels[made * slots + slot] = label[slot]
                    to_los[made * slots + slot] = lo[slot]
                    to_his[made * slots + slot] = hi[slot]
            made += 1
    return made


@compiled()
def _rounded(lo: float, hi: float, step: float) -> int:
    return int(lo * _EXACTLY) if step == 0.0 else int((lo + hi) / (2.0 * step))


@compiled()
def _mix(code: int, value: int) -> int:
    mixed = ((code ^ (value + 2)) * _MULTIPLY + _ADD) & _MASK
    return mixed ^ (mixed >> 21)


@compiled()
def _same(
    labels: Ints, los: Floats, his: Floats, one: int, other: int, slots: int, step: float
) -> bool:
    for slot in range(slots):
        i, j = one * slots + slot, other * slots + slot
        if labels[i] != labels[j]:
            return False
        if step == 0.0 and (los[i] != los[j] or his[i] != his[j]):
            return False
        if step > 0.0 and _rounded(los[i], his[i], step) != _rounded(los[j], his[j], step):
            return False
    return True


@compiled(
    "in int64", "in float64", "in float64", "in int64", "in int64", "int64", "float64",
    "out int64", "out int64",
)  # fmt: skip
def group(
    labels: Ints, los: Floats, his: Floats, closeds: Ints, outsides: Ints, slots: int, step: float,
    table: Ints, groups: Ints,
) -> int:  # fmt: skip
    """
    Give equal states one number; return how many numbers there are.

    Weights are compared as they are, or, if `step` is not 0, rounded to it; all else exactly.

    Parameters
    ----------
    labels, los, his, closeds, outsides
        See `grow`.
    table
        The hash table, filled with NONE; its length is a power of two and above that of the states.
    groups
        (s,) receives the numbers.
    """
    last = len(table) - 1
    count = 0
    for state in range(len(closeds)):
        code = closeds[state] * 64 + outsides[state]
        for i in range(state * slots, (state + 1) * slots):
            code = _mix(code, labels[i])
            code = _mix(code, _rounded(los[i], his[i], step))
        entry = code & last
        while True:
            other = table[entry]
            if other < 0:
                table[entry] = state
                groups[state] = count
                count += 1
                break
            if (
                closeds[other] == closeds[state]
                and outsides[other] == outsides[state]
                and _same(labels, los, his, state, other, slots, step)
            ):
                groups[state] = groups[other]
                break
            entry = (entry + 1) & last
    return count
