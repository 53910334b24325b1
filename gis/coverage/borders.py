"""Faults of borders: vertices on one side only, parts apart, the same outline twice."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.coverage.findings import Action, Finding, Fix
from gis.coverage.rules import Kind
from gis.coverage.screen import to_metres
from gis.edges import as_numbers
from gis.partition import geometries

if TYPE_CHECKING:
    from gis.coverage.findings import Findings
    from gis.coverage.site import Site
    from gis.coverage.vertices import Matched
    from gis.partition import Floats

_BESIDE_M = 0.002  # a vertex this near to a gap is part of that fault


def vertex_findings(site: Site, matched: Matched, others: Findings) -> Findings:
    """
    Name the borders on which one side has a vertex that the other has not.

    Vertices on the outline of ground that another finding is about belong to that finding.
    """
    count = len(site.units)
    users: dict[tuple[float, float], set[int]] = defaultdict(set)
    kept = matched.kept.take(matched.kept.rows < count)
    ends, rows = kept.ends.reshape(-1, 2), np.repeat(kept.rows, 2)
    asked = np.isin(as_numbers(ends), as_numbers(matched.points))
    for row, (x, y) in zip(rows[asked].tolist(), ends[asked].tolist(), strict=True):
        users[x, y].add(row)
    shifted = {row for other in others if other.kind is Kind.SHIFTED_SHEET for row in other.rows}
    groups: dict[tuple[int, ...], list[tuple[float, float]]] = defaultdict(list)
    for row, (x, y) in zip(matched.point_rows.tolist(), matched.points.tolist(), strict=True):
        have = tuple(sorted(users.get((x, y), set()) - {row}, key=site.by_code))
        if row < count and have and not shifted & {row, *have}:
            groups[row, *have].append((x, y))
    return _vertex_findings(site, groups, others)


def _vertex_findings(
    site: Site, groups: dict[tuple[int, ...], list[tuple[float, float]]], others: Findings
) -> Findings:
    tree = shapely.STRtree(
        [other.geometry for other in others if other.geometry is not None and other.area_m2]
    )
    findings = []
    for rows, xy in groups.items():
        points = _in_metres(site, np.unique(np.array(xy), axis=0))
        if not len(points):
            continue
        beside = set(tree.query(points, "dwithin", distance=_BESIDE_M)[0].tolist())
        alone = [point for i, point in enumerate(points) if i not in beside]
        if not alone:
            continue
        place = alone[0] if len(alone) == 1 else shapely.MultiPoint(alone)
        codes = tuple(site.units.codes[row] for row in rows)
        fix = Fix(Action.INSERT_VERTEX, codes[0], rows[0], automatic=True)
        findings.append(
            Finding(Kind.UNMATCHED_VERTEX, rows, codes, place, 0.0, 0.0,
                    owners=codes, detail=str(len(alone)), fix=fix)
        )  # fmt: skip
    return findings


def _in_metres(site: Site, xy: Floats) -> list[shapely.Point]:
    return list(to_metres(geometries(shapely.points(xy)), site.units.crs, site.plane))


def duplicate_findings(site: Site) -> Findings:
    """Name the units whose outline was delivered before, however its ring starts and runs."""
    findings = []
    for row in np.flatnonzero(site.alike != np.arange(len(site.alike))).tolist():
        rows = (int(site.alike[row]), row)
        codes = tuple(site.units.codes[one] for one in rows)
        shape = site.polygons[row]
        fix = Fix(Action.DROP_COPY, codes[0], rows[0])
        findings.append(
            Finding(Kind.DUPLICATE, rows, codes, shape, float(shape.area), fix=fix)
        )  # fmt: skip
    return findings


def exclave_findings(site: Site) -> Findings:
    """Name the parts of a unit that lie apart from its largest one."""
    several = np.flatnonzero(shapely.get_num_geometries(site.polygons) > 1)
    several = several[shapely.is_valid(site.units.geometries[several])]
    findings = []
    tree: shapely.STRtree | None = None
    for row in several.tolist():
        if site.units.codes[row] in site.terms.enclaves or site.alike[row] != row:
            continue
        tree = tree or shapely.STRtree(site.polygons)
        parts = sorted(shapely.get_parts(site.polygons[row]).tolist(), key=lambda part: -part.area)
        for part in parts[1:]:
            host = _host(site, row, part, tree)
            rows = (row,) if host is None else (row, host)
            codes = tuple(site.units.codes[one] for one in rows)
            fix = Fix(Action.ASK) if host is None else Fix(Action.MOVE, codes[1], host)
            findings.append(
                Finding(Kind.EXCLAVE, rows, codes, part, float(part.area),
                        owners=codes[:1], fix=fix)
            )  # fmt: skip
    return findings


def _host(site: Site, row: int, part: shapely.Polygon, tree: shapely.STRtree) -> int | None:
    """Find the unit of the same parent with the longest border with a part."""
    best, longest = None, 0.0
    for near in sorted(tree.query(part, "intersects").tolist(), key=site.by_code):
        if near == row or site.alike[near] != near or site.home[near] != site.home[row]:
            continue
        shared = shapely.intersection(part.exterior, shapely.boundary(site.polygons[near])).length
        if shared > longest:
            best, longest = near, shared
    return best
