"""`GET /locate`: which grid must answer for a point, and why."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool

from api.deps import State, StateDep
from api.schemas import Degrees, GivenPoint, LocateOut
from gis.datum import Datum
from gis.errors import JingweiError
from layers.assignment import BuildingPlace, assign, get_building
from layers.boundaries import CityMap

router = APIRouter(tags=["locate"])


@router.get("/locate")
async def locate(  # in memory but for a named building, hence async
    state: StateDep,
    lon: Annotated[Degrees, Query(description="Degrees east.", examples=[111.7856])],
    lat: Annotated[Degrees, Query(description="Degrees north.", examples=[37.2611])],
    datum: Annotated[
        Datum,
        Query(description="What the pair is in; it cannot be told from the numbers."),
    ],
    *,
    building: Annotated[str | None, Query(description="Code of a building, if known.")] = None,
    at: Annotated[datetime | None, Query(description="Ask an older or a planned version.")] = None,
) -> LocateOut:
    """Name the grid responsible for a point, its officer on duty and the reason."""
    when = at or datetime.now(UTC)
    city = await get_map(state, when)
    named = await run_in_threadpool(_building, state, city, building) if building else None
    place = assign(city, lon, lat, datum, named)
    officer = state.atlas.roster.on_duty(place.grid.code, when) if place.grid else None
    return LocateOut.of(GivenPoint(lon=lon, lat=lat, datum=datum), place, officer, city)


async def get_map(state: State, at: datetime | None) -> CityMap:
    """
    Return the map in force at a time, now if none is given.

    Raises
    ------
    JingweiError
        If the time has no zone.
    NoVersionError
        If no version is in force then.
    """
    if at is not None and at.tzinfo is None:
        raise JingweiError(f"the time {at.isoformat()} has no zone: add one, for example +08:00")
    version = state.atlas.version_at(at or datetime.now(UTC))
    held = state.atlas.held(version)
    # a map not in memory is read from the database, away from the event loop
    return held if held is not None else await run_in_threadpool(state.atlas.of, version)


def _building(state: State, city: CityMap, code: str) -> BuildingPlace:
    with state.sessions() as session:
        return get_building(session, city, code)
