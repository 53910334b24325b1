"""
Whole sheets in another datum than they are labelled with.

The units of a parent that lie outside of it are read as GCJ-02 and as BD-09. If that, and nothing
but that, puts them into their parent, the sheet is shifted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.coverage.findings import Action, Finding, Fix
from gis.coverage.rules import Kind
from gis.coverage.screen import is_lonlat, to_metres
from gis.crs import LONLAT_CRS, transformer
from gis.datum import Datum, to_cgcs2000
from gis.partition import geometries

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.coverage.findings import Findings
    from gis.coverage.site import Site
    from gis.partition import Geometries, Ints

DATUMS = (Datum.GCJ02, Datum.BD09)
_CALLED = {Datum.GCJ02: "GCJ-02", Datum.BD09: "BD-09"}
_LEFT_M = 100.0  # GCJ-02 shifts by more than this anywhere in the country
_INSIDE = 0.98  # of the sheet, after conversion: the rest is other faults


def undo_shifts(site: Site) -> tuple[Site, Findings]:
    """
    Find shifted sheets and put them where they belong, so that other faults can be seen.

    Returns
    -------
    site, findings
        One finding for each datum, whatever the number of sheets.
    """
    sheets = _sheets(site)
    given, polygons = site.given.copy(), site.polygons.copy()
    findings = []
    for datum in DATUMS:
        rows: list[int] = []
        for sheet, target in sheets:
            converted = read_as(site, sheet, datum)
            in_metres = to_metres(converted, site.units.crs, site.plane)
            if _share_inside(in_metres, target) >= _INSIDE:
                given[sheet], polygons[sheet] = converted, in_metres
                rows += sheet.tolist()
        if rows:
            findings.append(_finding(site, sorted(rows), datum))
    return replace(site, given=given, polygons=polygons), findings


def _sheets(site: Site) -> list[tuple[Ints, Geometries]]:
    """List rows that belong together and lie elsewhere, with where they should be."""
    there = ~shapely.is_missing(site.polygons)
    if site.parents is not None:
        groups = [
            (np.flatnonzero((site.home == parent) & there), site.parent_polygons[[parent]])
            for parent in np.unique(site.home[site.home >= 0]).tolist()
            if site.parent_polygons[parent] is not None
        ]
    elif site.frame is not None:
        groups = [(np.flatnonzero(there), geometries([site.frame]))]
    else:
        return []
    bounds, sheets = shapely.bounds(site.polygons), []
    for rows, target in groups:
        if not len(rows):
            continue
        box = shapely.bounds(target[0])
        low, high = bounds[rows, :2].min(axis=0), bounds[rows, 2:].max(axis=0)
        apart = np.abs(np.concatenate([low - box[:2], high - box[2:]])).max()
        if (
            apart > _LEFT_M
            and _share_inside(site.polygons[rows], target) < 1.0 - site.terms.parent_share
        ):
            sheets.append((rows, target))
    return sheets


def _share_inside(polygons: Geometries, target: Geometries) -> float:
    inside = shapely.area(shapely.intersection(polygons, target[0])).sum()
    return float(inside / shapely.area(polygons).sum())


def read_as(site: Site, rows: Ints, datum: Datum) -> Geometries:
    """Convert units from a datum to the one they are labelled with, in the CRS delivered."""
    crs = site.units.crs

    def convert(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        if is_lonlat(crs):
            return np.column_stack(to_cgcs2000(xy[:, 0], xy[:, 1], datum))
        lon, lat = transformer(crs, LONLAT_CRS).transform(xy[:, 0], xy[:, 1])
        lon, lat = to_cgcs2000(lon, lat, datum)
        return np.column_stack(transformer(LONLAT_CRS, crs).transform(lon, lat))

    converted: Geometries = shapely.transform(site.given[rows], convert)
    return converted


def _finding(site: Site, rows: list[int], datum: Datum) -> Finding:
    ground = shapely.union_all(site.polygons[rows])
    homes = sorted({int(site.home[row]) for row in rows})
    owners = () if site.parents is None else tuple(site.parents.codes[home] for home in homes)
    return Finding(
        Kind.SHIFTED_SHEET, tuple(rows), tuple(site.units.codes[row] for row in rows),
        ground, area_m2=float(ground.area), owners=owners, detail=_CALLED[datum],
        fix=Fix(Action.CONVERT, datum.value, automatic=True),
    )  # fmt: skip
