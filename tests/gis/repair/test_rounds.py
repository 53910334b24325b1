"""What a repair keeps, whatever was wrong: codes, the frame, what nobody complained of."""

from collections.abc import Sequence

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon

from gis.coverage import Action, Findings, Kind, Terms, find_defects
from gis.partition import Features, Partition, geometries
from gis.repair import Repaired, repair
from tests.gis.repair.spoilt import (
    FRAME,
    METRES,
    SIDE,
    SOUTH,
    WEST,
    city,
    communities,
    in_lonlat,
    in_order,
    moved,
    moves,
)

Moves = list[tuple[int, int, float, float]]
PARENTS = communities()
GROUND = {Kind.GAP, Kind.SLIVER_GAP, Kind.INLET, Kind.OVERLAP, Kind.SLIVER_OVERLAP,
          Kind.OUTSIDE_FRAME, Kind.CROSSES_PARENT}  # fmt: skip


def mend(partition: Partition, accepted: Sequence[str] = ()) -> Repaired:
    return repair(partition, FRAME, parents=PARENTS, accepted=accepted)


def check(partition: Partition) -> Findings:
    return find_defects(partition, FRAME, parents=PARENTS)


@settings(max_examples=20, deadline=None)
@given(changes=moves)
def test_codes_and_rows_stay_and_a_second_repair_changes_nothing(changes: Moves) -> None:
    spoilt = moved(city(), changes)
    once = mend(spoilt)
    assert once.partition.codes == spoilt.codes
    assert len(once.partition.geometries) == len(spoilt.geometries)
    again = mend(once.partition)
    assert again.done == ()
    assert all(
        new is old
        for new, old in zip(again.partition.geometries, once.partition.geometries, strict=True)
    )


@settings(max_examples=20, deadline=None)
@given(changes=moves)
def test_nothing_is_left_that_mends_itself_but_what_was_refused(changes: Moves) -> None:
    repaired = mend(moved(city(), changes))
    refused = {one.operation.finding for one in repaired.refused}
    left = {finding.key for finding in check(repaired.partition) if finding.fix.automatic}
    assert left <= refused


@settings(max_examples=12, deadline=None)
@given(changes=moves)
def test_only_units_named_in_a_finding_are_touched(changes: Moves) -> None:
    spoilt = moved(city(), changes)
    repaired = mend(spoilt)
    named = {row for operation in repaired.done for row in operation.rows}
    found = {row for finding in check(spoilt) for row in finding.rows}
    for row, (new, old) in enumerate(
        zip(repaired.partition.geometries, spoilt.geometries, strict=True)
    ):
        assert (new is old) or row in named
    assert {row for operation in repaired.done[:1] for row in operation.rows} <= found


@settings(max_examples=12, deadline=None)
@given(changes=moves, order=st.permutations(range(9)))
def test_row_order_never_matters(changes: Moves, order: list[int]) -> None:
    spoilt = moved(city(), changes)
    one, other = mend(spoilt).partition, mend(in_order(spoilt, order)).partition
    shapes = dict(zip(other.codes, other.geometries, strict=True))
    for code, shape in zip(one.codes, one.geometries, strict=True):
        assert shapely.area(shapely.symmetric_difference(shape, shapes[code])) < 1e-3


@settings(max_examples=12, deadline=None)
@given(changes=moves)
def test_what_mends_itself_ends_in_the_frame_and_in_its_community(changes: Moves) -> None:
    repaired = mend(moved(city(), changes))
    if any(finding.kind in GROUND for finding in check(repaired.partition)):
        return  # something was too wide, and stays
    parents = dict(zip(PARENTS.codes, PARENTS.geometries, strict=True))
    for code, shape in parents.items():
        children = [
            child
            for child, of in zip(
                repaired.partition.geometries, repaired.partition.parent_codes, strict=True
            )
            if of == code
        ]
        union = shapely.union_all(children)
        assert shapely.area(shapely.symmetric_difference(union, shape)) < 0.02
    assert sum(shape.area for shape in repaired.partition.geometries) == pytest.approx(
        FRAME.area, abs=0.02
    )


def test_a_gap_wider_than_agreed_is_filled_only_if_a_person_accepts_it() -> None:
    spoilt = moved(city(), [(0, 2, -30.0, 0.0), (0, 3, -30.0, 0.0), (0, 4, -30.0, 0.0)])
    (gap,) = check(spoilt)
    assert mend(spoilt).done == ()
    repaired = mend(spoilt, accepted=[gap.key])
    assert [operation.action for operation in repaired.done] == [Action.GIVE]
    assert check(repaired.partition) == []


