"""The shapes of requests and answers; degrees are in CGCS2000 unless a datum is named."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator

from gis.datum import Datum
from layers.assignment import Assignment
from layers.boundaries import CityMap, Unit, Version
from layers.cases.case_types import CASE_TYPES
from layers.cases.steps import STEPS
from layers.models import Channel, Incident, IncidentEvent, IncidentState, Queue
from layers.officers import OnDuty

Degrees = Annotated[float, Field(allow_inf_nan=False)]
GridCode = Annotated[str, Field(pattern=r"^[0-9]{15}$", examples=["141182002008003"])]


class Answer(BaseModel):
    """Base of all answers."""

    model_config = ConfigDict(from_attributes=True)


class Text(Answer):
    """The same words in Chinese and in English."""

    zh: str
    en: str


class Point(Answer):
    """A point in CGCS2000 degrees."""

    lon: float
    lat: float


class GivenPoint(Point):
    """A point as it was given, in its declared datum."""

    datum: Datum


class UnitOut(Answer):
    """A grid, community or subdistrict."""

    code: str
    name: str
    name_en: str | None = None
    kind: str | None = None


class NeighbourOut(UnitOut):
    """A grid nearby and how far its border is."""

    distance_m: float


class OfficerOut(Answer):
    """Who answers: a role and a duty line, never a person's name."""

    role_name: str
    role_name_en: str | None
    duty_line: str
    standing_in: bool


class VersionOut(Answer):
    """The boundary version an answer is by."""

    id: int
    label: str
    valid_from: datetime


class LocateOut(Answer):
    """Which grid must answer for a point, who is on duty there, and why."""

    given: GivenPoint
    point: Point
    how: Literal["inside", "edge", "gap", "outside", "building", "by_hand"]
    grid: UnitOut | None
    community: UnitOut | None
    subdistrict: UnitOut | None
    border_distance_m: float | None
    nearest: NeighbourOut | None
    neighbours: list[NeighbourOut]
    officer: OfficerOut | None
    queue: Queue
    reason: Text
    version: VersionOut

    @classmethod
    def of(
        cls, given: GivenPoint, place: Assignment, officer: OnDuty | None, city: CityMap
    ) -> Self:
        """Describe an assignment by the map it was made with."""
        return cls(
            given=given,
            point=Point(lon=place.lon, lat=place.lat),
            how=place.how,  # type: ignore[arg-type]  # checked by pydantic
            grid=_unit(place.grid),
            community=_unit(place.community),
            subdistrict=_unit(place.subdistrict),
            border_distance_m=round(place.border_distance_m, 3),
            nearest=_near(city, place.nearest.code, place.nearest.distance_m)
            if place.nearest
            else None,
            neighbours=[_near(city, near.code, near.distance_m) for near in place.neighbours],
            officer=OfficerOut.model_validate(officer) if officer else None,
            queue=place.queue,
            reason=Text.model_validate(place.reason),
            version=_version(city.version),
        )


class ReportIn(BaseModel):
    """A report: what, where, and how it came in."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    category: str = Field(description=f"One of {', '.join(CASE_TYPES)}.", examples=["environment"])
    text: str = Field(min_length=1, max_length=2000, examples=["路灯不亮"])
    lon: Degrees = Field(examples=[111.7856])
    lat: Degrees = Field(examples=[37.2611])
    datum: Datum = Field(description="What the pair is in; it cannot be told from the numbers.")
    channel: Channel = Channel.WEB
    building_code: str | None = Field(default=None, max_length=40)
    address: str | None = Field(default=None, max_length=200)

    @field_validator("category")
    @classmethod
    def _known(cls, category: str) -> str:
        if category not in CASE_TYPES:
            raise ValueError(f"{category!r} is no category: use one of {', '.join(CASE_TYPES)}")
        return category


class IncidentOut(LocateOut):
    """A stored report with its assignment."""

    number: str
    state: IncidentState
    channel: Channel
    category: str
    text: str
    address: str | None
    building_code: str | None
    reported_at: datetime

    @classmethod
    def stored(cls, incident: Incident, officer: OnDuty | None, city: CityMap) -> Self:
        """Describe a stored incident by the map of the version that served it."""
        grid = city.grids.get(incident.grid_code or "")
        point = incident.point
        return cls(
            given=GivenPoint(
                lon=incident.given_lon, lat=incident.given_lat, datum=Datum(incident.datum)
            ),
            point=Point(lon=point[0], lat=point[1]),
            how=incident.how,  # type: ignore[arg-type]  # checked by pydantic
            grid=_unit(grid),
            community=_unit(city.community_of(grid.code)) if grid else None,
            subdistrict=_unit(city.subdistrict_of(grid.code)) if grid else None,
            border_distance_m=None
            if incident.border_distance_m is None
            else round(incident.border_distance_m, 3),
            nearest=_near(city, incident.nearest_grid_code, incident.nearest_distance_m or 0.0)
            if incident.nearest_grid_code
            else None,
            neighbours=[_near(city, n["code"], n["distance_m"]) for n in incident.neighbours],
            officer=OfficerOut.model_validate(officer) if officer else None,
            queue=incident.queue,
            reason=Text(zh=incident.reason_zh, en=incident.reason_en),
            version=_version(city.version),
            number=incident.number,
            state=incident.state,
            channel=incident.channel,
            category=incident.category,
            text=incident.text,
            address=incident.address,
            building_code=incident.building_code,
            reported_at=incident.reported_at,
        )


class IncidentPage(Answer):
    """Incidents, newest first; `next` is the link to the page after, None on the last."""

    incidents: list[IncidentOut]
    next: str | None


class EventOut(Answer):
    """One thing that happened to an incident."""

    serial: int
    kind: str
    actor: str
    state: IncidentState
    note: str
    grid_code: str | None
    owner: str | None = Field(description="null in events of before cases had owners.")
    detail: dict[str, Any]
    at: datetime

    @classmethod
    def of(cls, event: IncidentEvent) -> Self:
        """Describe a stored event."""
        return cls.model_validate(event)


class StepIn(BaseModel):
    """A step in an incident's life that needs no more than a note or a grid."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    kind: str = Field(description=f"One of {', '.join(STEPS)}.", examples=["accept"])
    actor: str = Field(min_length=1, max_length=60, description="A role, not a person's name.")
    note: str = Field(default="", max_length=2000)
    grid_code: GridCode | None = None


def _unit(unit: Unit | None) -> UnitOut | None:
    return UnitOut.model_validate(unit) if unit else None


def _near(city: CityMap, code: str, distance_m: float) -> NeighbourOut:
    unit = city.grids[code]
    return NeighbourOut(
        code=unit.code,
        name=unit.name,
        name_en=unit.name_en,
        kind=unit.kind,
        distance_m=round(distance_m, 3),
    )


def _version(version: Version) -> VersionOut:
    return VersionOut.model_validate(version)
