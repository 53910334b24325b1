"""Where a visitor of the public page is: by words, by coordinates, or by a tap on the map."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from pydantic import BaseModel, Field

from api.deps import State
from api.gazetteer import DATUM_WORDS, USUAL
from api.public_view import name_of
from api.public_words import WORDS
from gis.crs import to_lonlat
from gis.datum import Datum
from gis.errors import JingweiError
from layers.boundaries import CityMap
from layers.gazetteer import Candidate, Found, Pasted, read_coordinates
from layers.opening import LOCAL_TIME
from layers.walking import place_of

NEAR_CITY_DEGREES = 0.2  # some 20 km: whoever asks from farther away mistook the city
CALENDAR_YEARS = range(2000, 2100)


class Asked(BaseModel):
    """What a visitor filled in, as it came; all of it may be empty."""

    q: str = Field(default="", max_length=200)
    pick: str = Field(default="", max_length=100)
    lon: str = Field(default="", max_length=40)
    lat: str = Field(default="", max_length=40)
    datum: str = Field(default="", max_length=20)
    service: str = Field(default="", max_length=60)
    at: str = Field(default="", max_length=40)

    @property
    def anything(self) -> bool:
        """Whether a place was given in any way."""
        return bool(self.q.strip() or self.lon or self.lat)


class RefusalError(JingweiError):
    """What was filled in cannot be used; says so in the language of the page."""


@dataclass(frozen=True, slots=True)
class Option:
    """One place that may be meant; `pick` says which when the form comes back."""

    pick: str
    name: str
    within: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where the visitor is, in CGCS2000 degrees.

    `said` tells how that was understood; `others` are what else may have been meant.
    """

    lon: float
    lat: float
    said: str
    others: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """A question the visitor must answer first."""

    question: str
    options: tuple[Option, ...]


def read_time(text: str, lang: str) -> datetime:
    """
    Return when the visitor wants to go; now if nothing is said.

    Raises
    ------
    RefusalError
        If the time cannot be read, or is beyond the calendar.
    """
    if not text.strip():
        return datetime.now(UTC)
    try:
        when = datetime.fromisoformat(text.strip())
    except ValueError:
        raise RefusalError(WORDS[lang]["bad_time"]) from None
    if when.year not in CALENDAR_YEARS:
        raise RefusalError(WORDS[lang]["bad_time"])
    return when.astimezone(LOCAL_TIME) if when.tzinfo else when.replace(tzinfo=LOCAL_TIME)


def find_place(state: State, city: CityMap, asked: Asked, lang: str) -> Place | Choice:
    """
    Return where the visitor is, or what to ask first.

    Raises
    ------
    RefusalError
        If nothing was filled in or found, or the place is far from the city.
    """
    if asked.lon or asked.lat:
        try:
            lon, lat, datum = float(asked.lon), float(asked.lat), Datum(asked.datum)
        except ValueError:
            raise RefusalError(WORDS[lang]["bad_position"]) from None
        return _at(city, lon, lat, datum, WORDS[lang]["from_position"], lang)
    if not asked.q.strip():
        raise RefusalError(WORDS[lang]["need_place"])
    pasted = read_coordinates(asked.q)
    if pasted is not None:
        return _pasted(city, pasted, asked.pick, lang)
    with state.sessions() as session:  # connects only if the names must be read anew
        finder = state.finders.get(session, city, state.atlas.places_edition)
    return _named(city, finder.find(asked.q), asked, lang)


def _pasted(city: CityMap, pasted: Pasted, pick: str, lang: str) -> Place | Choice:
    known = {datum.value: datum for datum in DATUM_WORDS}
    datum = pasted.datum or known.get(pick)
    if datum is not None:
        return _at(city, pasted.lon, pasted.lat, datum, WORDS[lang]["from_position"], lang)
    options = [
        Option(datum.value, DATUM_WORDS[datum].zh if lang == "zh" else DATUM_WORDS[datum].en, None)
        for datum in USUAL
    ]
    return Choice(WORDS[lang]["from_whom"], tuple(options))


def _named(city: CityMap, found: Found, asked: Asked, lang: str) -> Place | Choice:
    words = WORDS[lang]
    if not found.candidates:
        if found.question is not None:
            raise RefusalError(found.question.zh if lang == "zh" else found.question.en)
        raise RefusalError(words["nothing"].format(q=asked.q.strip()))
    options = {_key(one): one for one in found.candidates}
    picked = options.get(asked.pick)
    if picked is None and found.unsure:
        return Choice(words["which"], tuple(_option(one, lang) for one in options.values()))
    best = picked or found.candidates[0]
    planar = f"EPSG:{city.version.planar_srid}"
    lon, lat = (float(one) for one in to_lonlat(best.place.x, best.place.y, planar))
    exact = best.number is not None or best.entry.kind in {"building", "centre"}
    said = words["from_place" if exact else "from_middle"]
    others = tuple(_option(one, lang) for key, one in options.items() if key != _key(best))
    return Place(lon, lat, said.format(name=name_of(best.label, best.label_en, lang)), others)


def _at(
    city: CityMap, given_lon: float, given_lat: float, datum: Datum, said: str, lang: str
) -> Place:
    try:
        lon, lat = place_of(city, given_lon, given_lat, datum)
    except JingweiError:
        raise RefusalError(WORDS[lang]["bad_position"]) from None
    west, south, east, north = city.bounds
    beyond = np.array([west - lon, south - lat, lon - east, lat - north])
    if beyond.max() > NEAR_CITY_DEGREES:
        name = name_of(city.version.city_name, city.version.city_name_en, lang)
        raise RefusalError(WORDS[lang]["far"].format(city=name))
    return Place(lon, lat, said)


def _option(candidate: Candidate, lang: str) -> Option:
    name = name_of(candidate.label, candidate.label_en, lang)
    return Option(_key(candidate), name, candidate.entry.within)


def _key(candidate: Candidate) -> str:
    return f"{candidate.entry.code}|{candidate.label}"
