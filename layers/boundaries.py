"""Boundary versions in force, and each as an immutable map of the city in memory."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import shapely
from sqlalchemy import Row, func, select, text, union, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from gis.crs import LonLatBounds
from gis.errors import JingweiError
from gis.locator import Locator
from layers.checks import CheckFailedError
from layers.findings import list_open_blocking
from layers.models import (
    BoundaryVersion,
    Community,
    GivenCode,
    Grid,
    IssuedCode,
    Subdistrict,
    VersionState,
)


class NoVersionError(LookupError):
    """No boundary version is in force at that time."""


class VersionConflictError(Exception):
    """The version cannot be published: its base is no longer in force, or the date is taken."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A subdistrict, community or grid by code and name."""

    code: str
    name: str
    name_en: str | None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """One published version: what it is and when it was or is in force."""

    id: int
    city_code: str
    city_name: str
    city_name_en: str | None
    label: str
    planar_srid: int
    synthetic: bool
    valid_from: datetime
    valid_to: datetime | None

    def in_force(self, at: datetime) -> bool:
        """Tell whether the version answers for the time `at`."""
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)


@dataclass(frozen=True, slots=True)
class CityMap:
    """A published version in memory: its locator and the names of its units."""

    version: Version
    locator: Locator
    bounds: LonLatBounds
    grids: Mapping[str, Unit]
    communities: Mapping[str, Unit]
    subdistricts: Mapping[str, Unit]

    def community_of(self, grid_code: str) -> Unit:
        """Return the community a grid belongs to (the first 12 digits of its code)."""
        return self.communities[grid_code[:12]]

    def subdistrict_of(self, grid_code: str) -> Unit:
        """Return the subdistrict a grid belongs to (the first 9 digits of its code)."""
        return self.subdistricts[grid_code[:9]]


def list_versions(session: Session) -> list[Version]:
    """Return all published versions, oldest first."""
    query = (
        select(BoundaryVersion)
        .where(BoundaryVersion.state == VersionState.PUBLISHED)
        .order_by(func.lower(BoundaryVersion.validity))
    )
    return [_describe(version) for version in session.scalars(query)]


def get_version_in_force(session: Session, at: datetime, *, hold: bool = False) -> Version:
    """
    Return the version that answers for the time `at`.

    With `hold` the row is locked FOR SHARE, so that no publish slips in before the commit.

    Raises
    ------
    NoVersionError
        If no version is in force then.
    """
    query = select(BoundaryVersion).where(BoundaryVersion.validity.contains(at))
    if hold:
        query = query.with_for_update(read=True)
    version = session.scalars(query).one_or_none()
    if version is None:
        raise NoVersionError(f"no boundary version is in force at {at.isoformat()}")
    return _describe(version)


def get_version(session: Session, version_id: int) -> Version:
    """
    Return a published version by id.

    Raises
    ------
    NoVersionError
        If there is none of that id, or it is not published.
    """
    version = session.get(BoundaryVersion, version_id)
    if version is None or version.state is not VersionState.PUBLISHED:
        raise NoVersionError(f"there is no published boundary version {version_id}")
    return _describe(version)


def load_city_map(
    session: Session, version: Version, *, gap_tolerance_m: float, near_border_m: float
) -> CityMap:
    """Read a published version into memory; takes about as long as reading its polygons."""
    rows = session.execute(
        select(Grid.code, Grid.name, Grid.name_en, Grid.kind, func.ST_AsBinary(Grid.geom))
        .where(Grid.version_id == version.id)
        .order_by(Grid.code)
    ).all()
    polygons = shapely.from_wkb([bytes(row[4]) for row in rows])
    frame = session.scalars(
        select(func.ST_AsBinary(BoundaryVersion.frame)).where(BoundaryVersion.id == version.id)
    ).one()
    return CityMap(
        version=version,
        locator=Locator(
            [row.code for row in rows],
            list(polygons),
            planar=f"EPSG:{version.planar_srid}",
            gap_tolerance_m=gap_tolerance_m,
            near_border_m=near_border_m,
        ),
        bounds=LonLatBounds(*shapely.from_wkb(bytes(frame)).bounds),
        grids={row.code: _unit(row, row.kind.value) for row in rows},
        communities=_units(session, Community, version.id),
        subdistricts=_units(session, Subdistrict, version.id),
    )


