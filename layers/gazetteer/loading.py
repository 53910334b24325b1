"""The gazetteer of the stored city: read once an edition, then answered from memory."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from sqlalchemy import text

from gis.crs import to_planar
from layers.gazetteer.entries import Entry, NameKind
from layers.gazetteer.finder import Finder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shapely.geometry.base import BaseGeometry
    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from layers.boundaries import CityMap

    Rows = Sequence[Row[Any]]
    Edition = tuple[int, int]

_BUILDING = re.compile(r"^(?P<number>[0-9]+|[A-Za-z])(?:号?楼|栋|幢|座)$")
_PLATE = re.compile(r"^(?P<street>.*[^0-9])(?P<number>[0-9]+)号$")
_COMMUNITY_DIGITS = 12

_UNITS = "select code, name, name_en, ST_AsBinary(geom) as shape from {table}"
_OF_VERSION = " where version_id = :version order by code"
_QUERIES = {
    "subdistrict": _UNITS.format(table="subdistricts") + _OF_VERSION,
    "community": """
        select code, name, name_en, official_name, ST_AsBinary(geom) as shape from communities
        where version_id = :version order by code
    """,
    "grid": _UNITS.format(table="grids") + _OF_VERSION,
    "centre": """
        select code, name, name_en, community_code, ST_AsBinary(geom) as shape
        from service_centres order by code
    """,
    "compound": """
        select code, name, name_en, aliases, ST_AsBinary(geom) as shape from compounds
        order by code
    """,
    "building": """
        select code, name, compound_code, ST_AsBinary(geom) as shape from buildings order by code
    """,
    "street": _UNITS.format(table="streets") + " where name is not null order by code",
}  # fmt: skip


class FinderStore:
    """Keeps the finder of the latest edition; a new one is made when places or versions change."""

    def __init__(self) -> None:
        self._edition: Edition | None = None
        self._finder: Finder | None = None
        self._lock = Lock()

    def get(self, session: Session, city: CityMap, places_edition: int) -> Finder:
        """Return the finder of an edition; whoever asks first makes it, the others wait."""
        edition = (city.version.id, places_edition)
        with self._lock:
            if self._finder is None or self._edition != edition:
                self._finder, self._edition = load_finder(session, city), edition
            return self._finder


def load_finder(session: Session, city: CityMap) -> Finder:
    """Read all named places into memory; about half a second for the sample city."""
    rows = {
        kind: session.execute(text(query), {"version": city.version.id}).all()
        for kind, query in _QUERIES.items()
    }
    shapes = {kind: _metres(table, city) for kind, table in rows.items()}
    entries = _Entries(city, rows, shapes)
    divided = re.match(r"^.{2,3}?[市县区]", city.version.city_name)
    return Finder(entries.all(), city=divided[0] if divided else "")


def _metres(rows: Rows, city: CityMap) -> list[BaseGeometry]:
    shapes = shapely.from_wkb([bytes(row.shape) for row in rows])

    def project(degrees: Any) -> Any:  # noqa: ANN401  shapely's arrays
        planar = f"EPSG:{city.version.planar_srid}"
        return np.column_stack(to_planar(degrees[:, 0], degrees[:, 1], planar))

    return list(shapely.transform(shapes, project))


class _Entries:
    """The stored rows as entries of the gazetteer."""

    def __init__(
        self, city: CityMap, rows: dict[str, Rows], shapes: dict[str, list[BaseGeometry]]
    ) -> None:
        self._city = city
        self._rows, self._shapes = rows, shapes
        self._of_compound: dict[str, dict[str, Entry]] = defaultdict(dict)
        self._of_street: dict[str, dict[str, Entry]] = defaultdict(dict)
        self._landmarks: list[Entry] = []

    def all(self) -> list[Entry]:
        """Return everything that has a name."""
        self._sort_buildings()
        return [
            *self._units("subdistrict"), *self._units("community"), *self._units("centre"),
            *self._compounds(), *self._streets(), *self._units("grid"), *self._merged_landmarks(),
        ]  # fmt: skip

    def _units(self, kind: str) -> Iterable[Entry]:
        for row, shape in self._pairs(kind):
            official = getattr(row, "official_name", None)
            others = ((official, NameKind.OFFICIAL),) if official else ()
            above = getattr(row, "community_code", None) or (row.code if kind == "grid" else "")
            yield self._entry(kind, row, shape, above, others)

    def _compounds(self) -> Iterable[Entry]:
        for row, shape in self._pairs("compound"):
            others = tuple((alias, NameKind.COLLOQUIAL) for alias in row.aliases)
            entry = self._entry("compound", row, shape, row.code, others)
            yield replace(entry, buildings=self._of_compound[row.code])

    def _streets(self) -> Iterable[Entry]:
        pieces: dict[str, list[int]] = defaultdict(list)
        for i, row in enumerate(self._rows["street"]):
            pieces[row.name].append(i)
        for name, at in pieces.items():
            first = self._rows["street"][at[0]]
            line = shapely.union_all([self._shapes["street"][i] for i in at])
            entry = Entry("street", first.code, name, line, name_en=first.name_en)
            yield replace(entry, buildings=self._of_street[name])

    def _sort_buildings(self) -> None:
        """Tell numbered buildings of compounds, door plates of streets, and landmarks apart."""
        streets = {row.name for row in self._rows["street"]}
        named = {row.name for kind in ("compound", "centre") for row in self._rows[kind]}
        for row, shape in self._pairs("building"):
            entry = self._entry("building", row, shape, row.code)
            number, plate = _BUILDING.match(row.name), _PLATE.match(row.name)
            if row.compound_code is not None and number is not None:
                key = number["number"].lower()
                self._of_compound[row.compound_code].setdefault(key, entry)
            elif row.compound_code is None and plate is not None and plate["street"] in streets:
                self._of_street[plate["street"]].setdefault(plate["number"], entry)
            elif row.name not in named:
                self._landmarks.append(entry)

    def _merged_landmarks(self) -> Iterable[Entry]:
        """Return landmarks; the buildings of one school are one place."""
        groups: dict[tuple[str, str | None], list[Entry]] = defaultdict(list)
        for entry in self._landmarks:
            groups[entry.name, entry.within].append(entry)
        for group in groups.values():
            whole = shapely.union_all([entry.geometry for entry in group])
            yield replace(group[0], geometry=whole)

    def _entry(
        self,
        kind: str,
        row: Row[Any],
        shape: BaseGeometry,
        code: str,
        others: tuple[tuple[str, NameKind], ...] = (),
    ) -> Entry:
        community = self._city.communities.get(code[:_COMMUNITY_DIGITS])
        subdistrict = self._city.subdistricts.get(code[:9])
        return Entry(
            kind, row.code, row.name, shape,
            name_en=getattr(row, "name_en", None),
            others=others,
            within=community.name if community else None,
            around=frozenset(unit.name for unit in (community, subdistrict) if unit),
        )  # fmt: skip

    def _pairs(self, kind: str) -> Iterable[tuple[Row[Any], BaseGeometry]]:
        return zip(self._rows[kind], self._shapes[kind], strict=True)
