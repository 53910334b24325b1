"""Locators that are changed in one grid, kept in a file, or do without compiled code."""

from pathlib import Path

import numpy as np
import pytest
import shapely
from numpy.testing import assert_array_equal

from gis import borders, locator
from gis.errors import CodeError, GeometryError, JingweiError
from gis.locator import How, Locations, Locator
from tests.gis.test_cells import PLACES, tempting_points, voronoi_city
from tests.worlds import holed_city, square, square_city

CITY = list(voronoi_city(80, PLACES[1]))[5:]  # without some: gaps
CODES = [f"g{number:02d}" for number in range(len(CITY))]
POINTS = tempting_points(np.array(CITY, dtype=object), 7, 400)


def locate(locator: Locator) -> Locations:
    return locator.locate(POINTS[:, 0], POINTS[:, 1])


def assert_same(one: Locations, other: Locations) -> None:
    assert_array_equal(one.rows, other.rows)
    assert_array_equal(one.how, other.how)
    assert_array_equal(one.nearest_rows, other.nearest_rows)
    assert one.border_distance_m == pytest.approx(other.border_distance_m, abs=1e-6)
    assert one.nearest_distance_m == pytest.approx(other.nearest_distance_m, abs=1e-6)


def test_a_loaded_locator_answers_like_the_saved(tmp_path: Path) -> None:
    made = Locator(CODES, CITY, gap_tolerance_m=3.0)
    made.save(tmp_path / "city.index")
    loaded = Locator.load(tmp_path / "city.index")
    assert_same(locate(loaded), locate(made))
    lon, lat = POINTS[0]
    assert loaded.locate_one(lon, lat) == made.locate_one(lon, lat)
    assert loaded.find(lon, lat) == made.find(lon, lat)
    assert [path.name for path in tmp_path.iterdir()] == ["city.index"]


def test_a_loaded_locator_can_be_changed_and_the_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "city.index"
    Locator(CODES, CITY).save(path)
    before = path.read_bytes()
    smaller = shapely.buffer(CITY[7], -1e-4)
    changed = Locator.load(path).replaced(["g07"], [smaller])
    assert path.read_bytes() == before
    assert_same(locate(changed), locate(Locator(CODES, [*CITY[:7], smaller, *CITY[8:]])))


def test_a_changed_locator_is_that_of_the_changed_city() -> None:
    made = Locator(CODES, CITY)
    before = locate(made)
    one, two = (shapely.buffer(CITY[row], -1e-4) for row in (3, 40))
    changed = made.replaced(["g40", "g03"], [two, one])
    city = [*CITY]
    city[3], city[40] = one, two
    assert_same(locate(changed), locate(Locator(CODES, city)))
    assert_same(locate(changed.replaced(["g03", "g40"], [CITY[3], CITY[40]])), before)
    assert_same(locate(made), before)


def test_only_grids_that_are_there_can_be_changed() -> None:
    with pytest.raises(CodeError, match="no grid new to change"):
        Locator(*square_city(2)).replaced(["new"], [square(0, 0)])
    with pytest.raises(GeometryError, match="r0c0 has no polygon"):
        Locator(*square_city(2)).replaced(["r0c0"], [shapely.Polygon()])


@pytest.mark.parametrize("content", [b"", b"something else, long enough to be a header"])
def test_what_is_no_index_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(JingweiError, match="other"):
        Locator.load(path)


def test_without_compiled_code_answers_are_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    compiled = locate(Locator(CODES, CITY)), locate(Locator(*holed_city()))
    for module in (locator, borders):
        monkeypatch.setattr(module, "HAVE_NUMBA", False)
    plain = Locator(CODES, CITY)
    assert_same(locate(plain), compiled[0])
    assert_same(locate(Locator(*holed_city())), compiled[1])
    plain.save(tmp_path / "city.index")
    assert_same(locate(Locator.load(tmp_path / "city.index")), compiled[0])


def test_numbers_too_small_for_doubles_are_settled_exactly() -> None:
    tiny = 1e-200  # squared it is no double
    made = Locator(["a"], [shapely.Polygon([(-1, -1), (1, -1), (1, 1)])])
    found = made.locate([tiny, tiny, tiny], [2 * tiny, tiny, tiny / 2])
    assert found.rows.tolist() == [-1, 0, 0]
    assert [list(How)[how] for how in found.how] == [How.OUTSIDE, How.EDGE, How.INSIDE]
    assert made.find(tiny, 2 * tiny) is None
    small = Locator(["a"], [shapely.Polygon([(tiny, -1), (1, -1), (1, 1)])])
    assert small.find(0.5, 0.0) is None  # the edge passes it to the east, by half of tiny
    assert small.find(0.6, 0.0) == "a"
    assert small.find(tiny, -1) == "a"


def test_not_measuring_distances_changes_nothing_else() -> None:
    made = Locator(CODES, CITY)
    full, quick = locate(made), made.locate(POINTS[:, 0], POINTS[:, 1], distances=False)
    inside = full.how == 0
    assert np.isnan(quick.border_distance_m[inside]).all()
    assert_array_equal(quick.border_distance_m[~inside], full.border_distance_m[~inside])
    assert_array_equal(quick.rows, full.rows)
