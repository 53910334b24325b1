"""The figures of one grid of a plan: people, size, form."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import shapely

from gis.borders import project
from gis.edit.items import Block, People
from gis.partition import geometries

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from shapely import MultiPolygon, Polygon


@dataclass(frozen=True, slots=True)
class Figures:
    """
    What a planner reads off a grid.

    Areas and lengths are in metres of the planar CRS; `parts` counts the pieces of ground that
    hang together by an edge.
    """

    blocks: int
    people: People
    area_m2: float
    perimeter_m: float
    parts: int

    @property
    def contiguous(self) -> bool:
        """Whether all of it hangs together."""
        return self.parts == 1

    @property
    def compactness(self) -> float:
        """
        Area as a share of the circle with the same perimeter: 1 for a circle, 0.79 for a square.

        Polsby and Popper, The Third Criterion, Yale Law and Policy Review 9 (1991).
        """
        return 4 * math.pi * self.area_m2 / self.perimeter_m**2 if self.perimeter_m else 0.0


def dissolve(shapes: Sequence[Polygon | MultiPolygon]) -> Polygon | MultiPolygon:
    """Put shapes together to one; every vertex of the outline is kept."""
    whole = shapely.coverage_union_all(shapes)
    if not shapely.is_valid(whole):  # shapes of a faulty survey overlap
        whole = shapely.union_all(shapes)
    return cast("Polygon | MultiPolygon", whole)


def people_of(blocks: Collection[Block]) -> People:
    """Return the people of blocks together."""
    return People(*map(sum, zip(*(block.people for block in blocks), strict=True)))


def measure(whole: Polygon | MultiPolygon, blocks: Collection[Block], plane: str) -> Figures:
    """Measure the dissolved ground of blocks."""
    flat = project(geometries([whole]), plane)[0]
    return Figures(
        blocks=len(blocks),
        people=people_of(blocks),
        area_m2=float(shapely.area(flat)),
        perimeter_m=float(shapely.length(flat)),
        parts=int(shapely.get_num_geometries(whole)),
    )