def test_a_key_no_finding_has_is_told() -> None:
    assert mend(city(), accepted=["JW-C10-00000000"]).unknown == ("JW-C10-00000000",)


def test_a_copy_is_reported_and_dropped_only_if_a_person_accepts_it() -> None:
    twice = in_order(city(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 4])
    (copy,) = [finding for finding in check(twice) if finding.kind is Kind.DUPLICATE]
    assert mend(twice).partition is twice
    assert mend(twice, accepted=[copy.key]).partition.codes == city().codes


def test_a_lake_an_enclave_and_a_small_grid_stay_as_they_are() -> None:
    lake = shapely.box(500_040, 4_120_040, 500_060, 4_120_060)
    small = shapely.box(500_140, 4_120_140, 500_143, 4_120_143)
    shapes = [*city().geometries, small]
    shapes[0] = shapes[0].difference(lake)
    shapes[4] = shapes[4].difference(small)
    codes = (*city().codes, "g99")
    whole = Partition(
        codes, geometries(shapes), crs=METRES, parent_codes=(*city().parent_codes, "c1")
    )
    repaired = repair(whole, FRAME, parents=PARENTS, terms=Terms(voids=(lake,)))
    assert repaired.partition is whole


def test_units_in_degrees_keep_the_coordinates_that_did_not_have_to_change() -> None:
    in_degrees = in_lonlat(moved(city(), [(0, 3, -4.0, 0.0)]))
    repaired = repair(in_degrees, parents=in_lonlat(PARENTS))
    known = {tuple(xy) for xy in shapely.get_coordinates(in_degrees.geometries).tolist()}
    assert len(repaired.done) == 1
    assert {tuple(xy) for xy in shapely.get_coordinates(repaired.partition.geometries)} <= known


def footprint(west: float, south: float, width: float, height: float) -> Polygon:
    """Make a footprint, in metres from the south-west corner of the city."""
    return shapely.box(WEST + west, SOUTH + south, WEST + west + width, SOUTH + south + height)


def whole(compounds: Features, buildings: Features | None = None) -> tuple[Repaired, Findings]:
    """Accept that cut compounds and buildings are made whole, and check again."""

    def find(partition: Partition) -> Findings:
        return find_defects(
            partition, FRAME, parents=PARENTS, buildings=buildings, compounds=compounds
        )

    keys = [one.key for one in find(city())]
    mended = repair(city(), FRAME, parents=PARENTS, buildings=buildings, compounds=compounds,
                    accepted=keys)  # fmt: skip
    return mended, find(mended.partition)


def test_a_cut_compound_goes_to_the_grid_with_most_of_it_and_its_ground_alone() -> None:
    compound = footprint(30, 80, 30, 30)
    mended, left = whole(Features(("k",), geometries([compound]), crs=METRES))
    assert left == []
    grids = dict(zip(mended.partition.codes, mended.partition.geometries, strict=True))
    assert shapely.covers(grids["g00"], compound)
    assert grids["g00"].area == pytest.approx(SIDE**2 + 30 * 10)
    assert grids["g10"].area == pytest.approx(SIDE**2 - 30 * 10)


def test_a_compound_and_a_building_in_it_are_made_whole_by_one_change() -> None:
    compound, building = footprint(30, 80, 30, 30), footprint(35, 95, 10, 10)
    mended, left = whole(
        Features(("k",), geometries([compound]), crs=METRES),
        Features(("b",), geometries([building]), crs=METRES),
    )
    assert (left, mended.refused) == ([], ())
    assert len([one for one in mended.done if one.action is Action.MOVE]) == 1


def test_a_compound_that_would_break_a_grid_in_two_is_refused_and_its_building_still_mended() -> (
    None
):
    across = shapely.union(footprint(-0.0, 60, 100, 40), footprint(40, 100, 20, 100))
    building = footprint(45, 95, 8, 10)
    mended, left = whole(
        Features(("k",), geometries([across]), crs=METRES),
        Features(("b",), geometries([building]), crs=METRES),
    )
    assert [one.why_en for one in mended.refused] == ["it would fall into several parts"]
    assert [one.kind for one in left] == [Kind.COMPOUND_CUT]
