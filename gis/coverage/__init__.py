"""
The check of a partition of the ground: gaps, overlaps, and whatever else is wrong with it.

    findings = find_defects(partition, frame, parents=communities, buildings=buildings)

Every rule has a stable number; see `gis.coverage.rules`.
"""

from gis.coverage.check import find_defects, has_blocking
from gis.coverage.findings import Action, Finding, Findings, Fix
from gis.coverage.rules import RULES, USUAL, Kind, Severity, Terms

__all__ = [
    "RULES",
    "USUAL",
    "Action",
    "Finding",
    "Findings",
    "Fix",
    "Kind",
    "Severity",
    "Terms",
    "find_defects",
    "has_blocking",
]
