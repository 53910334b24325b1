"""Vertices shared by neighbours: put in, moved by a hair, or left where that would do harm."""

import numpy as np
import shapely
from shapely import Polygon

from gis.partition import geometries
from gis.repair.corners import corners_of, share_corners

NONE = np.empty((0, 4))
BOX = shapely.box(0, 0, 100, 100)


def share(
    polygon: Polygon,
    *corners: tuple[float, float],
    tolerance_m: float = 0.0002,
    settled: object = NONE,
    fixed: object = NONE[:, :2],
) -> Polygon:
    (shared,) = share_corners(
        geometries([polygon]),
        np.array(corners, float).reshape(-1, 2),
        tolerance_m,
        settled=np.asarray(settled),
        fixed=np.asarray(fixed),
    ).tolist()
    assert isinstance(shared, Polygon)
    return shared


def has(polygon: Polygon, corner: tuple[float, float]) -> bool:
    return corner in {tuple(xy) for xy in shapely.get_coordinates(polygon).tolist()}


def test_a_corner_on_an_edge_becomes_a_vertex() -> None:
    assert has(share(BOX, (100.0, 40.0)), (100.0, 40.0))


def test_a_vertex_a_hair_off_is_moved_to_the_corner() -> None:
    off = Polygon([(0, 0), (100.0001, 0), (100, 100), (0, 100)])
    assert has(share(off, (100.0, 0.0)), (100.0, 0.0))
    assert len(share(off, (100.0, 0.0)).exterior.coords) == 5


def test_a_vertex_that_others_have_too_moves_by_a_hair_and_no_more() -> None:
    off = Polygon([(0, 0), (100.0005, 0), (100, 100), (0, 100)])
    moved = share(off, (100.0, 0.0), tolerance_m=0.001)
    left = share(off, (100.0, 0.0), tolerance_m=0.001, fixed=[[100.0005, 0.0]])
    assert has(moved, (100.0, 0.0))
    assert has(left, (100.0005, 0.0))


def test_a_corner_further_away_than_agreed_changes_nothing() -> None:
    assert share(BOX, (100.001, 40.0)) is BOX


def test_an_edge_of_ground_that_changes_hands_gets_no_vertex() -> None:
    assert share(BOX, (100.0, 40.0), settled=[[100.0, 0.0, 100.0, 100.0]]) is BOX


def test_corners_are_listed_once_in_order() -> None:
    assert corners_of(geometries([BOX, BOX])).tolist() == [[0, 0], [0, 100], [100, 0], [100, 100]]
    assert corners_of(geometries([])).shape == (0, 2)
