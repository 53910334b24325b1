"""Properties of the whole check on lattices of faults, where edges and corners coincide."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon

from gis.coverage import Finding, Kind, Severity, find_defects, has_blocking
from gis.coverage.check import in_order
from tests.gis.coverage.towns import (
    HALVES,
    Shapes,
    check,
    check_nested,
    homes,
    kinds,
    rect,
    shuffled,
    town,
    units,
)

NOBODY = {Kind.GAP, Kind.SLIVER_GAP, Kind.INLET, Kind.PARENT_UNCOVERED}
TWICE = {Kind.OVERLAP, Kind.SLIVER_OVERLAP, Kind.DUPLICATE}
FRAME = rect(0, 0, 4, 4)
some = settings(max_examples=40, deadline=None)

# Each grid's four sides moved by whole halves of a square: overlaps, gaps and T-junctions that lie
# on one another, on borders of parents and on the frame.
shift = st.sampled_from([0.0, 0.0, 0.0, -0.5, 0.5])
changed = st.dictionaries(
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
    st.tuples(shift, shift, shift, shift),
    max_size=4,
)


def moved_town(changes: dict[tuple[int, int], tuple[float, float, float, float]]) -> Shapes:
    shapes = town(4, 4)
    for (row, column), (west, south, east, north) in changes.items():
        wide, high = 1 + east - west, 1 + north - south
        if wide > 0 and high > 0:
            shapes[f"r{row}c{column}"] = rect(column + west, row + south, wide, high)
    return shapes


def covered(shapes: Shapes) -> tuple[float, float]:
    """Count, on a raster of quarters of a square, what nobody and what several cover, in m2."""
    middles = np.arange(0.25, 4, 0.5)
    x, y = (axis.ravel() for axis in np.meshgrid(middles, middles))
    points = shapely.centroid([rect(a - 0.05, b - 0.05, 0.1, 0.1) for a, b in zip(x, y)])  # noqa: B905
    depth = np.sum([shapely.contains(one, points) for one in shapes.values()], axis=0)
    return float((depth == 0).sum() * 2500), float((depth > 1).sum() * 2500)


def area(found: list[Finding], wanted: set[Kind]) -> float:
    ground = [one.geometry for one in found if one.kind in wanted and one.layer == "grids"]
    return float(shapely.union_all(ground).area)


@some
@given(changed)
def test_ground_of_nobody_and_of_several_is_found_to_the_square_metre(
    changes: dict[tuple[int, int], tuple[float, float, float, float]],
) -> None:
    shapes = moved_town(changes)
    nobody, several = covered(shapes)
    found = check(shapes, frame=FRAME)
    assert area(found, NOBODY) == pytest.approx(nobody, abs=1e-6)
    inside = [one for one in found if one.kind in TWICE]
    overlapping = shapely.intersection(shapely.union_all([one.geometry for one in inside]), FRAME)
    assert overlapping.area == pytest.approx(several, abs=1e-6)


@some
@given(changed)
def test_union_and_gaps_make_the_frame(
    changes: dict[tuple[int, int], tuple[float, float, float, float]],
) -> None:
    shapes = moved_town(changes)
    found = check(shapes, frame=FRAME)
    union = shapely.intersection(shapely.union_all(list(shapes.values())), FRAME)
    assert union.area + area(found, NOBODY) == pytest.approx(FRAME.area, abs=1e-6)


@some
@given(changed)
def test_parents_change_whose_it_is_and_not_how_much(
    changes: dict[tuple[int, int], tuple[float, float, float, float]],
) -> None:
    shapes = moved_town(changes)
    nobody, _ = covered(shapes)
    found = check_nested(shapes)
    assert area(found, NOBODY) == pytest.approx(nobody, abs=1e-6)
    for one in found:
        if one.kind is Kind.CROSSES_PARENT:
            assert homes(shapes)[one.codes[0]] not in one.owners


@some
@given(changed, st.permutations(range(16)), st.integers(0, 3), st.booleans())
def test_row_order_and_start_and_direction_of_rings_never_matter(
    changes: dict[tuple[int, int], tuple[float, float, float, float]],
    order: list[int],
    start: int,
    turned: bool,  # noqa: FBT001 - Hypothesis gives it
) -> None:
    shapes = moved_town(changes)

    def redrawn(one: Polygon) -> Polygon:
        xy = list(one.exterior.coords)[:-1]
        ring = xy[start:] + xy[:start]
        return Polygon(ring[::-1] if turned else ring)

    def told(given_shapes: Shapes) -> list[tuple[object, ...]]:
        return sorted(
            (one.kind, tuple(sorted(one.codes[:2])), round(one.area_m2 or 0.0, 3), one.fix.to or "")
            for one in check_nested(given_shapes)
        )

    again = shuffled({code: redrawn(one) for code, one in shapes.items()}, order)  # type: ignore[arg-type]
    assert told(again) == told(shapes)


@some
@given(st.integers(1, 5), st.integers(1, 5))
def test_a_clean_coverage_has_no_finding(columns: int, rows: int) -> None:
    assert check(town(columns, rows)) == []
    assert check(town(columns, rows), frame=rect(0, 0, columns, rows)) == []


def test_the_worst_comes_first_then_by_rule_then_by_code() -> None:
    note = Finding(Kind.HEIGHTS, (0,), ("a",), None)
    later = Finding(Kind.OVERLAP, (0,), ("b",), None)
    gaps = [Finding(Kind.GAP, (0,), (code,), None) for code in ("b", "a")]
    assert in_order([note, later, *gaps]) == [gaps[1], gaps[0], later, note]


def test_parents_that_overlap_are_found_and_said_to_be_parents() -> None:
    parents = units(HALVES | {"east": rect(1.9, 0, 2.1, 4)})
    found = find_defects(units(town(4, 4), homes(town(4, 4))), parents=parents)
    assert kinds(found) == [Kind.OVERLAP]
    assert (found[0].layer, set(found[0].codes)) == ("parents", {"west", "east"})


def test_parents_that_leave_a_gap_in_the_frame_are_found() -> None:
    parents = units(HALVES | {"east": rect(2, 0, 1.9, 4)})
    found = find_defects(units(town(4, 4), homes(town(4, 4))), FRAME, parents=parents)
    assert [one.kind for one in found if one.layer == "parents"] == [Kind.INLET]


@pytest.mark.parametrize("severity", Severity)
def test_only_blocking_findings_forbid_publishing(severity: Severity) -> None:
    of = {
        Severity.BLOCKING: Kind.GAP,
        Severity.WARNING: Kind.POPULATION,
        Severity.NOTE: Kind.HEIGHTS,
    }
    assert has_blocking([Finding(of[severity], (0,), ("a",), None)]) == (severity == "blocking")
