"""Faults of borders: vertices on one side, parts apart, outlines delivered twice."""

import shapely
from shapely import MultiPolygon, Polygon

from gis.coverage import Action, Kind, Terms
from tests.gis.coverage.towns import check, kinds, only, rect, shape, town

APART = rect(2.4, 2.4, 0.2, 0.2)
HOST = Polygon(rect(2, 2).exterior, [APART.exterior])


def test_a_vertex_on_one_side_only_is_to_be_added_to_the_other() -> None:
    bent = shape((100, 100), (200, 100), (200, 140), (200, 200), (100, 200))
    found = only(check(town(r1c1=bent)), Kind.UNMATCHED_VERTEX)
    assert found.codes == ("r1c2", "r1c1")
    assert (found.fix.action, found.fix.to) == (Action.INSERT_VERTEX, "r1c2")
    assert found.geometry == shape((200, 140), (200, 140), (200, 140)).centroid


def test_a_vertex_a_tenth_of_a_millimetre_off_is_unmatched_and_no_gap() -> None:
    bent = shape((100, 100), (200, 100), (199.9999, 140), (200, 200), (100, 200))
    assert only(check(town(r1c1=bent)), Kind.UNMATCHED_VERTEX).codes == ("r1c2", "r1c1")


def test_a_vertex_half_a_millimetre_off_is_a_sliver_of_its_width() -> None:
    bent = shape((100, 100), (200, 100), (199.9995, 140), (200, 200), (100, 200))
    found = only(check(town(r1c1=bent)), Kind.SLIVER_GAP)
    assert 0.0003 < (found.width_m or 0.0) <= 0.0005
    assert set(found.codes) == {"r1c1", "r1c2"}


def test_a_vertex_at_the_rim_of_a_gap_belongs_to_the_gap() -> None:
    assert kinds(check(town(r1c1=rect(1, 1, 0.9, 1)))) == [Kind.GAP]


def test_a_part_apart_is_an_exclave_and_goes_to_its_host() -> None:
    found = only(check(town(r0c0=MultiPolygon([rect(0, 0), APART]), r2c2=HOST)), Kind.EXCLAVE)
    assert found.codes == ("r0c0", "r2c2")
    assert found.geometry is not None
    assert found.geometry.equals(APART)
    assert (found.fix.action, found.fix.to, found.fix.automatic) == (Action.MOVE, "r2c2", False)


def test_a_declared_enclave_is_no_fault() -> None:
    shapes = town(r0c0=MultiPolygon([rect(0, 0), APART]), r2c2=HOST)
    assert check(shapes, terms=Terms(enclaves=frozenset({"r0c0"}))) == []


def test_parts_that_touch_at_a_corner_are_apart() -> None:
    shapes = town(2, 2, r0c0=MultiPolygon([rect(0, 0), rect(1, 1)]))
    del shapes["r1c1"]
    assert only(check(shapes), Kind.EXCLAVE).area_m2 == 10_000.0


def test_an_outline_delivered_twice_is_found_however_its_ring_starts_and_runs() -> None:
    turned = shapely.reverse(shape((200, 200), (100, 200), (100, 100), (200, 100)))
    found = only(check(town(copy=turned)), Kind.DUPLICATE)
    assert found.codes == ("r1c1", "copy")
    assert (found.fix.action, found.fix.automatic) == (Action.DROP_COPY, False)


def test_three_copies_are_two_findings() -> None:
    assert kinds(check(town(copy=rect(1, 1), again=rect(1, 1)))) == [Kind.DUPLICATE] * 2
