"""Coordinates that are not what the CRS says are read as what they are, or set aside; both said."""

from collections.abc import Callable

import numpy as np
import pytest
import shapely

from gis.coverage import Findings, Kind, find_defects
from gis.crs import transformer
from gis.errors import CrsError
from gis.partition import Features
from tests.gis.coverage.towns import (
    HALVES,
    PLANE,
    Shapes,
    check,
    features,
    homes,
    kinds,
    only,
    rect,
    town,
    units,
)

FAULTY = town(4, 4, r1c1=rect(1, 1, 1.1, 1))  # 10 m over r1c2: 1,000 m2


def moved(shapes: Shapes, crs: str, *, exchange: bool = False) -> Shapes:
    """Bring shapes to another CRS, both coordinates exchanged if asked."""

    def to_crs(xy: np.ndarray) -> np.ndarray:
        there = np.column_stack(transformer(PLANE, crs).transform(xy[:, 0], xy[:, 1]))
        return there[:, ::-1] if exchange else there

    return {code: shapely.transform(one, to_crs) for code, one in shapes.items()}


def checked(move: Callable[[Shapes], Shapes], label: str) -> Findings:
    """Check the faulty town with everything around it moved, under a label."""
    grids = units(move(FAULTY), homes(FAULTY), crs=label)
    parents = units(move({**HALVES}), crs=label)
    frame = move({"frame": rect(0, 0, 4, 4)})["frame"]
    return find_defects(grids, frame, parents=parents)  # type: ignore[arg-type]  # a polygon


@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:4326", "EPSG:3857", "EPSG:4525"])
def test_the_same_fault_is_measured_the_same_in_every_crs(crs: str) -> None:
    found = only(checked(lambda shapes: moved(shapes, crs), crs), Kind.OVERLAP)
    assert found.area_m2 == pytest.approx(1000.0, rel=1e-6)
    assert found.width_m == pytest.approx(10.0, rel=1e-6)


@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:4326", "EPSG:4525", PLANE])
def test_a_layer_with_coordinates_exchanged_is_read_the_other_way_round_and_told(crs: str) -> None:
    found = checked(lambda shapes: moved(shapes, crs, exchange=True), crs)
    assert kinds(found) == [Kind.WRONG_UNITS, Kind.WRONG_UNITS, Kind.OVERLAP]
    assert found[2].area_m2 == pytest.approx(1000.0, rel=1e-6)


@pytest.mark.parametrize("exchange", [False, True])
def test_a_layer_in_degrees_labelled_with_metres_is_read_as_degrees_and_told(
    *, exchange: bool
) -> None:
    found = checked(lambda shapes: moved(shapes, "EPSG:4490", exchange=exchange), PLANE)
    assert kinds(found) == [Kind.WRONG_UNITS, Kind.WRONG_UNITS, Kind.OVERLAP]
    assert "度" in found[0].text_zh
    assert "degrees" in found[0].text_en
    assert found[2].area_m2 == pytest.approx(1000.0, rel=1e-6)


def test_metres_labelled_with_degrees_cannot_be_placed_and_every_row_is_named() -> None:
    found = only(find_defects(units(town(), crs="EPSG:4490")), Kind.WRONG_UNITS)
    assert len(found.rows) == 9
    assert "未参加检查" in found.text_zh


@pytest.mark.parametrize("exchange", [False, True])
def test_a_few_rows_in_other_units_are_set_aside_and_named_once(*, exchange: bool) -> None:
    shapes = town()
    odd = moved({"r1c1": shapes["r1c1"]}, PLANE if exchange else "EPSG:4490", exchange=exchange)
    found = check(shapes | odd)
    assert kinds(found) == [Kind.WRONG_UNITS, Kind.GAP]
    assert found[0].codes == ("r1c1",)


def test_a_frame_in_other_units_than_its_label_is_an_error() -> None:
    with pytest.raises(CrsError, match="the frame is not in EPSG:4490"):
        find_defects(units(moved(town(), "EPSG:4490"), crs="EPSG:4490"), rect(0, 0, 3, 3))


def test_buildings_may_be_in_another_crs() -> None:
    far = moved({"b1": rect(0.9, 1.2, 0.2, 0.2)}, "EPSG:4490")
    found = check(town(), buildings=features("EPSG:4490", **far))
    assert only(found, Kind.BUILDING_CUT).detail == "50%"


def test_parents_in_another_crs_and_units_in_feet_are_errors() -> None:
    with pytest.raises(CrsError, match="bring them into one CRS"):
        find_defects(units(town()), parents=units(HALVES, crs="EPSG:4547"))
    with pytest.raises(CrsError, match="metres"):
        find_defects(units(town(), crs="EPSG:2263"))


def test_streets_in_another_crs_still_say_where() -> None:
    street = shapely.LineString([(560_200, 4_120_000), (560_200, 4_120_400)])
    there = moved({"s": street}, "EPSG:4490")["s"]
    streets = Features(("s",), np.array([there]), ("府学街",))
    found = only(check(town(r1c1=rect(1, 1, 1.05, 1)), streets=streets), Kind.OVERLAP)
    assert found.text_zh.startswith("府学街附近：")
