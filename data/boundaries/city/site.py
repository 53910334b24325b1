"""The building site: what stands where, so that nothing is built twice on one spot."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

import shapely
from rtree import index
from shapely import Polygon

from .ground import GRID_M


class Site:
    """All footprints placed so far, asked before each further one is placed."""

    def __init__(self) -> None:
        """Start with empty ground; the index grows building by building."""
        self._index = index.Index()
        self._shapes: list[BaseGeometry] = []

    def reserve(self, shape: BaseGeometry) -> None:
        """Keep ground free of buildings: a running track, a lawn, a path."""
        self._index.insert(len(self._shapes), shape.bounds)
        self._shapes.append(shape)

    def near(self, ground: Polygon) -> list[BaseGeometry]:
        """List what stands on some ground."""
        rows = sorted(self._index.intersection(ground.bounds))
        return [self._shapes[row] for row in rows if self._shapes[row].intersects(ground)]

    def is_free(self, shape: Polygon, clear_m: float) -> bool:
        """Tell whether a shape keeps its distance from all that stands."""
        west, south, east, north = shape.bounds
        box = (west - clear_m, south - clear_m, east + clear_m, north + clear_m)
        return all(
            self._shapes[row].distance(shape) >= clear_m for row in self._index.intersection(box)
        )

    def build(self, shape: Polygon, ground: Polygon, clear_m: float) -> Polygon | None:
        """Place a footprint if it lies inside its ground and nothing is too near; None if not."""
        exact = shapely.set_precision(shape, GRID_M)
        if exact.geom_type != "Polygon" or exact.is_empty:
            return None
        if not ground.contains(exact) or shapely.distance(ground.exterior, exact) < 0.3:
            return None
        if not self.is_free(exact, clear_m):
            return None
        self.reserve(exact)
        return shapely.normalize(exact)
