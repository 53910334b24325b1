"""What a grid line must not cut: buildings, which have one address, and compounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.coverage.findings import ASK, Action, Finding, Fix
from gis.coverage.reading import read_coordinates
from gis.coverage.rules import Kind
from gis.coverage.screen import has_bad_coordinate, polygonal, to_metres

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.coverage.findings import Findings
    from gis.coverage.site import Site
    from gis.partition import Features, Floats, Geometries, Ints

_TOUCHED_SHARE = 1e-6  # less than this of a footprint is rounding


def building_findings(site: Site, buildings: Features) -> Findings:
    """
    Name buildings in no grid, in two, and those a grid line runs through.

    A building of which `terms.building_share` lies in one grid is wholly in it.
    """
    shapes, findings = _footprints(site, buildings, "buildings")
    whole = site.terms.building_share
    for row, rows, shares in _shares(site, shapes):
        total, most = float(shares.sum()), float(shares.max(initial=0.0))
        if (shares >= whole).sum() > 1:
            kind = Kind.BUILDING_IN_TWO
        elif most >= whole:
            continue
        elif total <= whole:
            kind = Kind.BUILDING_IN_NO_GRID
        else:
            kind = Kind.BUILDING_IN_TWO if total > 2.0 - whole else Kind.BUILDING_CUT
        detail = f"{total if kind is Kind.BUILDING_IN_NO_GRID else most:.0%}"
        some = tuple(rows[shares > _TOUCHED_SHARE].tolist())
        findings.append(_finding(site, kind, buildings.codes[row], shapes[row], some, detail))
    return findings


def compound_findings(site: Site, compounds: Features) -> Findings:
    """Name compounds a grid line runs through: one address, but two officers."""
    shapes, findings = _footprints(site, compounds, "compounds")
    least = 1.0 - site.terms.compound_share
    for row, rows, shares in _shares(site, shapes):
        of_some = shares > least
        if of_some.sum() > 1 and shares.max() < site.terms.compound_share:
            code, detail = compounds.codes[row], f"{shares.max():.0%}"
            some = tuple(rows[of_some].tolist())
            findings.append(_finding(site, Kind.COMPOUND_CUT, code, shapes[row], some, detail))
    return findings


def _footprints(site: Site, features: Features, name: str) -> tuple[Geometries, Findings]:
    """Bring footprints to metres; name those that cannot be measured and leave them out."""
    layer, findings = read_coordinates(features, name)
    shapes = layer.geometries.copy()
    shapes[has_bad_coordinate(shapes)] = None
    broken = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    for row in np.flatnonzero(broken).tolist():
        shapes[row] = polygonal(shapely.make_valid(shapes[row], method="structure"))
    shapes[~(shapely.area(shapes) > 0.0)] = None
    set_aside = {row for finding in findings for row in finding.rows}
    for row in np.flatnonzero(shapely.is_missing(shapes)).tolist():
        if row not in set_aside:
            findings.append(
                Finding(Kind.BROKEN_FOOTPRINT, (row,), (layer.codes[row],), None, layer=name)
            )
    return to_metres(shapes, layer.crs, site.plane), findings


def _shares(site: Site, shapes: Geometries) -> list[tuple[int, Ints, Floats]]:
    """
    List footprints that are not wholly within one grid, with the grids and shares, largest first.

    A footprint in no grid at all comes with none.
    """
    units = site.polygons.copy()
    units[site.alike != np.arange(len(units))] = None
    at, grid = shapely.STRtree(units).query(shapes, "intersects")
    alone = np.bincount(at, minlength=len(shapes)) == 1
    is_rest: NDArray[np.bool_] = ~shapely.is_missing(shapes)
    single = alone[at]
    shapely.prepare(units)
    is_rest[at[single]] = ~shapely.covers(units[grid[single]], shapes[at[single]])
    at, grid = at[is_rest[at]], grid[is_rest[at]]
    share = shapely.area(shapely.intersection(shapes[at], units[grid])) / shapely.area(shapes[at])
    order = np.lexsort([grid, -share, at])
    at, grid, share = at[order], grid[order], share[order]
    rest = np.flatnonzero(is_rest)
    first, last = np.searchsorted(at, rest, "left"), np.searchsorted(at, rest, "right")
    return [
        (row, grid[a:b], share[a:b])
        for row, a, b in zip(rest.tolist(), first.tolist(), last.tolist(), strict=True)
    ]


def _finding(
    site: Site, kind: Kind, code: str, shape: shapely.Polygon, rows: tuple[int, ...], detail: str
) -> Finding:
    owners = tuple(site.units.codes[row] for row in rows)
    fix = _whole(site, rows) if kind in {Kind.BUILDING_CUT, Kind.COMPOUND_CUT} else ASK
    return Finding(
        kind, rows, (code, *owners), shape, float(shape.area), owners=owners, detail=detail, fix=fix
    )


def _whole(site: Site, rows: tuple[int, ...]) -> Fix:
    """Propose that the grid with most of a footprint gets the rest, inside one parent only."""
    if len({int(site.home[row]) for row in rows}) > 1:
        return ASK
    return Fix(Action.MOVE, site.units.codes[rows[0]], rows[0])
