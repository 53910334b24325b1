"""Sheets in GCJ-02 or BD-09 are one finding, and other faults in them are still seen."""

import numpy as np
import pytest
import shapely

from gis.coverage import Action, Findings, Kind, find_defects
from gis.crs import LONLAT_CRS, to_lonlat, to_planar
from gis.datum import Datum, from_cgcs2000
from tests.gis.coverage.towns import (
    HALVES,
    PLANE,
    Shapes,
    homes,
    kinds,
    only,
    rect,
    town,
    units,
)


def shifted(shapes: Shapes, datum: Datum, *, degrees: bool) -> Shapes:
    """Write shapes in another datum."""

    def move(xy: np.ndarray) -> np.ndarray:
        lon, lat = from_cgcs2000(*to_lonlat(xy[:, 0], xy[:, 1], PLANE), datum)
        return np.column_stack((lon, lat) if degrees else to_planar(lon, lat, PLANE))

    return {code: shapely.transform(one, move) for code, one in shapes.items()}


def check(shapes: Shapes, sheet: Shapes, *, degrees: bool = False) -> Findings:
    parents: Shapes = {**HALVES}
    if degrees:
        shapes, parents = (in_degrees(layer) for layer in (shapes, parents))
    crs = LONLAT_CRS if degrees else PLANE
    grids = units(shapes | sheet, homes(shapes), crs=crs)
    return find_defects(grids, parents=units(parents, crs=crs))


def in_degrees(shapes: Shapes) -> Shapes:
    return shifted(shapes, Datum.CGCS2000, degrees=True)


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
@pytest.mark.parametrize("degrees", [False, True])
def test_a_shifted_sheet_is_one_finding_that_names_its_datum(
    datum: Datum, *, degrees: bool
) -> None:
    west = {code: one for code, one in town(4, 4).items() if code[-1] in "01"}
    found = check(town(4, 4), shifted(west, datum, degrees=degrees), degrees=degrees)
    sheet = only(found, Kind.SHIFTED_SHEET)
    assert set(sheet.codes) == set(west)
    assert (sheet.fix.action, sheet.fix.to) == (Action.CONVERT, datum.value)
    assert sheet.owners == ("west",)


def test_a_fault_within_a_shifted_sheet_is_still_seen() -> None:
    west = {code: one for code, one in town(4, 4, r1c1=rect(1, 1, 0.9, 1)).items()
            if code[-1] in "01"}  # fmt: skip
    found = check(town(4, 4), shifted(west, Datum.GCJ02, degrees=False))
    assert kinds(found) == [Kind.SHIFTED_SHEET, Kind.GAP]
    assert found[1].area_m2 == pytest.approx(1000.0, rel=1e-3)


def test_a_whole_city_in_another_datum_is_told_by_its_frame() -> None:
    grids = units(shifted(town(), Datum.GCJ02, degrees=False))
    assert kinds(find_defects(grids, rect(0, 0, 3, 3))) == [Kind.SHIFTED_SHEET]


def test_a_sheet_moved_by_anything_else_is_not_called_shifted() -> None:
    west = {code: shapely.transform(one, lambda xy: xy + 300.0)
            for code, one in town(4, 4).items() if code[-1] in "01"}  # fmt: skip
    assert Kind.SHIFTED_SHEET not in kinds(check(town(4, 4), west))
