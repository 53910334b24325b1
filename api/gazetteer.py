"""Places by what people say of them: search, and what is at a point."""

from typing import Annotated

import numpy as np
import shapely
from fastapi import APIRouter, Query
from pydantic import Field
from shapely.geometry.base import BaseGeometry

from api.deps import SessionDep, StateDep
from api.errors import NotFoundError
from api.schemas import Answer, Degrees, Point, Text
from gis.crs import to_lonlat, to_planar
from gis.datum import Datum, to_cgcs2000
from layers.assignment import assign
from layers.boundaries import CityMap
from layers.gazetteer import Candidate, Finder, Pasted, Why, read_coordinates

router = APIRouter(tags=["places"])
ASKED_M = 1.0  # outlines are drawn on the grids' borders: ground this near to them does not count
DATUM_WORDS = {
    Datum.WGS84: Text(zh="GPS（WGS 84）", en="GPS (WGS 84)"),
    Datum.GCJ02: Text(zh="高德、腾讯（GCJ-02）", en="Amap, Tencent (GCJ-02)"),
    Datum.BD09: Text(zh="百度（BD-09）", en="Baidu (BD-09)"),
    Datum.CGCS2000: Text(zh="国家大地坐标系（CGCS2000）", en="CGCS2000"),
}
USUAL = (Datum.WGS84, Datum.GCJ02, Datum.BD09)


class PlaceOut(Answer):
    """
    A place that may be meant: what it is, why it fits and how exactly it is known.

    `grids` are the codes of the grids it reaches; somebody there is within `uncertainty_m` of
    `lon`, `lat`.
    """

    kind: str
    code: str
    name: str
    name_en: str | None
    lon: float
    lat: float
    bbox: tuple[float, float, float, float]
    within: str | None
    score: float
    why: list[Text]
    uncertainty_m: float
    grids: list[str]
    entrance: int | None
    room: str | None


class ReadingOut(Answer):
    """A pasted pair read in one datum: where that is, and which grid holds it."""

    datum: Datum
    said: Text
    point: Point
    grid_code: str | None
    grid_name: str | None
    near: str | None


class SearchOut(Answer):
    """
    Places found, best first; a question to ask if two are close.

    `readings` are there when coordinates were pasted: one if the text tells the datum, else three.
    """

    results: list[PlaceOut]
    question: Text | None = None
    readings: list[ReadingOut] = Field(default_factory=list)


@router.get("/search")
def get_places(
    session: SessionDep,
    state: StateDep,
    q: Annotated[
        str,
        Query(max_length=500, description="A name, an address, pinyin, a code, or coordinates."),
    ],
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> SearchOut:
    """Find places by what people say: best first, with reasons and how exactly it is known."""
    city = state.atlas.at()
    finder = state.finders.get(session, city, state.atlas.places_edition)
    pasted = read_coordinates(q)
    if pasted is not None:
        return _readings(city, finder, pasted)
    found = finder.find(q, limit=limit)
    return SearchOut(
        results=[_place(city, one) for one in found.candidates],
        question=_text(found.question) if found.question else None,
    )


@router.get(
    "/places/near", responses={404: {"description": "There is no named place within 200 m."}}
)
def get_place_near(
    session: SessionDep,
    state: StateDep,
    lon: Degrees,
    lat: Degrees,
    datum: Datum,
) -> PlaceOut:
    """Return the named place at a point or nearest to it."""
    city = state.atlas.at()
    finder = state.finders.get(session, city, state.atlas.places_edition)
    near = finder.nearest(*_metres(city, *_there(lon, lat, datum)))
    if near is None:
        raise NotFoundError(f"there is no named place within 200 m of {lon}, {lat} ({datum.value})")
    return _place(city, near)


def _place(city: CityMap, found: Candidate) -> PlaceOut:
    lonlat = _degrees(city, found.geometry)
    where = shapely.point_on_surface(lonlat)
    building = found.building
    return PlaceOut(
        kind="building" if building else found.entry.kind,
        code=building.code if building else found.entry.code,
        name=found.label,
        name_en=found.label_en,
        lon=where.x,
        lat=where.y,
        bbox=lonlat.bounds,
        within=found.entry.within or (building.within if building else None),
        score=round(min(found.score, 1.0), 2),
        why=[_text(why) for why in found.why],
        uncertainty_m=round(found.uncertainty_m, 1),
        grids=_grids(city, found),
        entrance=found.entrance,
        room=found.room,
    )


def _grids(city: CityMap, found: Candidate) -> list[str]:
    ground = found.geometry
    if shapely.get_dimensions(ground) == 0:
        ground = found.place.buffer(found.uncertainty_m)
    elif shapely.get_dimensions(ground) > 1:
        inner = ground.buffer(-ASKED_M)
        ground = ground if inner.is_empty else inner
    return city.locator.touched_by(_degrees(city, ground))


def _readings(city: CityMap, finder: Finder, pasted: Pasted) -> SearchOut:
    datums = USUAL if pasted.datum is None else (pasted.datum,)
    readings = []
    for datum in datums:
        lon, lat = _there(pasted.lon, pasted.lat, datum)
        place = assign(city, pasted.lon, pasted.lat, datum)
        near = finder.nearest(*_metres(city, lon, lat))
        readings.append(
            ReadingOut(
                datum=datum,
                said=DATUM_WORDS[datum],
                point=Point(lon=lon, lat=lat),
                grid_code=place.grid.code if place.grid else None,
                grid_name=place.grid.name if place.grid else None,
                near=near.label if near else None,
            )
        )
    differ = len({reading.grid_code for reading in readings}) > 1
    ask = Text(
        zh="坐标是从哪里来的：GPS、高德（腾讯）还是百度？三种读法属于不同网格。",
        en="Where is the pair from: GPS, Amap (Tencent) or Baidu? Each reading is another grid's.",
    )
    return SearchOut(results=[], question=ask if differ else None, readings=readings)


def _there(lon: float, lat: float, datum: Datum) -> tuple[float, float]:
    there = to_cgcs2000(lon, lat, datum)
    return float(there[0]), float(there[1])


def _metres(city: CityMap, lon: float, lat: float) -> tuple[float, float]:
    x, y = to_planar(lon, lat, f"EPSG:{city.version.planar_srid}")
    return float(x), float(y)


def _degrees(city: CityMap, geometry: BaseGeometry) -> BaseGeometry:
    planar = f"EPSG:{city.version.planar_srid}"
    moved: BaseGeometry = shapely.transform(
        geometry, lambda xy: np.column_stack(to_lonlat(xy[:, 0], xy[:, 1], planar))
    )
    return moved


def _text(why: Why) -> Text:
    return Text(zh=why.zh, en=why.en)
