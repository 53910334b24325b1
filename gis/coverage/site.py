"""
Everything one check needs, brought into one plane: units, parents, frame, voids.

Which parent a unit belongs to is what its row declares; a unit that declares none, or one that
does not exist, belongs to the parent it lies in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import hypot
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.coverage.findings import Action, Finding, Fix
from gis.coverage.reading import read_coordinates
from gis.coverage.rules import Kind, Terms
from gis.coverage.screen import is_lonlat, plane_of, screen, to_metres
from gis.crs import parse_crs, transformer
from gis.edges import Edges
from gis.errors import CrsError, GeometryError
from gis.partition import Features, Geometries, Ints, Partition, geometries, metres_per_degree

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from gis.coverage.findings import Findings

_EMPTY_ZH = {"grids": "网格图层", "parents": "上级图层"}


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """
    Units and what surrounds them, in metres of `plane`; `units.crs` is how they were read.

    `given` are the units' polygons fit to be measured, in the CRS of `units` (None where there is
    none); `polygons` the same in metres, `parent_polygons` those of the level above. `home` (n,)
    is the row of the parent a unit belongs to, -1 if none with ground is known. `alike` (n,) is
    the row of the first unit with the very same outline, the unit itself if none is before it.
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
    given_voids: Geometries
    voids: Geometries

    @property
    def metres_per_unit(self) -> tuple[float, float]:
        """Length of a unit of x and of y of the CRS the units were delivered in."""
        if self.units.crs == self.plane:
            return 1.0, 1.0
        there = self.given[~shapely.is_missing(self.given)]
        if not len(there):
            return 1.0, 1.0
        west, south, east, north = shapely.total_bounds(there).tolist()
        x, y = (west + east) / 2, (south + north) / 2
        if is_lonlat(self.units.crs):
            return metres_per_degree(y)
        xs, ys = transformer(self.units.crs, self.plane).transform([x, x + 1, x], [y, y, y + 1])
        return hypot(xs[1] - xs[0], ys[1] - ys[0]), hypot(xs[2] - xs[0], ys[2] - ys[0])

    def edges_in_metres(self, edges: Edges) -> Edges:
        """Bring edges from the CRS of the units to the plane."""
        if self.units.crs == self.plane:
            return edges
        xy = edges.ends.reshape(-1, 2)
        moved = transformer(self.units.crs, self.plane).transform(xy[:, 0], xy[:, 1])
        return Edges(np.column_stack(moved).reshape(-1, 4), edges.rows)

    def by_code(self, row: int) -> tuple[str, int]:
        """Sort rows by code, so that the order of delivery does not matter."""
        return self.units.codes[row], row

    def name(self, row: int) -> str:
        """Return name and code of a unit."""
        return self.units.called(row)

    def parent_name(self, row: int) -> str:
        """Return name and code of a parent, "" if none is meant."""
        return "" if self.parents is None or row < 0 else self.parents.called(row)


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
    GeometryError
        If the frame or a void is no valid polygon.
    """
    if parents is not None and parse_crs(parents.crs) != parse_crs(units.crs):
        raise CrsError(
            f"parents are in {parents.crs}, grids in {units.crs}: bring them into one CRS"
        )
    labelled = units.crs
    units, given, findings = _taken(units, "grids")
    given_frame = _surroundings("frame", geometries([frame]), labelled, units.crs)
    given_voids = _surroundings("void", geometries(terms.voids), labelled, units.crs)
    parents, given_parents, of_parents = _taken_parents(parents, units.crs)
    findings += of_parents
    everything = np.concatenate([given, given_parents, given_frame])
    plane = plane_of(Features(("",) * len(everything), everything, crs=units.crs))
    polygons, parent_polygons, frames, voids = (
        to_metres(layer, units.crs, plane)
        for layer in (given, given_parents, given_frame, given_voids)
    )
    site = Site(
        units=units, given=given, polygons=polygons,
        parents=parents, given_parents=given_parents, parent_polygons=parent_polygons,
        given_frame=given_frame[0], frame=frames[0],
        home=np.full(len(units), -1), alike=_alike(given),
        plane=plane, terms=terms, given_voids=given_voids, voids=voids,
    )  # fmt: skip
    home, found = _homes(site)
    findings = [_in_plane(finding, units.crs, plane) for finding in findings]
    return replace(site, home=home), findings + found


def _taken(layer: Partition, name: str) -> tuple[Partition, Geometries, Findings]:
    """Take what is usable of a layer, and say what is not."""
    if not len(layer):
        zh, en = _EMPTY_ZH[name], f"the layer of {name} is empty"
        empty = Finding(Kind.BROKEN_GEOMETRY, (), (), None, layer=name,
                        text_zh=f"{zh}没有任何要素；请重新提交。",
                        text_en=f"{en[:1].upper()}{en[1:]}; deliver it again.")  # fmt: skip
        return layer, geometries([]), [empty]
    layer, findings = read_coordinates(layer, name)
    said = frozenset(row for finding in findings for row in finding.rows)
    screened = screen(layer, name, said)
    return layer, screened.polygons, findings + screened.findings


def _taken_parents(
    parents: Partition | None, crs: str
) -> tuple[Partition | None, Geometries, Findings]:
    """Take the level above in the CRS the units were read in; None if nothing of it is usable."""
    if parents is None:
        return None, geometries([]), []
    parents, given, findings = _taken(parents, "parents")
    findings = [_in_plane(finding, parents.crs, crs) for finding in findings]
    if shapely.is_missing(given).all():
        return None, geometries([]), findings
    return replace(parents, crs=crs), to_metres(given, parents.crs, crs), findings


def _surroundings(name: str, shapes: Geometries, labelled: str, crs: str) -> Geometries:
    """Take the frame or voids in the CRS the units were read in; there a fault is an error."""
    for shape in shapes[~shapely.is_missing(shapes)]:
        if shape.geom_type not in {"Polygon", "MultiPolygon"} or shape.is_empty:
            what = "empty" if shape.is_empty else f"a {shape.geom_type}"
            raise GeometryError(f"the {name} is {what}: give a polygon in {labelled}")
        if not shape.is_valid:
            raise GeometryError(f"the {name} is not valid: {shapely.is_valid_reason(shape)}")
    layer, _ = read_coordinates(Features((name,) * len(shapes), shapes, crs=labelled))
    if (shapely.is_missing(layer.geometries) & ~shapely.is_missing(shapes)).any():
        raise CrsError(f"the {name} is not in {labelled}: its coordinates do not fit")
    return to_metres(layer.geometries, layer.crs, crs)


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
    home[shapely.is_missing(site.given_parents)[home] & (home >= 0)] = -1  # a parent without ground
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
