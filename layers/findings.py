"""Findings of a version as stored by its latest check, and what people accepted of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from geoalchemy2.shape import from_shape
from sqlalchemy import delete, insert, select

from gis.coverage import Finding, Findings, Severity
from gis.crs import LONLAT_CRS, transformer
from layers.acceptances import acceptance_of, latest_acts, may_be_accepted
from layers.checks import Content, check_content, read_content
from layers.models import (
    SRID,
    FindingAcceptance,
    StoredFinding,
    VersionCheck,
)
from layers.versions import get_any_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from geoalchemy2 import WKBElement
    from numpy.typing import NDArray
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which findings: all that are not None must hold; `after` is the last serial seen."""

    severity: Severity | None = None
    rule_id: str | None = None
    accepted: bool | None = None
    after: int = -1
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """A stored finding, and the acceptance that holds for it."""

    finding: StoredFinding
    acceptance: FindingAcceptance | None

    @property
    def acceptable(self) -> bool:
        """Whether a person may accept it."""
        return may_be_accepted(self.finding)


def store_findings(
    session: Session, version_id: int, content: Content, findings: Findings
) -> VersionCheck:
    """Keep what a check found, in the place of what the check before it found."""
    session.execute(
        delete(VersionCheck)
        .where(VersionCheck.version_id == version_id)
        .execution_options(synchronize_session="fetch")
    )
    check = VersionCheck(version_id=version_id, content_hash=content.hash)
    session.add(check)
    session.flush()
    shapes = _in_degrees(findings, content.plane)
    rows = [
        _row(version_id, serial, finding, shape)
        for serial, (finding, shape) in enumerate(zip(findings, shapes, strict=True))
    ]
    if rows:
        session.execute(insert(StoredFinding), rows)
    return check


def get_check(session: Session, version_id: int) -> VersionCheck | None:
    """
    Return the latest stored check of a version; None if it was never checked.

    Raises
    ------
    VersionNotFoundError
        If there is no such version.
    """
    get_any_version(session, version_id)
    return session.get(VersionCheck, version_id, populate_existing=True)


def is_current(session: Session, check: VersionCheck) -> bool:
    """Tell whether a check is of exactly what the version holds now; reads it all."""
    return read_content(session, check.version_id).hash == check.content_hash


def list_findings(session: Session, version_id: int, wanted: Wanted) -> list[Settled]:
    """Return the stored findings of a version, the worst first."""
    query = (
        select(StoredFinding)
        .where(StoredFinding.version_id == version_id, StoredFinding.serial > wanted.after)
        .order_by(StoredFinding.serial)
    )
    if wanted.severity is not None:
        query = query.where(StoredFinding.severity == wanted.severity.value)
    if wanted.rule_id is not None:
        query = query.where(StoredFinding.rule_id == wanted.rule_id)
    if wanted.accepted is None and wanted.limit is not None:
        query = query.limit(wanted.limit)
    acceptances = latest_acts(session, version_id)
    settled: list[Settled] = []
    for finding in session.scalars(query):
        one = Settled(finding, acceptance_of(acceptances, finding))
        if wanted.accepted is None or wanted.accepted == (one.acceptance is not None):
            settled.append(one)
        if len(settled) == wanted.limit:
            break
    return settled


def list_open_blocking(
    session: Session, version_id: int
) -> Sequence[Finding] | Sequence[StoredFinding]:
    """
    Return what forbids publishing a version: blocking findings that nobody accepted.

    Stored findings are used if they are of exactly what the version holds now; else it is checked.
    """
    content = read_content(session, version_id)
    acceptances = latest_acts(session, version_id)
    check = session.get(VersionCheck, version_id, populate_existing=True)
    if check is not None and check.content_hash == content.hash:
        wanted = Wanted(severity=Severity.BLOCKING, accepted=False)
        return [one.finding for one in list_findings(session, version_id, wanted)]
    return [
        finding
        for finding in check_content(content)
        if finding.severity is Severity.BLOCKING and acceptance_of(acceptances, finding) is None
    ]


def _row(
    version_id: int, serial: int, finding: Finding, shape: WKBElement | None
) -> dict[str, Any]:
    return {
        "version_id": version_id,
        "serial": serial,
        "key": finding.key,
        "rule_id": finding.rule_id,
        "severity": finding.severity.value,
        "kind": finding.kind.value,
        "layer": finding.layer,
        "codes": list(finding.codes),
        "owners": list(finding.owners),
        "text_zh": finding.text_zh,
        "text_en": finding.text_en,
        "fix": asdict(finding.fix),
        "detail": finding.detail,
        "area_m2": finding.area_m2,
        "width_m": finding.width_m,
        "lon": finding.lon,
        "lat": finding.lat,
        "geom": shape,
    }


def _in_degrees(findings: Iterable[Finding], plane: str) -> list[WKBElement | None]:
    back = transformer(plane, LONLAT_CRS)

    def move(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(back.transform(xy[:, 0], xy[:, 1]))

    return [
        None
        if finding.geometry is None or finding.geometry.is_empty
        else from_shape(shapely.transform(shapely.force_2d(finding.geometry), move), srid=SRID)
        for finding in findings
    ]
