"""
The service centres: all of them, one of them, and the nearest on foot.

Where somebody asks from is told to nobody: it is in no log and in no answer but as the start of
the route. Pages send it in the body of a POST, so that it is in no address either.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Body, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json
from starlette.concurrency import run_in_threadpool

from api.deps import State, StateDep
from api.errors import NotFoundError
from api.schemas import Answer, Degrees, Text, UnitOut
from gis.datum import Datum
from gis.errors import JingweiError
from gis.network import How
from layers.centres import SERVICES, Centre
from layers.opening import Now
from layers.walking import CentreMap, First, Gait, NearCentre, Wanted, minutes, place_of
from layers.workdays import DayKind

router = APIRouter(prefix="/centres", tags=["centres"])
ROUTE_DIGITS = 6  # a tenth of a metre
PRIVATE = {"Cache-Control": "no-store"}
CALENDAR_YEARS = range(2000, 2100)
# what is told of each centre whatever the question, for as long as its map is held
_TOLD: WeakKeyDictionary[CentreMap, dict[str, dict[str, Any]]] = WeakKeyDictionary()


class Service(Text):
    """Something one can have done at a centre."""

    code: str


class StandingOut(Answer):
    """
    How a centre stands at the asked moment.

    `until` is when it closes or opens next. If `announced` is false the year's holiday notice is
    not out yet and days may still be moved. `exception` says why today is not as usual.
    """

    open: bool
    until: datetime | None
    day: DayKind
    holiday: Text | None
    announced: bool
    exception: Text | None

    @classmethod
    def of(cls, now: Now) -> Self:
        """Describe a moment."""
        exception, holiday = now.exception, now.day.holiday
        return cls(
            open=now.open,
            until=now.until,
            day=now.day.kind,
            holiday=Text(zh=holiday[0], en=holiday[1]) if holiday else None,
            announced=now.day.announced,
            exception=Text(zh=exception.reason_zh, en=exception.reason_en) if exception else None,
        )


class CentreOut(Answer):
    """A service centre; `now` is null if its opening hours cannot be read."""

    code: str
    name: Text
    kind: Literal["regional", "community"]
    region: UnitOut
    address: str | None
    phone: str | None
    step_free: bool
    services: list[Service]
    opening_hours: str
    now: StandingOut | None
    lon: float
    lat: float

    @classmethod
    def of(cls, centre: Centre, now: Now | None) -> Self:
        """Describe a centre as it stands."""
        return cls(**_plain(centre), now=StandingOut.of(now) if now else None)


class Route(Answer):
    """The way on foot as a GeoJSON line in CGCS2000 degrees."""

    type: Literal["LineString"] = "LineString"
    coordinates: list[tuple[float, float]]


class WalkOut(Answer):
    """
    The walk to a centre.

    `how` is `network`, or `straight_line` where no path is known; then metres and minutes are the
    least it can be. `steps`: there are stairs on the way.
    """

    how: How
    metres: float
    minutes: int
    steps: bool
    route: Route


class NearOut(CentreOut):
    """A centre nearby and the walk there."""

    walk: WalkOut


class CentresOut(Answer):
    """Centres, sorted by code."""

    at: datetime
    centres: list[CentreOut]


class NearestOut(Answer):
    """The nearest centres, nearest first; open ones before closed ones unless asked otherwise."""

    at: datetime
    pace: Gait
    centres: list[NearOut]


class NearestIn(BaseModel):
    """Where somebody is and what is wanted."""

    model_config = ConfigDict(extra="forbid")

    lon: Degrees = Field(examples=[111.7856])
    lat: Degrees = Field(examples=[37.2611])
    datum: Datum = Field(description="What the pair is in; it cannot be told from the numbers.")
    at: datetime | None = Field(default=None, description="When; now if not given.")
    open: First = Field(
        default=First.OPEN, description="Open ones first, only open ones, or any, just by distance."
    )
    service: str | None = Field(
        default=None, description=f"One of {', '.join(SERVICES)}.", max_length=60
    )
    pace: Gait = Field(default=Gait.ORDINARY, description="1.2 m/s, or 0.8 m/s.")


At = Annotated[datetime | None, Query(description="When; now if not given.")]
ServiceQuery = Annotated[
    str | None, Query(description=f"One of {', '.join(SERVICES)}.", max_length=60)
]


@router.get("")
async def get_centres(state: StateDep, at: At = None, service: ServiceQuery = None) -> CentresOut:
    """Return all centres, or those with a service, and how they stand."""
    when, city = _moment(at), await _held(state)
    _check_service(city, service)
    offering = [one for one in city.centres if service is None or service in one.services]
    return CentresOut(at=when, centres=[CentreOut.of(one, one.at(when)) for one in offering])


@router.get("/nearest", response_model=NearestOut)
async def get_nearest(state: StateDep, given: Annotated[NearestIn, Query()]) -> Response:
    """Return the three nearest centres on foot that are open, or when they open next."""
    return await _nearest(state, given)


@router.post("/nearest", response_model=NearestOut)
async def post_nearest(state: StateDep, given: Annotated[NearestIn, Body()]) -> Response:
    """Return the same without the position in the address."""
    return await _nearest(state, given)


@router.get("/{code}", responses={404: {"description": "There is no such centre."}})
async def get_centre(code: str, state: StateDep, at: At = None) -> CentreOut:
    """Return one centre and how it stands."""
    when, city = _moment(at), await _held(state)
    centre = city.by_code.get(code)
    if centre is None:
        raise NotFoundError(f"there is no service centre {code!r}")
    return CentreOut.of(centre, centre.at(when))


async def _nearest(state: State, given: NearestIn) -> Response:
    when, city = _moment(given.at), await _held(state)
    _check_service(city, given.service)
    lon, lat = place_of(state.atlas.at(), given.lon, given.lat, given.datum)
    wanted = Wanted(when, given.pace, given.open, given.service)
    told = _TOLD.setdefault(city, {})
    answer = {
        "at": when,
        "pace": given.pace,
        "centres": [_near(near, told) for near in city.nearest(lon, lat, wanted)],
    }
    return Response(to_json(answer), media_type="application/json", headers=PRIVATE)


def _near(near: NearCentre, told: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return a `NearOut` as plain values: made by the framework it would take twice as long."""
    centre, walk = near.centre, near.walk
    if centre.code not in told:
        told[centre.code] = CentreOut.of(centre, None).model_dump()
    return {
        **told[centre.code],
        "now": StandingOut.of(near.now).model_dump() if near.now else None,
        "walk": {
            "how": walk.how,
            "metres": round(walk.length_m, 1),
            "minutes": minutes(walk),
            "steps": walk.steps,
            "route": {
                "type": "LineString",
                "coordinates": near.route.round(ROUTE_DIGITS).tolist(),
            },
        },
    }


