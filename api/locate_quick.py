"""
The short way to `GET /locate`: the same answer without the framework between.

Reading three query parameters and checking an answer that we made ourselves takes the framework
twenty times as long as locating. What the short way does not know to the letter (another query,
anything wrong, a version not in memory) goes the long way through `api.locate`, which also says in
`/openapi.json` what is asked and answered.
"""

from datetime import UTC, datetime
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

from api.locate_json import LocateJson
from gis.datum import Datum
from gis.errors import JingweiError
from layers.assignment import assign
from layers.boundaries import NoVersionError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from api.deps import State

DATUMS = {datum.value.encode(): datum for datum in Datum}
NUMBER = frozenset(b"0123456789.-")


class Given(NamedTuple):
    """A point as it was given."""

    lon: float
    lat: float
    datum: Datum


class QuickLocate:
    """Wraps the service and answers plain questions to `GET /locate` itself."""

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app
        self._json: LocateJson | None = None

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer, or pass on what is not plain."""
        body = None
        if scope["type"] == "http" and scope["path"] == "/locate" and scope["method"] == "GET":
            body = self._answer(scope["app"].state.held, scope["query_string"])
        if body is None:
            await self._app(scope, receive, send)
            return
        headers = [
            (b"content-length", str(len(body)).encode()),
            (b"content-type", b"application/json"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _answer(self, state: "State", query: bytes) -> bytes | None:
        given = _read(query)
        now = datetime.now(UTC)
        try:
            city = state.atlas.held(state.atlas.version_at(now)) if given else None
            if given is None or city is None:
                return None
            place = assign(city, given.lon, given.lat, given.datum)
        except (JingweiError, NoVersionError):
            return None
        if self._json is None or self._json.city is not city:
            self._json = LocateJson(city)
        officer = state.atlas.roster.on_duty(place.grid.code, now) if place.grid else None
        return self._json.write(given, place, officer).encode()


def _read(query: bytes) -> Given | None:
    """Read lon, lat and datum, each once, in any order; None if it is not just that."""
    values = {}
    for part in query.split(b"&"):
        name, _, value = part.partition(b"=")
        values[name] = value
    if values.keys() != {b"lon", b"lat", b"datum"} or query.count(b"&") != len(values) - 1:
        return None
    lon, lat, datum = values[b"lon"], values[b"lat"], DATUMS.get(values[b"datum"])
    if datum is None or not (NUMBER.issuperset(lon) and NUMBER.issuperset(lat)):
        return None
    try:
        there = float(lon), float(lat)
    except ValueError:
        return None
    if not all(map(isfinite, there)):
        return None
    return Given(*there, datum)
