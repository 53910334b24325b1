"""Operations one by one: done whole or refused with a reason."""

from dataclasses import replace

import pytest
import shapely
from shapely import MultiPoint, Polygon

from gis.coverage import Action
from gis.errors import GeometryError
from gis.partition import Partition
from gis.repair import Operation, apply
from tests.gis.repair.spoilt import SOUTH, WEST, city, with_shape

STRIP = shapely.box(WEST + 96, SOUTH, WEST + 100, SOUTH + 100)


def cut_back() -> Partition:
    """Take a strip of 4 m from the first grid, so that there is a gap to its eastern neighbour."""
    corners = [(0, 0), (50, 0), (96, 0), (96, 50), (96, 100), (50, 100), (0, 100), (0, 50)]
    return with_shape(city(), 0, Polygon([(WEST + x, SOUTH + y) for x, y in corners]))


def on_ground(action: Action, **more: object) -> Operation:
    rows = tuple(sorted({*more.get("losing", ()), more["to_row"]} - {None}))  # type: ignore[misc]
    return Operation(action, "JW-X", rows, geometry=STRIP, **more)  # type: ignore[arg-type]


def test_ground_of_nobody_is_given_without_moving_a_vertex() -> None:
    given = apply(cut_back(), [on_ground(Action.GIVE, to_row=0)])
    assert given.refused == ()
    assert given.partition.geometries[0].equals(city().geometries[0])
    assert given.partition.geometries[1] is cut_back().geometries[1] or shapely.equals_identical(
        given.partition.geometries[1], city().geometries[1]
    )


def test_ground_of_two_is_taken_from_all_but_one() -> None:
    wide = [(96, 0), (150, 0), (200, 0), (200, 50), (200, 100), (150, 100), (96, 100)]
    over = with_shape(city(), 1, Polygon([(WEST + x, SOUTH + y) for x, y in wide]))
    taken = apply(over, [on_ground(Action.TAKE, to_row=0, losing=(1,))]).partition
    assert taken.geometries[0].equals(city().geometries[0])
    assert taken.geometries[1].equals(city().geometries[1])


def test_ground_moves_from_one_to_another() -> None:
    moved = apply(city(), [on_ground(Action.MOVE, to_row=1, losing=(0,))]).partition
    assert moved.geometries[0].area == pytest.approx(9_600.0)
    assert moved.geometries[1].area == pytest.approx(10_400.0)
    assert shapely.coverage_is_valid(moved.geometries[:2])


def test_the_order_of_operations_does_not_matter() -> None:
    one = on_ground(Action.GIVE, to_row=0)
    other = Operation(
        Action.MOVE, "JW-Y", (4, 5), losing=(4,), to_row=5,
        geometry=shapely.box(WEST + 196, SOUTH + 100, WEST + 200, SOUTH + 200),
    )  # fmt: skip
    forth, back = (apply(cut_back(), order).partition for order in ([one, other], [other, one]))
    assert all(
        shapely.equals_identical(a, b)
        for a, b in zip(forth.geometries, back.geometries, strict=True)
    )


def test_ground_that_is_somebodys_already_is_not_given() -> None:
    given = apply(city(), [on_ground(Action.GIVE, to_row=0)])
    assert [one.operation.action for one in given.refused] == [Action.GIVE]
    assert given.done == ()
    assert given.partition.geometries[0].equals(city().geometries[0])


def test_what_would_leave_a_unit_in_two_parts_is_refused_and_the_others_are_done() -> None:
    across = Operation(
        Action.MOVE, "JW-Y", (0, 1), losing=(0,), to_row=1,
        geometry=shapely.box(WEST, SOUTH + 50, WEST + 96, SOUTH + 60),
    )  # fmt: skip
    applied = apply(city(), [across, on_ground(Action.MOVE, to_row=1, losing=(0,))])
    assert [one.operation for one in applied.refused] == [across]
    assert "parts" in applied.refused[0].why_en
    assert applied.partition.geometries[0].area == pytest.approx(9_600.0)


def test_what_would_leave_nothing_of_a_unit_is_refused() -> None:
    whole = replace(on_ground(Action.MOVE, to_row=1, losing=(0,)), geometry=city().geometries[0])
    applied = apply(city(), [whole])
    assert "nothing" in applied.refused[0].why_en


def test_a_missing_vertex_is_put_in_and_one_a_hair_off_is_moved() -> None:
    corners = [(0, 0), (50, 0), (100, 0), (100.0001, 50), (100, 100), (0, 100)]
    first = with_shape(city(), 0, Polygon([(WEST + x, SOUTH + y) for x, y in corners]))
    points = MultiPoint([(WEST + 100, SOUTH + 50), (WEST + 50, SOUTH + 100)])
    operation = Operation(Action.INSERT_VERTEX, "JW-X", (0,), to_row=0, geometry=points)
    shared = apply(first, [operation]).partition.geometries[0]
    has = {tuple(xy) for xy in shapely.get_coordinates(shared).tolist()}
    assert {(point.x, point.y) for point in points.geoms} <= has
    assert shared.equals(shapely.box(WEST, SOUTH, WEST + 100, SOUTH + 100))


def test_a_ring_that_crosses_itself_is_made_valid() -> None:
    bow = Polygon([(WEST, SOUTH), (WEST + 9, SOUTH + 9), (WEST + 9, SOUTH), (WEST, SOUTH + 9)])
    made = apply(with_shape(city(), 0, bow), [Operation(Action.UNCROSS, "JW-X", (0,))])
    assert made.partition.geometries[0].is_valid
    assert made.partition.geometries[0].area == pytest.approx(bow.envelope.area / 2)


def test_parents_are_set_and_outlines_stay_the_same_objects() -> None:
    before = city()
    set_ = apply(before, [Operation(Action.SET_PARENT, "JW-X", (0,), value="c2")]).partition
    assert set_.parent_codes == ("c2", *before.parent_codes[1:])
    assert all(a is b for a, b in zip(set_.geometries, before.geometries, strict=True))


def test_a_row_that_is_not_there_is_an_error_that_names_it() -> None:
    with pytest.raises(GeometryError, match=r"rows \(9,\)"):
        apply(city(), [Operation(Action.UNCROSS, "JW-X", (9,))])
