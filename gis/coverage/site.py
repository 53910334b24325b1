"""
Everything one check needs, brought into one plane: units, parents, frame, voids.

Which parent a unit belongs to is what its row declares; a unit that declares none, or one that
does not exist, belongs to the parent it lies in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.coverage.findings import Action, Finding, Fix
from gis.coverage.rules import Kind, Terms
from gis.coverage.screen import (
    check_units,
    is_lonlat,
    plane_of,
    screen,
    to_metres,
)  # fmt: skip
from gis.crs import parse_crs, transformer
from gis.edges import Edges
from gis.errors import CrsError
from gis.partition import Features, Geometries, Ints, Partition, geometries, metres_per_degree

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from gis.coverage.findings import Findings


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """
    Units and what surrounds them, in metres of `plane`.

    `given` are the units' polygons fit to be measured, in the CRS of `units` (None where there is
    none); `polygons` the same in metres, `parent_polygons` those of the level above. `home` (n,)
    is the row of the parent a unit belongs to, -1 if none is known. `alike` (n,) is the row of
    the first unit with the very same outline, the unit itself if there is none before it.
    """

    units: Partition
    given: Geometries
    polygons: Geometries
    parents: Partition | None
    given_parents: Geometries
    parent_polygons: Geometries
    given_frame: BaseGeometry | None
    frame: BaseGeometry | None
    home: Ints
    alike: Ints
    plane: str
    terms: Terms
    voids: Geometries

    @property
    def metres_per_unit(self) -> tuple[float, float]:
        """Length of a unit of x and of y of the CRS the units were delivered in."""
        if not is_lonlat(self.units.crs):
            return 1.0, 1.0
        there = self.given[~shapely.is_missing(self.given)]
        if not len(there):
            return 1.0, 1.0
        _, south, _, north = shapely.total_bounds(there)
        return metres_per_degree(float(south + north) / 2)

    def edges_in_metres(self, edges: Edges) -> Edges:
        """Bring edges from the CRS of the units to the plane."""
        if self.units.crs == self.plane:
            return edges
        xy = edges.ends.reshape(-1, 2)
        moved = transformer(self.units.crs, self.plane).transform(xy[:, 0], xy[:, 1])
        return Edges(np.column_stack(moved).reshape(-1, 4), edges.rows)

    def name(self, row: int) -> str:
        """Return name and code of a unit."""
        return _told(self.units, row)

    def parent_name(self, row: int) -> str:
        """Return name and code of a parent, "" if none is meant."""
        return "" if self.parents is None or row < 0 else _told(self.parents, row)


def _told(features: Features, row: int) -> str:
    name, code = features.name(row), features.codes[row]
    return name if name == code else f"{name} ({code})"


def make_site(
    units: Partition,
    frame: BaseGeometry | None,
    parents: Partition | None,
    terms: Terms,
) -> tuple[Site, Findings]:
    """
    Screen the layers and bring them into one plane.

    Returns
    -------
    site, findings
        What can be measured, and what was wrong with the rest.

    Raises
    ------
    CrsError
        If the parents are in another CRS than the units, or it is in neither degrees nor metres.
    """
    if parents is not None and parse_crs(parents.crs) != parse_crs(units.crs):
        raise CrsError(
            f"parents are in {parents.crs}, grids in {units.crs}: bring them into one CRS"
        )
    units, findings = check_units(units)
    screened = screen(units)
    findings += screened.findings
    given_parents = geometries([])
    if parents is not None:
        parents, found = check_units(parents, "parents")
        of_parents = screen(parents, "parents")
        given_parents = of_parents.polygons
        findings += [*found, *of_parents.findings]
    everything = np.concatenate([screened.polygons, given_parents, geometries([frame])])
    plane = plane_of(Features(("",) * len(everything), everything, crs=units.crs))
    layers = [screened.polygons, given_parents, geometries([frame]), geometries(terms.voids)]
    polygons, parent_polygons, frames, voids = (
        to_metres(layer, units.crs, plane) for layer in layers
    )
    site = Site(
        units=units, given=screened.polygons, polygons=polygons,
        parents=parents, given_parents=given_parents, parent_polygons=parent_polygons,
        given_frame=frame, frame=frames[0],
        home=np.full(len(units), -1), alike=_alike(screened.polygons),
        plane=plane, terms=terms, voids=voids,
    )  # fmt: skip
    home, found = _homes(site)
    findings = [_in_plane(finding, units.crs, plane) for finding in findings]
    return replace(site, home=home), findings + found


def _in_plane(finding: Finding, crs: str, plane: str) -> Finding:
    if finding.geometry is None:
        return finding
    return replace(finding, geometry=to_metres(geometries([finding.geometry]), crs, plane)[0])


def _alike(polygons: Geometries) -> Ints:
    """Give each polygon the first row with the same outline, whatever start and direction."""
    alike = np.arange(len(polygons))
    bounds = np.nan_to_num(shapely.bounds(polygons))
    _, group, count = np.unique(bounds, axis=0, return_inverse=True, return_counts=True)
    group = group.reshape(-1)
    first: dict[tuple[int, bytes], int] = {}
    for row in np.flatnonzero((count[group] > 1) & ~shapely.is_missing(polygons)).tolist():
        outline = shapely.to_wkb(shapely.normalize(polygons[row]))
        alike[row] = first.setdefault((int(group[row]), outline), row)
    return alike


def _homes(site: Site) -> tuple[Ints, Findings]:
    """Find the parent of each unit; say which declared one does not exist."""
    home = np.full(len(site.units), -1)
    if site.parents is None:
        return home, []
    rows = {code: row for row, code in reversed(list(enumerate(site.parents.codes)))}
    declared = site.units.parent_codes or (None,) * len(site.units)
    for row, code in enumerate(declared):
        home[row] = rows.get(code, -1) if code is not None else -1
    lost = np.flatnonzero((home < 0) & ~shapely.is_missing(site.polygons))
    home[lost] = parents_by_place(site, lost)
    if not any(declared):  # the file does not say parents at all
        return home, []
    return home, [
        _unknown_parent(site, row, declared[row], int(home[row])) for row in lost.tolist()
    ]


def _unknown_parent(site: Site, row: int, code: str | None, place: int) -> Finding:
    assert site.parents is not None  # noqa: S101 - the caller has looked
    right = site.parents.codes[place] if place >= 0 else None
    is_told = right is not None and site.units.codes[row].startswith(right)
    return Finding(
        Kind.UNKNOWN_PARENT, (row,), (site.units.codes[row],), site.polygons[row],
        owners=() if right is None else (right,),
        area_m2=float(site.polygons[row].area),
        detail=code or "",
        fix=Fix(Action.SET_PARENT, right, automatic=is_told) if right else Fix(Action.ASK),
    )  # fmt: skip


def parents_by_place(site: Site, rows: Ints) -> Ints:
    """Find the parents that hold the largest share of some units; -1 where none holds any."""
    best = np.full(len(rows), -1)
    at, parent = shapely.STRtree(site.parent_polygons).query(site.polygons[rows], "intersects")
    shares = shapely.area(
        shapely.intersection(site.polygons[rows[at]], site.parent_polygons[parent])
    )
    for i in np.argsort(shares, kind="stable").tolist():
        if shares[i] > 0.0:
            best[at[i]] = parent[i]
    return best
