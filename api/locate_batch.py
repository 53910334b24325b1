"""`POST /locate`: many points in one request, as JSON or as an Arrow stream."""

from datetime import datetime
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
from fastapi import APIRouter, Query, Request, Response
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool

from api.deps import StateDep
from api.errors import TooLargeError
from api.locate import get_map
from api.schemas import Answer, VersionOut
from gis.crs import check_lonlat
from gis.datum import Datum, to_cgcs2000
from gis.errors import CoordinateError, JingweiError
from gis.locator import HOWS, Locator
from layers.boundaries import CityMap

router = APIRouter(tags=["locate"])

ARROW = "application/vnd.apache.arrow.stream"
MAX_JSON_POINTS = 10_000
MAX_ARROW_POINTS = 5_000_000
MAX_BODY_BYTES = 128 * 1024 * 1024

Degrees = NDArray[np.float64]


class PointsIn(BaseModel):
    """Points as [lon, lat] pairs, all in one datum."""

    model_config = ConfigDict(extra="forbid")

    datum: Datum
    points: list[tuple[float, float]] = Field(max_length=MAX_JSON_POINTS)


class Found(Answer):
    """The answer for one point; `grid` is None where the dispatch centre must sort it."""

    grid: str | None
    how: str
    border_distance_m: float
    nearest: str | None


class FoundAll(Answer):
    """The answers in the order of the points."""

    version: VersionOut
    results: list[Found]


@router.post(
    "/locate",
    response_model=FoundAll,
    responses={
        200: {"content": {ARROW: {}}},
        413: {"description": f"More than {MAX_BODY_BYTES} bytes."},
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": PointsIn.model_json_schema()},
                ARROW: {"schema": {"type": "string", "format": "binary"}},
            },
        }
    },
)
async def locate_many(
    request: Request,
    state: StateDep,
    *,
    datum: Annotated[Datum | None, Query(description="Of the points of an Arrow stream.")] = None,
    at: Annotated[datetime | None, Query(description="Ask an older or a planned version.")] = None,
    distance: Annotated[
        bool, Query(description="With Arrow: also the distance to the border, in metres.")
    ] = False,
) -> Any:  # noqa: ANN401  JSON or Arrow, as was sent
    """
    Name the grid for each of many points.

    JSON: up to 10,000 `[lon, lat]` pairs. Arrow: a stream with the float64 columns `lon` and
    `lat` and the query `datum`; answered with the columns `grid`, `how` and, if asked for,
    `border_distance_m`.
    """
    city = await get_map(state, at)
    body = await _body(request)
    if request.headers.get("content-type", "").startswith(ARROW):
        if datum is None:
            choices = ", ".join(Datum)
            raise JingweiError(f"an Arrow stream needs the query datum: one of {choices}")
        answer = await run_in_threadpool(_arrow, city, body, datum, distance=distance)
        return Response(memoryview(answer), media_type=ARROW)
    return await run_in_threadpool(_json, city, body)


def warm(city: CityMap) -> None:
    """Answer one Arrow stream, so that the first request does not wait for libraries to load."""
    box = city.bounds
    points = pa.table({"lon": [(box.west + box.east) / 2], "lat": [(box.south + box.north) / 2]})
    _arrow(city, _stream(points).to_pybytes(), Datum.CGCS2000, distance=True)


async def _body(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY_BYTES:
            raise TooLargeError(f"the body is larger than {MAX_BODY_BYTES} bytes: send less")
        parts.append(part)
    return b"".join(parts)


def _json(city: CityMap, body: bytes) -> FoundAll:
    try:
        given = PointsIn.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise JingweiError(f"{where or 'body'}: {first['msg']}") from None
    pairs = np.array(given.points, dtype=np.float64).reshape(-1, 2)
    lon, lat = _convert(city, pairs[:, 0], pairs[:, 1], given.datum)
    found, codes = city.locator.locate(lon, lat), city.locator.codes
    return FoundAll(
        version=VersionOut.model_validate(city.version),
        results=[
            Found(
                grid=codes[row] if row >= 0 else None,
                how=HOWS[how],
                border_distance_m=round(float(border), 3),
                nearest=codes[near] if near >= 0 else None,
            )
            for row, how, border, near in zip(
                found.rows, found.how, found.border_distance_m, found.nearest_rows, strict=True
            )
        ],
    )


def _arrow(city: CityMap, body: bytes, datum: Datum, *, distance: bool) -> pa.Buffer:
    lon, lat = _convert(city, *_columns(body), datum)
    return _write(city.locator, lon, lat, distance=distance)


def _columns(body: bytes) -> tuple[Degrees, Degrees]:
    try:
        table = pa.ipc.open_stream(body).read_all()
        lon, lat = (table.column(name).cast(pa.float64()) for name in ("lon", "lat"))
    except (pa.ArrowException, KeyError, OSError) as error:
        raise JingweiError(
            f"the body is no Arrow stream with the number columns lon and lat: {error}"
        ) from None
    if len(table) > MAX_ARROW_POINTS:
        raise TooLargeError(f"{len(table)} points at once: send at most {MAX_ARROW_POINTS}")
    if lon.null_count or lat.null_count:
        raise CoordinateError("lon and lat must not be null: leave out the rows without a point")
    return lon.to_numpy(), lat.to_numpy()


def _convert(city: CityMap, lon: Degrees, lat: Degrees, datum: Datum) -> tuple[Degrees, Degrees]:
    check_lonlat(lon, lat, city.bounds)
    return to_cgcs2000(lon, lat, datum)


def _write(locator: Locator, lon: Degrees, lat: Degrees, *, distance: bool) -> pa.Buffer:
    found = locator.locate(lon, lat, distances=distance)
    codes, hows = pa.array(locator.codes), pa.array([str(how.value) for how in HOWS])
    columns = {
        "grid": pa.DictionaryArray.from_arrays(pa.array(found.rows, mask=found.rows < 0), codes),
        "how": pa.DictionaryArray.from_arrays(pa.array(found.how.astype(np.int8)), hows),
    }
    if distance:
        columns["border_distance_m"] = pa.array(found.border_distance_m)
    return _stream(pa.table(columns))


def _stream(table: pa.Table) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue()
