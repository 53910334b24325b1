"""A site brings everything into one plane and knows which parent a unit belongs to."""

import pytest
import shapely

from gis.coverage import Kind
from gis.coverage.rules import USUAL
from gis.coverage.site import make_site
from tests.gis.coverage.towns import HALVES, homes, kinds, rect, shape, town, units

TOWN = town(4, 4)


def test_a_unit_belongs_to_the_parent_it_declares_wherever_it_lies() -> None:
    grids = units(TOWN, homes(TOWN) | {"r0c0": "east"})
    site, found = make_site(grids, None, units(HALVES), USUAL)
    assert site.home[0] == 1
    assert found == []


def test_a_unit_that_declares_none_belongs_to_the_one_with_most_of_it() -> None:
    shapes = {"a": rect(1.2, 0), "b": rect(1.8, 1)}
    site, found = make_site(units(shapes), None, units(HALVES), USUAL)
    assert site.home.tolist() == [0, 1]
    assert found == []


def test_where_some_declare_a_parent_those_that_do_not_are_named() -> None:
    grids = units(TOWN, homes(TOWN) | {"r0c0": None, "r3c3": "north"})
    site, found = make_site(grids, None, units(HALVES), USUAL)
    assert kinds(found) == [Kind.UNKNOWN_PARENT] * 2
    assert [one.fix.to for one in found] == ["west", "east"]
    assert (site.home[0], site.home[15]) == (0, 1)


def test_copies_are_like_the_first_of_them() -> None:
    turned = shapely.reverse(shape((100, 100), (0, 100), (0, 0), (100, 0)))
    site, _ = make_site(units(TOWN | {"copy": turned}), None, None, USUAL)
    assert site.alike.tolist() == [*range(16), 0]


@pytest.mark.parametrize(("crs", "expected_m"), [("EPSG:4546", (1.0, 1.0)), ("EPSG:4547", (1, 1))])
def test_true_metres_are_measured_as_they_are(crs: str, expected_m: tuple[float, float]) -> None:
    site, _ = make_site(units({"a": rect(0, 0)}, crs=crs), None, None, USUAL)
    assert site.plane == crs
    assert site.metres_per_unit == expected_m


def test_a_metre_of_web_mercator_is_shorter() -> None:
    west, south = 12_431_600.0, 4_468_500.0  # the sample city
    square = shapely.box(west, south, west + 100, south + 100)
    site, _ = make_site(units({"a": square}, crs="EPSG:3857"), None, None, USUAL)
    assert site.plane == "EPSG:4546"
    assert site.metres_per_unit == pytest.approx((0.796, 0.796), abs=0.004)
