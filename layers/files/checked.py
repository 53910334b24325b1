"""The check of a survey read from files, with its findings on the map."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.coverage import Severity, find_defects
from gis.coverage.site import make_site
from gis.crs import LONLAT_CRS, parse_crs, transformer
from gis.partition import geometries

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.coverage import Findings, Terms
    from gis.partition import Geometries
    from layers.files.surveys import Survey


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """A survey, what is wrong with it, and the shapes of the findings in CGCS2000 degrees."""

    survey: Survey
    findings: Findings
    shapes: Geometries

    @property
    def counts(self) -> dict[Severity, int]:
        """Return how many findings there are of each severity."""
        count = Counter(finding.severity for finding in self.findings)
        return {severity: count[severity] for severity in Severity}


def check_survey(survey: Survey, terms: Terms) -> Checked:
    """
    Check a survey.

    Raises
    ------
    CrsError
        If its CRS is in neither degrees nor metres.
    """
    findings = find_defects(
        survey.units,
        survey.frame,
        parents=survey.parents,
        buildings=survey.buildings,
        compounds=survey.compounds,
        streets=survey.streets,
        terms=terms,
    )
    site, _ = make_site(survey.units, survey.frame, survey.parents, terms)
    shapes = geometries(finding.geometry for finding in findings)
    return Checked(survey, findings, to_degrees(shapes, site.plane))


def to_degrees(shapes: Geometries, crs: str) -> Geometries:
    """Bring shapes to CGCS2000 degrees; None and what has no place on earth become None."""
    if parse_crs(crs) == parse_crs(LONLAT_CRS):
        return shapes

    def convert(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(transformer(crs, LONLAT_CRS).transform(xy[:, 0], xy[:, 1]))

    moved: Geometries = shapely.transform(shapely.force_2d(shapes), convert)
    moved[~np.isfinite(shapely.bounds(moved)).all(axis=1)] = None
    return moved
