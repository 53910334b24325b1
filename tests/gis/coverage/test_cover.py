"""Who covers a face is asked at a point on nobody's border."""

import numpy as np
import pytest
import shapely

from gis.coverage.check import match
from gis.coverage.cover import Cover, edges_inside
from gis.coverage.rules import USUAL
from gis.coverage.site import Site, make_site
from gis.partition import geometries
from tests.gis.coverage.towns import HALVES, Shapes, homes, rect, town, units


def site(shapes: Shapes) -> Site:
    grids = units(shapes, homes(shapes))
    return make_site(grids, rect(0, 0, 4, 4), units(HALVES), USUAL)[0]


@pytest.mark.parametrize("face", [rect(0.5, 0.5), rect(0.5, 0.75, 1, 0.5), rect(1, 1, 1, 1)])
def test_a_face_whose_middle_is_on_borders_is_covered_all_the_same(face: shapely.Polygon) -> None:
    cover = Cover(site(town(4, 4)), geometries([face]))
    assert len(cover.units[0]) == 1
    assert cover.parents == [[0]]
    assert cover.framed.tolist() == [True]
    assert cover.void.tolist() == [False]


def test_a_duplicate_does_not_cover_a_second_time() -> None:
    cover = Cover(site(town(4, 4, r9c0=rect(0, 0))), geometries([rect(0.2, 0.2, 0.1, 0.1)]))
    assert cover.units == [[0]]


def test_shared_borders_through_a_face_are_found_and_those_around_it_are_not() -> None:
    town_site = site(town(4, 4))
    matched, _ = match(town_site)
    through = edges_inside(town_site, matched, geometries([rect(0.5, 0.5)]))
    assert len(through) == 8  # four borders meet at the middle, each walked both ways
    assert np.isin([560_100.0, 4_120_100.0], through.ends).all()
    assert len(edges_inside(town_site, matched, geometries([rect(0, 0)]))) == 0
    assert len(edges_inside(town_site, matched, geometries([]))) == 0
