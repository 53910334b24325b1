"""Distances to borders, beside those of GEOS."""

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from gis.borders import Borders, project
from gis.crs import to_planar
from tests.gis.test_cells import PLACES, voronoi_city
from tests.worlds import holed_city

PLANAR = "EPSG:4546"
CITIES = {
    "holes and parts": np.array(holed_city().polygons, dtype=object),
    "one grid": np.array(holed_city().polygons[:1], dtype=object),
    "many shapes": voronoi_city(200, PLACES[1]),
}


def points_about(
    polygons: NDArray[np.object_], count: int = 2000
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    west, south, east, north = shapely.total_bounds(polygons)
    spread = np.random.default_rng(0).uniform(-0.5, 1.5, (count, 2))
    lonlat = spread * [east - west, north - south] + [west, south]
    return to_planar(lonlat[:, 0], lonlat[:, 1], PLANAR)


@pytest.mark.parametrize("city", CITIES)
def test_distances_to_borders_are_those_of_geos(city: str) -> None:
    polygons = CITIES[city]
    x, y = points_about(polygons)
    rows = np.random.default_rng(1).integers(0, len(polygons), len(x)).astype(np.int32)
    lines = shapely.boundary(project(polygons, PLANAR))
    wanted = shapely.distance(lines[rows], shapely.points(x, y))
    assert Borders.of(polygons, PLANAR).distances(rows, x, y) == pytest.approx(wanted, abs=1e-8)


@pytest.mark.parametrize("city", CITIES)
def test_the_nearest_grid_is_that_of_geos(city: str) -> None:
    polygons = CITIES[city]
    x, y = points_about(polygons)
    rows, distance = Borders.of(polygons, PLANAR).nearest(x, y)
    points = np.asarray(shapely.points(x, y))
    apart = shapely.distance(project(polygons, PLANAR), points[:, None])
    loose = apart.min(axis=1) > 0  # inside of a grid nobody asks
    assert distance[loose] == pytest.approx(apart.min(axis=1)[loose], abs=1e-8)
    at_row = apart[np.arange(len(x)), rows]
    assert at_row[loose] == pytest.approx(apart.min(axis=1)[loose], abs=1e-8)


def test_the_first_of_the_nearest_has_a_point_before_a_shared_corner() -> None:
    polygons = np.array(
        [shapely.box(111.0, 37.0, 111.1, 37.1), shapely.box(111.1, 37.0, 111.2, 37.1)]
    )
    x, y = to_planar([111.1], [36.99], PLANAR)
    for order in ([0, 1], [1, 0]):
        assert Borders.of(polygons[order], PLANAR).nearest(x, y)[0].tolist() == [0]


@pytest.mark.parametrize("city", CITIES)
@pytest.mark.parametrize("radius_m", [0.0, 30.0, 5000.0])
def test_the_grids_within_a_radius_are_those_of_geos(city: str, radius_m: float) -> None:
    polygons = CITIES[city]
    borders, projected = Borders.of(polygons, PLANAR), project(polygons, PLANAR)
    for x, y in zip(*points_about(polygons, 60), strict=True):
        apart = shapely.distance(projected, shapely.Point(x, y))
        near = np.flatnonzero(apart <= radius_m)
        for but in (-1, int(near[:1].sum())):
            found = borders.within(float(x), float(y), radius_m, but)
            wanted = near[near != but]
            assert sorted(row for _, row in found) == wanted.tolist()
            assert found == sorted(found)
            assert [apart[row] for _, row in found] == pytest.approx(
                [distance for distance, _ in found], abs=1e-8
            )


@pytest.mark.parametrize("city", CITIES)
def test_one_distance_is_that_of_many(city: str) -> None:
    polygons = CITIES[city]
    borders, (x, y) = Borders.of(polygons, PLANAR), points_about(polygons, 50)
    rows = np.arange(50, dtype=np.int32) % len(polygons)
    places = zip(rows.tolist(), x.tolist(), y.tolist(), strict=True)
    assert [borders.distance(*place) for place in places] == borders.distances(rows, x, y).tolist()
