"""What a grid line must not cut: buildings, which have one address, and compounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.coverage.findings import Finding
from gis.coverage.rules import Kind
from gis.coverage.screen import to_metres
from gis.crs import parse_crs
from gis.errors import CrsError

if TYPE_CHECKING:
    from gis.coverage.findings import Findings
    from gis.coverage.site import Site
    from gis.partition import Features, Floats, Geometries, Ints

_TOUCHED_SHARE = 1e-6  # less than this of a footprint is rounding


def building_findings(site: Site, buildings: Features) -> Findings:
    """
    Name buildings in no grid, in two, and those a grid line runs through.

    A building of which `terms.building_share` lies in one grid is wholly in it.
    """
    shapes = _footprints(site, buildings)
    findings = []
    inside, at, grid, share = _shares(site, shapes)
    for row in np.flatnonzero(~inside & ~shapely.is_missing(shapes)).tolist():
        mine = at == row
        shares, grids = share[mine], grid[mine]
        whole = site.terms.building_share
        total = float(shares.sum()) if shares.size else 0.0
        order = np.argsort(-shares, kind="stable")
        rows = tuple(int(grids[i]) for i in order if shares[i] > _TOUCHED_SHARE)
        if shares.size and (shares >= whole).sum() > 1:
            kind = Kind.BUILDING_IN_TWO
        elif shares.size and shares.max() >= whole:
            continue
        elif total <= whole:
            kind = Kind.BUILDING_IN_NO_GRID
        else:
            kind = Kind.BUILDING_IN_TWO if total > 2.0 - whole else Kind.BUILDING_CUT
        detail = f"{(total if kind is Kind.BUILDING_IN_NO_GRID else float(shares.max())):.0%}"
        findings.append(_finding(site, kind, buildings.codes[row], shapes[row], rows, detail))
    return findings


def compound_findings(site: Site, compounds: Features) -> Findings:
    """Name compounds a grid line runs through: one address, but two officers."""
    shapes = _footprints(site, compounds)
    findings = []
    inside, at, grid, share = _shares(site, shapes)
    for row in np.flatnonzero(~inside & ~shapely.is_missing(shapes)).tolist():
        mine = (at == row) & (share > 1.0 - site.terms.compound_share)
        if mine.sum() < 2 or share[mine].max() >= site.terms.compound_share:  # noqa: PLR2004
            continue
        order = np.argsort(-share[mine], kind="stable")
        rows = tuple(int(one) for one in grid[mine][order])
        detail = f"{share[mine].max():.0%}"
        code = compounds.codes[row]
        findings.append(_finding(site, Kind.COMPOUND_CUT, code, shapes[row], rows, detail))
    return findings


def _footprints(site: Site, features: Features) -> Geometries:
    """Bring footprints to metres; those that cannot be measured are left out, as None."""
    if parse_crs(features.crs) != parse_crs(site.units.crs):
        raise CrsError(
            f"buildings and compounds are in {features.crs}, grids in {site.units.crs}: bring "
            "them into one CRS"
        )
    shapes = to_metres(features.geometries.copy(), features.crs, site.plane)
    fit = shapely.is_valid(shapes) & (shapely.area(shapes) > 0.0)
    shapes[~fit] = None
    return shapes


def _shares(
    site: Site, shapes: Geometries
) -> tuple[np.ndarray[tuple[int], np.dtype[np.bool_]], Ints, Ints, Floats]:
    """
    Find which footprints lie in one grid alone, and for the others the shares of each grid.

    Returns
    -------
    inside
        (n,) whether the footprint is within exactly one grid and touches no other's ground.
    at, grid, share
        Pairs of footprint and grid, and how much of the footprint the grid has.
    """
    first = site.alike == np.arange(len(site.alike))
    units = site.polygons.copy()
    units[~first] = None
    tree = shapely.STRtree(units)
    at, grid = tree.query(shapes, "intersects")
    alone = np.bincount(at, minlength=len(shapes)) == 1
    within = np.zeros(len(shapes), bool)
    single = alone[at]
    shapely.prepare(units)
    within[at[single]] = shapely.covers(units[grid[single]], shapes[at[single]])
    rest = ~within[at]
    at, grid = at[rest], grid[rest]
    share = shapely.area(shapely.intersection(shapes[at], units[grid])) / shapely.area(shapes[at])
    return within, at, grid, share


def _finding(
    site: Site, kind: Kind, code: str, shape: shapely.Polygon, rows: tuple[int, ...], detail: str
) -> Finding:
    owners = tuple(site.units.codes[row] for row in rows)
    return Finding(
        kind, rows, (code, *owners), shape, float(shape.area), owners=owners, detail=detail
    )
