"""
The check of a partition: every gap and overlap found, named, measured, and whose it is.

One pass over all edges finds those without a counterpart: an edge inside a coverage without fault
is walked once each way by units of the same parent, or twice where the border of parents runs.
Only these few edges are matched, noded and closed to faces. What a face is depends on who covers
it: nobody (a gap), several (an overlap), a unit of another parent than the one that is there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gis.coverage.area import Area, area_findings
from gis.coverage.borders import duplicate_findings, exclave_findings, vertex_findings
from gis.coverage.buildings import building_findings, compound_findings
from gis.coverage.codes import code_findings, size_findings
from gis.coverage.cover import edges_inside
from gis.coverage.faces import make_faces
from gis.coverage.rules import USUAL, Kind, Severity, Terms
from gis.coverage.shifts import undo_shifts
from gis.coverage.site import Site, make_site
from gis.coverage.vertices import Counting, Matched, match_vertices
from gis.coverage.words import in_words
from gis.edges import Edges, directed_edges, group_weights, join
from gis.partition import Features, Partition, geometries

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon
    from shapely.geometry.base import BaseGeometry

    from gis.coverage.faces import Faces
    from gis.coverage.findings import Finding, Findings

_OF_PARENTS = {Kind.OVERLAP, Kind.SLIVER_OVERLAP, Kind.DUPLICATE, Kind.UNMATCHED_VERTEX}
_ORDER = {severity: i for i, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True, eq=False)
class Examined:
    """A site with its shifted sheets put back, its vertices matched, and what was found."""

    site: Site
    matched: Matched
    findings: Findings


def find_defects(
    partition: Partition,
    frame: Polygon | MultiPolygon | None = None,
    *,
    parents: Partition | None = None,
    buildings: Features | None = None,
    compounds: Features | None = None,
    streets: Features | None = None,
    terms: Terms = USUAL,
) -> Findings:
    """
    Find everything that is wrong with a delivered partition.

    Parameters
    ----------
    partition
        The units, for example the grids of a city; anything may be wrong with them.
    frame
        What they must cover, in their CRS. Without it the parents are what must be covered, and
        without these only holes count as gaps.
    parents
        The level above, for example communities. They are checked against the frame as well.
    buildings, compounds
        What a border must not cut, in any CRS.
    streets
        Only for saying where a fault is.
    terms
        Tolerances, and what was declared to be no fault.

    Returns
    -------
    findings
        The worst first, then by rule, then by code. Empty if nothing is wrong.

    Raises
    ------
    CrsError
        If grids and parents are in different CRSs, or in one in neither degrees nor metres.
    GeometryError
        If the frame or a declared void is no valid polygon. Whatever is wrong with a unit, a
        parent or a footprint raises nothing: it is a finding.
    """
    examined = examine(partition, frame, parents=parents, terms=terms)
    site = examined.site
    findings = [*examined.findings, *of_codes_and_footprints(examined, buildings, compounds)]
    findings += size_findings(site)
    if site.parents is not None:
        findings += _findings_of_parents(site)
    return in_order(in_words(site, findings, streets, names=_names(buildings, compounds)))


def of_codes_and_footprints(
    examined: Examined, buildings: Features | None, compounds: Features | None
) -> Findings:
    """Find what is wrong with codes, and the footprints that borders cut; without words."""
    site = examined.site
    findings = code_findings(_with_right_parents(site, examined.findings))
    if buildings is not None:
        findings += building_findings(site, buildings)
    if compounds is not None:
        findings += compound_findings(site, compounds)
    return findings


def _names(*places: Features | None) -> dict[str, str]:
    """List what people call buildings and compounds, by code."""
    named = [one for one in places if one is not None]
    return {code: one.called(row) for one in named for row, code in enumerate(one.codes)}


def _with_right_parents(site: Site, findings: Findings) -> Site:
    """Correct wrong parents: codes are of the parent a unit is in, and one fault is said once."""
    home = site.home.copy()
    for finding in findings:
        if finding.kind is Kind.WRONG_PARENT and site.parents is not None:
            home[finding.rows[0]] = site.parents.codes.index(finding.owners[0])
    return replace(site, home=home)


def in_order(findings: Findings) -> Findings:
    """Put findings in order: the worst first, then by rule, then by code."""

    def rank(finding: Finding) -> tuple[int, str, str, tuple[str, ...], float]:
        size = -(finding.area_m2 or 0.0)
        return _ORDER[finding.severity], finding.rule_id, finding.layer, finding.codes, size

    return sorted(findings, key=rank)


def examine(
    partition: Partition,
    frame: BaseGeometry | None,
    *,
    parents: Partition | None = None,
    terms: Terms = USUAL,
) -> Examined:
    """Find the faults of ground, borders and outlines; without words. Like `find_defects`."""
    site, findings = make_site(partition, frame, parents, terms)
    site, shifts = undo_shifts(site)
    findings += shifts
    matched, edges = match(site)
    findings += area_findings(_area(site, matched, edges))
    findings += exclave_findings(site)
    findings += duplicate_findings(site)
    findings += vertex_findings(site, matched, findings)
    return Examined(site, matched, findings)


def _area(site: Site, matched: Matched, edges: Edges) -> Area:
    """Close the edges left over to faces, each with the same units everywhere."""
    area = Area(site, _faces(site, edges))
    faulty = [kind is not None and kind[0] is not Kind.GAP for kind in area.kinds]
    inside = edges_inside(site, matched, area.faces.polygons[faulty])
    return Area(site, _faces(site, join([edges, inside]))) if len(inside) else area


def _faces(site: Site, edges: Edges) -> Faces:
    terms = site.terms
    return make_faces(edges, _outlines(site), area_m2=terms.area_m2, edge_m=terms.edge_m)


def _outlines(site: Site) -> list[Polygon]:
    return [void for void in site.voids.tolist() if void is not None]


def match(site: Site) -> tuple[Matched, Edges]:
    """Match the vertices of units, parents and frame; return the edges left over in metres."""
    count, above = len(site.units), len(site.parent_polygons)
    given = site.given.copy()
    given[site.alike != np.arange(count)] = None
    edges = directed_edges(
        np.concatenate([given, site.given_parents, geometries([site.given_frame])])
    )
    level = np.repeat([0, 1, 2], [count, above, 1])
    if site.frame is not None:
        weight = np.array([1, 0, -1])[level]
    else:
        weight = np.array([0 if site.parents is not None else 1, 0, 0])[level]
    groups = np.full(len(level), -1)
    if site.parents is not None:  # a unit without a parent has a group of its own
        groups[:count] = np.where(site.home < 0, above, site.home)
        groups[count : count + above] = np.arange(above)
    sign = np.array([1, -1, 0])[level]
    counting = Counting(weight, group_weights(groups) * sign, level)
    matched = match_vertices(edges, counting, site.terms.edge_m, site.metres_per_unit)
    return matched, site.edges_in_metres(matched.edges)


def _findings_of_parents(site: Site) -> Findings:
    """Check the level above by itself; gaps only against a frame, or none can be told from it."""
    assert site.parents is not None  # noqa: S101 - the caller has looked
    alone = replace(site.parents, geometries=site.given_parents, parent_codes=())
    examined = examine(
        alone, site.given_frame, terms=replace(site.terms, voids=tuple(site.given_voids))
    )
    return [
        replace(finding, layer="parents")
        for finding in examined.findings
        if site.frame is not None or finding.kind in _OF_PARENTS
    ]


def has_blocking(findings: Findings) -> bool:
    """Tell whether any finding forbids publishing."""
    return any(finding.severity is Severity.BLOCKING for finding in findings)
