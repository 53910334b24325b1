"""Service centres: what they offer, when they are open, and how they are known to the public."""

import logging
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from geoalchemy2.shape import to_shape
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from layers.boundaries import Unit
from layers.models import CentreException, ServiceCentre, ServiceRegion
from layers.opening import Closure, Hours, HoursError, Now, check_hours

SERVICES = {
    "certificates": ("证明开具", "Certificates"),
    "child_care": ("儿童之家", "Children"),
    "civil_affairs": ("民政办理", "Civil affairs"),
    "dispatch": ("网格调度", "Grid dispatch"),
    "elder_care": ("养老助餐", "Care and meals for older people"),
    "legal_aid": ("法律咨询", "Legal advice"),
    "mediation": ("矛盾调解", "Mediation"),
    "party": ("党员服务", "Party members"),
    "reading": ("图书阅览", "Reading room"),
    "social_security": ("社保医保", "Social and medical insurance"),
    "volunteers": ("志愿服务", "Volunteers"),
}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Centre:
    """
    A service centre as the public may know it: its desk's line, never a person.

    `lon`, `lat` in CGCS2000 degrees; `hours` is None if what is stored cannot be read.
    """

    code: str
    name: str
    name_en: str | None
    kind: str
    region: Unit
    community_code: str | None
    address: str | None
    phone: str | None
    services: tuple[str, ...]
    step_free: bool
    capacity: int | None
    rule: str
    hours: Hours | None
    lon: float
    lat: float

    def at(self, at: datetime) -> Now | None:
        """Say how it stands at a moment; None if its hours cannot be read."""
        return self.hours.at(at) if self.hours else None

    def is_open(self, at: datetime) -> bool:
        """Tell whether it is known to be open at a moment."""
        return self.hours is not None and self.hours.is_open(at)


def list_centres(session: Session) -> list[Centre]:
    """Return all centres with their hours, sorted by code."""
    regions = {
        region.code: Unit(region.code, region.name, region.name_en)
        for region in session.scalars(select(ServiceRegion))
    }
    exceptions: dict[str, dict[date, Closure]] = defaultdict(dict)
    for row in session.scalars(select(CentreException)):
        exceptions[row.centre_code].update(_days(row))
    return [
        _describe(row, regions[row.region_code], exceptions[row.code])
        for row in session.scalars(select(ServiceCentre).order_by(ServiceCentre.code))
    ]


def add_exception(session: Session, centre_code: str, closure: Closure) -> CentreException:
    """
    Give a centre other hours for some days, or close it; every service is told on commit.

    Raises
    ------
    HoursError
        If the hours cannot be read, or the last day is before the first.
    """
    if closure.hours is not None:
        check_hours(closure.hours)
    if closure.last < closure.first:
        raise HoursError(f"the exception ends on {closure.last}, before {closure.first}")
    row = CentreException(
        centre_code=centre_code,
        days=Range(closure.first, closure.last, bounds="[]"),
        hours=closure.hours,
        reason_zh=closure.reason_zh,
        reason_en=closure.reason_en,
    )
    session.add(row)
    session.flush()
    return row


def _days(row: CentreException) -> Iterator[tuple[date, Closure]]:
    first, end = row.days.lower, row.days.upper
    if first is None or end is None:
        raise ValueError(f"exception {row.id} has no end")  # the table forbids it
    closure = Closure(first, end - timedelta(days=1), row.hours, row.reason_zh, row.reason_en)
    for number in range((end - first).days):
        yield first + timedelta(days=number), closure


def _describe(row: ServiceCentre, region: Unit, exceptions: dict[date, Closure]) -> Centre:
    ((lon, lat),) = to_shape(row.geom).coords
    return Centre(
        code=row.code,
        name=row.name,
        name_en=row.name_en,
        kind=row.kind,
        region=region,
        community_code=row.community_code,
        address=row.address,
        phone=row.phone,
        services=tuple(sorted(row.services)),
        step_free=row.step_free,
        capacity=row.capacity,
        rule=row.opening_hours,
        hours=_hours(row, exceptions),
        lon=float(lon),
        lat=float(lat),
    )


def _hours(row: ServiceCentre, exceptions: dict[date, Closure]) -> Hours | None:
    try:
        for rule in {row.opening_hours, *(one.hours for one in exceptions.values() if one.hours)}:
            check_hours(rule)
    except HoursError as error:
        log.warning("centre %s: %s", row.code, error)
        return None
    return Hours(row.opening_hours, exceptions)
