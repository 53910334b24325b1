"""
Proposals: the operations that mend findings.

Ground goes to whom the finding names: a unit of the declared parent first, then the one with the
longest border. What is wider than agreed, a missing unit, a copy, a part apart, a code: only if a
person has accepted the finding by its key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.coverage import Action, Kind
from gis.coverage.findings import Fix
from gis.coverage.screen import polygonal
from gis.crs import transformer
from gis.partition import geometries
from gis.repair.operations import GROUND, Operation

if TYPE_CHECKING:
    from collections.abc import Collection

    from shapely.geometry.base import BaseGeometry

    from gis.coverage import Finding, Findings
    from gis.coverage.site import Site
    from gis.partition import Floats

MENDED = GROUND | {
    Action.INSERT_VERTEX, Action.UNCROSS, Action.CONVERT, Action.SET_PARENT, Action.RENAME,
    Action.DROP_COPY,
}  # fmt: skip
"""The actions there are operations for; ASK is for a person alone."""
CUT = frozenset({Kind.BUILDING_CUT, Kind.COMPOUND_CUT})
"""A footprint of which all other grids lose what lies in them."""
_SPECK_M2 = 1e-3
_WITH_VALUE = {Action.CONVERT, Action.SET_PARENT, Action.RENAME}


def is_proposed(finding: Finding) -> bool:
    """Tell whether there is an operation that mends a finding."""
    return finding.fix.action in MENDED and finding.fix != Fix(Action.RENAME)


class Register:
    """Which point of the file a point in metres is."""

    def __init__(self, plane: str, crs: str, known: Floats, known_m: Floats) -> None:
        """Keep (n, 2) points of the file and the same in metres."""
        keys = known_m.copy().view(np.complex128).ravel()
        order = np.argsort(keys, kind="stable")
        self._keys, self._known = keys[order], known[order]
        self._plane, self._crs = plane, crs

    def to_file(self, shape: BaseGeometry) -> BaseGeometry:
        """Bring a geometry to the CRS of the file; vertices that are there stay bit for bit."""
        if self._plane == self._crs:
            return shape
        return shapely.transform(shape, self._convert)

    def _convert(self, xy: Floats) -> Floats:
        keys = np.ascontiguousarray(xy + 0.0).view(np.complex128).ravel()
        converted = np.column_stack(
            transformer(self._plane, self._crs).transform(xy[:, 0], xy[:, 1])
        )
        if len(self._keys):
            at = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
            same = self._keys[at] == keys
            converted[same] = self._known[at[same]]
        return converted


def register_of(site: Site) -> Register:
    """Register the vertices of all layers of a site."""
    if site.plane == site.units.crs:
        return Register(site.plane, site.units.crs, np.empty((0, 2)), np.empty((0, 2)))
    known, known_m = (
        shapely.get_coordinates(np.concatenate([units, parents, geometries([frame])])) + 0.0
        for units, parents, frame in (
            (site.given, site.given_parents, site.given_frame),
            (site.polygons, site.parent_polygons, site.frame),
        )
    )
    return Register(site.plane, site.units.crs, known, known_m)


def propose(
    site: Site, findings: Findings, accepted: Collection[str] = ()
) -> tuple[Operation, ...]:
    """
    Propose operations for the findings of a site.

    Parameters
    ----------
    site
        The layers as they were checked; findings are in metres of its plane.
    findings
        What was found; those of the level above are left.
    accepted
        Keys of findings that a person wants mended although they are not mended by themselves.
    """
    register = register_of(site)
    chosen = [
        finding
        for finding in findings
        if finding.layer == "grids"
        and is_proposed(finding)
        and (finding.fix.automatic or finding.key in accepted)
    ]
    whole = [finding for finding in chosen if finding.kind in CUT]
    whole.sort(key=lambda finding: finding.kind is not Kind.COMPOUND_CUT)
    return (
        *(_operation(finding, register) for finding in chosen if finding.kind not in CUT),
        *_of_footprints(site, whole, register),
    )


def _of_footprints(site: Site, findings: Findings, register: Register) -> list[Operation]:
    """Propose for each grid but the one with most of a footprint to hand over what it has of it."""
    operations: list[Operation] = []
    taken: list[BaseGeometry] = []
    for finding in findings:
        best = finding.fix.to_row
        left = shapely.difference(finding.geometry, shapely.union_all(taken))
        for row in finding.rows:
            ground = polygonal(shapely.intersection(left, site.polygons[row]))
            if row == best or ground is None or ground.area <= _SPECK_M2:
                continue
            taken.append(ground)
            operations += [
                Operation(Action.MOVE, finding.key, (row, best), losing=(row,), to_row=best,
                          geometry=register.to_file(part))
                for part in shapely.get_parts(ground)
                if best is not None
            ]  # fmt: skip
    return operations


def _operation(finding: Finding, register: Register) -> Operation:
    fix, rows = finding.fix, finding.rows
    losing: tuple[int, ...] = ()
    if fix.action is Action.TAKE:
        losing = tuple(row for row in rows if row != fix.to_row)
    elif fix.action in {Action.MOVE, Action.CLIP}:
        losing = rows[:1]
    elif fix.action is Action.INSERT_VERTEX:
        rows = rows[:1]
    elif fix.action is Action.DROP_COPY:
        losing = rows = tuple(row for row in rows if row != fix.to_row)
    needs_place = fix.action in GROUND or fix.action is Action.INSERT_VERTEX
    return Operation(
        fix.action,
        finding.key,
        rows,
        losing=losing,
        to_row=fix.to_row,
        geometry=register.to_file(finding.geometry)
        if needs_place and finding.geometry is not None
        else None,
        value=(fix.to or "") if fix.action in _WITH_VALUE else "",
    )