def publish(session: Session, draft: BoundaryVersion, valid_from: datetime) -> Version:
    """
    Put a draft in force from a time on; the version before it ends there.

    Codes that no longer occur are retired for ever. Every service is told on commit.

    Raises
    ------
    VersionConflictError
        If the draft is not based on the version in force then, or a later one is planned.
    CheckFailedError
        If the draft has blocking faults that nobody accepted.
    JingweiError
        If the time has no zone, or the draft is not a draft.
    """
    if valid_from.tzinfo is None:
        raise JingweiError(f"valid_from {valid_from} has no time zone: add one, e.g. +08:00")
    session.flush()
    session.refresh(draft, with_for_update=True)  # no edit that locks it slips in between
    if draft.state is not VersionState.DRAFT:
        raise JingweiError(f"version {draft.id} is {draft.state.value}; only a draft is published")
    blocking = list_open_blocking(session, draft.id)
    if blocking:
        raise CheckFailedError(blocking)
    session.execute(text("select pg_advisory_xact_lock(hashtext('publish'))"))
    last = session.scalars(
        select(BoundaryVersion)
        .where(
            BoundaryVersion.city_code == draft.city_code,
            BoundaryVersion.state == VersionState.PUBLISHED,
            func.upper_inf(BoundaryVersion.validity),
        )
        .with_for_update()
    ).one_or_none()
    if last is not None:
        _end(last, draft, valid_from)
        session.flush()
    draft.state = VersionState.PUBLISHED
    draft.validity = Range(valid_from, None, bounds="[)")
    draft.published_at = datetime.now(UTC)
    session.flush()
    _retire_codes(session, draft)
    return _describe(draft)


def next_grid_code(session: Session, version: BoundaryVersion, community_code: str) -> str:
    """
    Return the next free grid code of a community: its code and a three-digit serial.

    Serials count on from the highest ever issued, or given to a draft, so a code is never used
    twice.

    Raises
    ------
    JingweiError
        If all 999 serials of the community are used.
    """
    highest = max(
        session.scalar(
            select(func.max(known.code)).where(
                known.scheme == version.scheme,
                known.code.startswith(community_code),
                func.length(known.code) == 15,  # noqa: PLR2004  digits of a grid code
            )
        )
        or ""
        for known in (IssuedCode, GivenCode)
    )
    serial = int(highest[-3:]) + 1 if highest else 1
    if serial > 999:  # noqa: PLR2004  three digits
        raise JingweiError(f"community {community_code} has used all 999 grid serials")
    return f"{community_code}{serial:03d}"


def _end(last: BoundaryVersion, draft: BoundaryVersion, valid_from: datetime) -> None:
    assert last.validity is not None  # published, by a constraint of the table  # noqa: S101
    starts = last.validity.lower
    if starts is not None and starts >= valid_from:
        raise VersionConflictError(
            f"version {last.id} ({last.label}) starts at {starts.isoformat()}, "
            f"not before {valid_from.isoformat()}: choose a later time"
        )
    if draft.base_id != last.id:
        raise VersionConflictError(
            f"the draft is based on version {draft.base_id}, but version {last.id} "
            f"({last.label}) is the latest published: bring the draft up to date"
        )
    last.validity = Range(starts, valid_from, bounds="[)")


def _retire_codes(session: Session, published: BoundaryVersion) -> None:
    """Mark the codes this version no longer has, and take the mark off those it brings back."""
    used = union(
        *(
            select(model.code).where(model.version_id == published.id)
            for model in (Grid, Community, Subdistrict)
        )
    )
    mine = (
        IssuedCode.scheme == published.scheme,
        IssuedCode.code.startswith(published.city_code),
    )
    session.execute(
        update(IssuedCode)
        .where(*mine, IssuedCode.retired_at.is_(None), IssuedCode.code.not_in(used))
        .values(retired_at=func.now())
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(IssuedCode)
        .where(*mine, IssuedCode.retired_at.is_not(None), IssuedCode.code.in_(used))
        .values(retired_at=None)
        .execution_options(synchronize_session=False)
    )


def _describe(version: BoundaryVersion) -> Version:
    assert version.validity is not None  # noqa: S101  only published versions come here
    assert version.validity.lower is not None  # noqa: S101  by a constraint of the table
    return Version(
        id=version.id,
        city_code=version.city_code,
        city_name=version.city_name,
        city_name_en=version.city_name_en,
        label=version.label,
        planar_srid=version.planar_srid,
        synthetic=version.synthetic,
        valid_from=version.validity.lower,
        valid_to=version.validity.upper,
    )


def _units(
    session: Session, model: type[Community] | type[Subdistrict], version_id: int
) -> dict[str, Unit]:
    query = select(model.code, model.name, model.name_en).where(model.version_id == version_id)
    return {row.code: _unit(row) for row in session.execute(query)}


def _unit(row: Row[*tuple[Any, ...]], kind: str | None = None) -> Unit:
    return Unit(row.code, row.name, row.name_en, kind)
