"""Vertices that blocks share: moved, inserted and removed for all of them, or not at all."""

from __future__ import annotations

import pytest
import shapely

from gis.edit import EditError, InsertVertex, MoveVertex, Plan, RemoveVertex, apply
from tests.plans import at, toy_plan


@pytest.fixture
def plan() -> Plan:
    return toy_plan()


def vertices(plan: Plan, block: str) -> set[tuple[float, ...]]:
    return set(map(tuple, shapely.get_coordinates(plan.shapes[block].shape).tolist()))


def test_a_vertex_moves_for_all_blocks_that_share_it(plan: Plan) -> None:
    done = apply(plan, MoveVertex(at=at(2, 2), to=at(2.25, 2.125)))
    assert {item.code for item in done.changes} == {"K11", "K12", "K21", "K22"}
    for block in ("K11", "K12", "K21", "K22"):
        assert at(2.25, 2.125) in vertices(done.plan, block)
        assert at(2, 2) not in vertices(done.plan, block)


def test_half_a_metre_beside_a_vertex_is_near_enough_and_more_is_not(plan: Plan) -> None:
    lon, lat = at(2, 2)
    assert apply(plan, MoveVertex(at=(lon + 4e-6, lat), to=at(2.25, 2))).changes
    with pytest.raises(EditError, match="no vertex within"):
        apply(plan, MoveVertex(at=(lon + 8e-6, lat), to=at(2.25, 2)))


@pytest.mark.parametrize(
    ("to", "why"),
    [
        (at(3.5, 2), "cross itself|overlap|building"),  # beyond the neighbour's far side
        (at(2.5, 2.5), "building"),
        (at(3, 2), "a vertex at"),
    ],
)
def test_a_vertex_is_not_moved_where_borders_would_cross(
    plan: Plan, to: tuple[float, float], why: str
) -> None:
    with pytest.raises(EditError, match=why):
        apply(plan, MoveVertex(at=at(2, 2), to=to))


@pytest.mark.parametrize("corner", [at(0, 2), at(6, 6), at(3, 0)])
def test_the_outline_of_the_city_stays(plan: Plan, corner: tuple[float, float]) -> None:
    inwards = (corner[0] * 0.9999 + at(3, 3)[0] * 0.0001, corner[1] * 0.9999 + at(3, 3)[1] * 0.0001)
    with pytest.raises(EditError, match="outline"):
        apply(plan, MoveVertex(at=corner, to=inwards))


def test_a_vertex_is_inserted_on_the_border_for_both_neighbours(plan: Plan) -> None:
    lon, lat = at(2, 2.25)
    after = apply(plan, InsertVertex(at=(lon + 1e-5, lat))).plan
    assert (lon, lat) in vertices(after, "K12") & vertices(after, "K22")
    for block in ("K12", "K22"):
        assert after.shapes[block].shape.equals(plan.shapes[block].shape)


def test_a_vertex_is_not_inserted_far_from_any_border_nor_twice(plan: Plan) -> None:
    with pytest.raises(EditError, match="no border within"):
        apply(plan, InsertVertex(at=at(2.5, 2.5)))
    with pytest.raises(EditError, match="already"):
        apply(plan, InsertVertex(at=at(2, 2)))


def test_a_removed_bend_is_straight_again(plan: Plan) -> None:
    inserted = apply(plan, InsertVertex(at=at(2, 2.25))).plan
    bent = apply(inserted, MoveVertex(at=at(2, 2.25), to=at(2.25, 2.25))).plan
    straight = apply(bent, RemoveVertex(at=at(2.25, 2.25))).plan
    assert straight.hash == plan.hash


def test_a_node_where_borders_meet_is_not_removed(plan: Plan) -> None:
    with pytest.raises(EditError, match="4 borders meet"):
        apply(plan, RemoveVertex(at=at(2, 2)))


def test_a_corner_of_the_city_is_not_removed(plan: Plan) -> None:
    with pytest.raises(EditError, match="outline"):
        apply(plan, RemoveVertex(at=at(0, 0)))
