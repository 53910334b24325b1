"""
The items a plan is made of, and changes of them.

A plan is five tables: the shape and people of each block, the grid of each block, the grids, their
names, and officers as far as they were decided on. An operation is a set of changes of single
items, each with the value before and after (None: not there), so undo is the same changes the
other way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import shapely

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapely import MultiPolygon, Polygon

Table = Literal["shapes", "grid_of", "grids", "names", "officers"]
DIGEST_BITS = 256


class Item(NamedTuple):
    """One thing a plan says; written `table/code`."""

    table: Table
    code: str

    def __str__(self) -> str:
        return f"{self.table}/{self.code}"


class People(NamedTuple):
    """Counts of people."""

    households: int = 0
    residents: int = 0
    residents_60_plus: int = 0

    def plus(self, other: People) -> People:
        """Return both together."""
        return People(*(a + b for a, b in zip(self, other, strict=True)))


NOBODY = People()
NO_OFFICER = ""
"""What is decided where nobody shall answer for a grid."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """
    The shape of a block and who lives in it.

    `shape` is in CGCS2000 degrees; `buildings` are rows of the buildings of the ground.
    """

    shape: Polygon | MultiPolygon
    people: People = NOBODY
    kind: str = "street"
    compound: str | None = None
    buildings: tuple[int, ...] = ()

    def written(self) -> bytes:
        """Return what a planner decides of it as bytes: the shape, not who lives there now."""
        return bytes(shapely.to_wkb(self.shape, byte_order=1))


class GridRecord(NamedTuple):
    """The community a grid belongs to and of which kind it is."""

    community: str
    kind: str = "residential"


class GridName(NamedTuple):
    """What people call a grid."""

    name: str
    name_en: str | None = None


Change = tuple[Any, Any]  # the value before and after; None where there is none
Changes = Mapping[Item, Change]


def reverse(changes: Changes) -> dict[Item, Change]:
    """Return the changes that take these back."""
    return {item: (after, before) for item, (before, after) in changes.items()}


def in_one(steps: Iterable[Changes]) -> dict[Item, Change]:
    """Return the changes of several steps, first to last, as those of one."""
    whole: dict[Item, Change] = {}
    for changes in steps:
        for item, (before, after) in changes.items():
            whole[item] = (whole[item][0] if item in whole else before, after)
    return {item: change for item, change in whole.items() if change[0] is not change[1]}


def digest_of(item: Item, value: object) -> int:
    """Return the digest of one item; a plan's is the sum of all, whatever their order."""
    if value is None:
        return 0
    written = value.written() if isinstance(value, Block) else repr(value).encode()
    key = f"{item}\0".encode()
    return int.from_bytes(blake2b(key + written, digest_size=DIGEST_BITS // 8).digest(), "big")