async def _held(state: State) -> CentreMap:
    held = state.centres.held
    # the first one is read from the database, away from the event loop
    return held if held is not None else await run_in_threadpool(state.centres.get)


def _moment(at: datetime | None) -> datetime:
    if at is None:
        return datetime.now(UTC)
    if at.tzinfo is None:
        raise JingweiError(f"the time {at.isoformat()} has no zone: add one, for example +08:00")
    if at.year not in CALENDAR_YEARS:
        raise JingweiError(f"the time {at.isoformat()} is beyond the calendar: 2000 to 2099")
    return at


def _check_service(city: CentreMap, service: str | None) -> None:
    if service is None or service in SERVICES:
        return
    known = {code for centre in city.centres for code in centre.services} | SERVICES.keys()
    if service not in known:
        raise JingweiError(
            f"there is no service {service!r}: use one of {', '.join(sorted(known))}"
        )


def _plain(centre: Centre) -> dict[str, Any]:
    services = [(code, *SERVICES.get(code, (code, code))) for code in centre.services]
    return {
        "code": centre.code,
        "name": Text(zh=centre.name, en=centre.name_en or centre.name),
        "kind": centre.kind,
        "region": UnitOut.model_validate(centre.region),
        "address": centre.address,
        "phone": centre.phone,
        "step_free": centre.step_free,
        "services": [Service(code=code, zh=zh, en=en) for code, zh, en in services],
        "opening_hours": centre.rule,
        "lon": centre.lon,
        "lat": centre.lat,
    }
