"""
Faults of ground: what the faces between unmatched edges are, whose they are, what mends them.

The owner of ground in dispute is who declares the parent it lies in; of several the one with the
longest border with it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gis.coverage.cover import Cover
from gis.coverage.faces import Faces, widths_m
from gis.coverage.findings import ASK, Action, Finding, Fix
from gis.coverage.rules import Kind
from gis.partition import geometries

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from gis.coverage.findings import Findings
    from gis.coverage.site import Site

_MOST_OF_IT = 0.5  # a unit that would lose more than this is not trimmed without a person


@dataclass(frozen=True, slots=True)
class Ground:
    """Adjacent faces with the same fault: what, by whom covered, in which parent, borders."""

    kind: Kind
    units: tuple[int, ...]
    parent: int
    faces: tuple[int, ...]


class Area:
    """Faces of a site, with who covers each."""

    def __init__(self, site: Site, faces: Faces) -> None:
        self.site, self.faces = site, faces
        cover = Cover(site, faces.polygons)
        self.units, self.parents = cover.units, cover.parents
        self.framed, self.void = cover.framed, cover.void
        self.kinds = [self._kind(face) for face in range(len(self.units))]
        self.inside: list[dict[int, float]] = [defaultdict(float) for _ in self.units]
        self.across: list[dict[int, float]] = [defaultdict(float) for _ in self.units]
        borders = faces.borders
        for face, row, length, outside in zip(
            borders.faces.tolist(), borders.rows.tolist(), borders.lengths.tolist(),
            borders.outside.tolist(), strict=True,
        ):  # fmt: skip
            (self.across if outside else self.inside)[face][row] += length

    def _kind(self, face: int) -> tuple[Kind, int] | None:
        """Tell what is wrong with a face, and in which parent it lies; None if nothing is."""
        site, units, parents = self.site, self.units[face], self.parents[face]
        parent = parents[0] if parents else -1
        framed = bool(self.framed[face]) if site.frame is not None else None
        meant = framed if framed is not None else bool(parents) or site.parents is None
        if not units:
            return (Kind.GAP, parent) if meant and not self.void[face] else None
        if len(units) > 1:
            return Kind.OVERLAP, parent
        home = int(site.home[units[0]])
        if not meant:  # without a frame, a unit whose parent has no ground may be anywhere
            return (Kind.OUTSIDE_FRAME, parent) if framed is False or home >= 0 else None
        if site.parents is not None and parents and home >= 0 and home not in parents:
            return Kind.CROSSES_PARENT, parent
        return None


def area_findings(area: Area) -> Findings:
    """Turn faces into findings: gaps, overlaps, ground of another parent, ground outside."""
    site, faces = area.site, area.faces
    grounds = _grounds(area)
    shapes = geometries(
        shapely.union_all(faces.polygons[list(ground.faces)]) if len(ground.faces) > 1
        else faces.polygons[ground.faces[0]] for ground in grounds
    )  # fmt: skip
    widths = widths_m(shapes).tolist()
    wrong = _wrong_parents(area, grounds)
    findings = []
    for ground, shape, width in zip(grounds, shapes, widths, strict=True):
        if ground.kind is Kind.CROSSES_PARENT and ground.units[0] in wrong:
            continue
        findings.append(_finding(area, ground, shape, width))
    findings += [_wrong_parent(site, row, parent) for row, parent in sorted(wrong.items())]
    return _merge_slivers(site, findings)


def _grounds(area: Area) -> list[Ground]:
    """Join faces that share an edge and have the same fault, units and parent."""
    kinds = area.kinds
    labels: dict[tuple[Kind, tuple[int, ...], int], int] = {}
    label = np.full(len(kinds), -1)
    for face, found in enumerate(kinds):
        if found:
            key = (found[0], tuple(area.units[face]), found[1])
            label[face] = labels.setdefault(key, len(labels))
    twins = area.faces.twins
    twins = twins[(label[twins[:, 0]] == label[twins[:, 1]]) & (label[twins[:, 0]] >= 0)]
    links = coo_array((np.ones(len(twins)), (twins[:, 0], twins[:, 1])), (len(kinds),) * 2)
    together = connected_components(links, directed=False)[1]
    groups: dict[int, list[int]] = defaultdict(list)
    for face in np.flatnonzero(label >= 0).tolist():
        groups[int(together[face])].append(face)
    keys = list(labels)
    return [
        Ground(kind=keys[label[faces[0]]][0], units=keys[label[faces[0]]][1],
               parent=keys[label[faces[0]]][2], faces=tuple(faces))
        for faces in groups.values()
    ]  # fmt: skip


def _lengths(area: Area, ground: Ground) -> dict[int, float]:
    """Sum the borders of ground with units: across a gap; for an overlap, where each goes on."""
    count, lengths = len(area.site.units), defaultdict[int, float](float)
    for face in ground.faces:
        for row, length in area.across[face].items():
            if row < count:
                lengths[row] += length
        for row in ground.units:
            lengths[row] += float(area.faces.outlines[face]) - area.inside[face].get(row, 0.0)
    return lengths


def _ranked(area: Area, lengths: dict[int, float], parent: int) -> list[int]:
    """Order units: those of the parent first, then by length of border, then by code."""
    site = area.site

    def rank(row: int) -> tuple[bool, float, str, int]:
        stranger = site.parents is not None and parent >= 0 and int(site.home[row]) != parent
        return stranger, -round(lengths[row], 3), site.units.codes[row], row

    return sorted(lengths, key=rank)


def _finding(area: Area, ground: Ground, shape: BaseGeometry, width: float) -> Finding:
    site, lengths = area.site, _lengths(area, ground)
    if ground.kind is Kind.OVERLAP:
        return _overlap(area, ground, shape, width)
    near = {row: length for row, length in lengths.items() if row not in ground.units}
    ranked = _ranked(area, near, ground.parent)
    kind: Kind = ground.kind
    rows, fix = (*ground.units, *ranked), ASK
    best = ranked[0] if ranked else None
    if best is not None and _is_stranger(site, best, ground.parent):
        best = None
    automatic = width <= site.terms.width_m
    if ground.kind is Kind.GAP:
        kind = _kind_of_gap(area, ground, shape, width)
        if best is not None:
            fix = Fix(Action.GIVE, site.units.codes[best], best, automatic=automatic)
    elif ground.kind is Kind.CROSSES_PARENT and best is not None:
        fix = Fix(Action.MOVE, site.units.codes[best], best,
                  automatic=automatic and not _is_most(site, ground.units[0], shape))  # fmt: skip
    elif ground.kind is Kind.OUTSIDE_FRAME:
        fix = Fix(Action.CLIP, automatic=automatic and not _is_most(site, ground.units[0], shape))
    owners = (site.parents.codes[ground.parent],) if site.parents and ground.parent >= 0 else ()
    return _made(site, kind, rows, shape, width, owners=owners, fix=fix)


def _is_stranger(site: Site, row: int, parent: int) -> bool:
    return site.parents is not None and parent >= 0 and int(site.home[row]) != parent


def _is_most(site: Site, row: int, shape: BaseGeometry) -> bool:
    return bool(shape.area > _MOST_OF_IT * site.polygons[row].area)


def _kind_of_gap(area: Area, ground: Ground, shape: BaseGeometry, width: float) -> Kind:
    site, count = area.site, len(area.site.units)
    if site.parents is not None and ground.parent >= 0:
        whole = site.parent_polygons[ground.parent].area
        if shape.area > _MOST_OF_IT * whole:
            return Kind.PARENT_UNCOVERED
    frame_row = count + len(site.parent_polygons)
    for face in ground.faces:
        outline = area.inside[face].get(frame_row, 0.0)
        parent_edge = sum(n for row, n in area.inside[face].items() if count <= row < frame_row)
        parent_edge -= sum(n for row, n in area.across[face].items() if count <= row < frame_row)
        if max(outline, parent_edge if site.frame is None else 0.0) > site.terms.sliver_m / 2:
            return Kind.INLET
    return Kind.SLIVER_GAP if width < site.terms.sliver_m else Kind.GAP


def _overlap(area: Area, ground: Ground, shape: BaseGeometry, width: float) -> Finding:
    """Say who may keep ground that several cover; the smaller of two if it is all of it."""
    site, lengths = area.site, _lengths(area, ground)
    sizes = {row: float(site.polygons[row].area) for row in ground.units}
    same = [row for row in ground.units if shape.area >= site.terms.same_share * sizes[row]]
    ranked = _ranked(area, {row: lengths[row] for row in ground.units}, ground.parent)
    kind = Kind.SLIVER_OVERLAP if width < site.terms.sliver_m else Kind.OVERLAP
    if len(same) == len(ground.units):
        first = ground.units[0]
        fix = Fix(Action.DROP_COPY, site.units.codes[first], first)
        return _made(site, Kind.DUPLICATE, tuple(ground.units), shape, None, fix=fix)
    swallowed = [row for row in ground.units if _is_most(site, row, shape)]
    if swallowed:  # drawn on top of another without cutting it
        ranked = [*swallowed, *(row for row in ranked if row not in swallowed)]
    automatic = width <= site.terms.width_m and not swallowed
    owner = site.units.codes[ranked[0]]
    fix = Fix(Action.TAKE, owner, ranked[0], automatic=automatic)
    owners = (site.parents.codes[ground.parent],) if site.parents and ground.parent >= 0 else ()
    return _made(site, kind, tuple(ranked), shape, width, owners=owners, fix=fix)


def _wrong_parents(area: Area, grounds: list[Ground]) -> dict[int, int]:
    """Find the units of which next to nothing is in their parent, with the parent they are in."""
    site = area.site
    inside: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for ground in grounds:
        if ground.kind is Kind.CROSSES_PARENT:
            size = float(area.faces.areas[list(ground.faces)].sum())
            inside[ground.units[0]][ground.parent] += size
    wrong = {}
    for row, sizes in inside.items():
        if sum(sizes.values()) >= (1.0 - site.terms.parent_share) * site.polygons[row].area:
            wrong[row] = max(sizes, key=lambda parent: (sizes[parent], -parent))
    return wrong


def _wrong_parent(site: Site, row: int, parent: int) -> Finding:
    assert site.parents is not None  # noqa: S101 - nothing crosses a parent without parents
    right, code = site.parents.codes[parent], site.units.codes[row]
    fix = Fix(Action.SET_PARENT, right, automatic=code.startswith(right))
    return _made(
        site, Kind.WRONG_PARENT, (row,), site.polygons[row], None, owners=(right,), fix=fix
    )


def _made(
    site: Site,
    kind: Kind,
    rows: tuple[int, ...],
    shape: BaseGeometry,
    width: float | None,
    *,
    owners: tuple[str, ...] = (),
    fix: Fix = ASK,
) -> Finding:
    codes = tuple(site.units.codes[row] for row in rows)
    return Finding(kind, rows, codes, shape, float(shape.area), width, owners=owners, fix=fix)


def _merge_slivers(site: Site, findings: Findings) -> Findings:
    """Make one finding of the slivers along one border: it was drawn twice once, not ten times."""
    groups: dict[tuple[object, ...], Findings] = defaultdict(list)
    for number, finding in enumerate(findings):
        is_sliver = finding.kind in {Kind.SLIVER_GAP, Kind.SLIVER_OVERLAP}
        key = (finding.kind, frozenset(finding.rows), finding.owners) if is_sliver else (number,)
        groups[key].append(finding)
    merged = []
    for group in groups.values():
        if len(group) == 1:
            merged += group
            continue
        largest = max(group, key=lambda finding: (finding.area_m2 or 0.0, finding.fix.to or ""))
        shape = shapely.union_all([finding.geometry for finding in group])
        width = max(finding.width_m or 0.0 for finding in group)
        merged.append(
            _made(site, largest.kind, largest.rows, shape, width,
                  owners=largest.owners, fix=largest.fix)
        )  # fmt: skip
    return merged
