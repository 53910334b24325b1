"""From what a caller says to places: candidates with reasons, and one question if two are close."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import shapely

from layers.gazetteer.address import Address, parse
from layers.gazetteer.index import Match, NameIndex, Why
from layers.gazetteer.relative import Relative, crossings, near, plate_between, read_relative
from layers.gazetteer.words import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shapely.geometry.base import BaseGeometry

    from layers.gazetteer.entries import Entry

MOST = 5  # answers a dispatcher can take in at a glance
CLOSE = 0.06  # two scores nearer than this are not told apart
LONGEST = 100  # characters; longer texts are no places
_CROSSING = re.compile(
    r"^(?P<both>.+?)的?(?:交叉路口|交叉口|十字路口|丁字路口|交汇处|相交处|交口|路口|口)$"
)
_AND = re.compile(r"[与和跟、/×x到]")


@dataclass(frozen=True, slots=True)
class Candidate:
    """
    One place that may be meant.

    `geometry` in metres; somebody there is not farther than `uncertainty_m` from its `place`. With
    `number` the building or door plate was found as well; `entrance` and `room` are passed on.
    """

    entry: Entry
    score: float
    why: tuple[Why, ...]
    geometry: BaseGeometry
    uncertainty_m: float
    label: str
    building: Entry | None = None
    number: str | None = None
    entrance: int | None = None
    room: str | None = None

    @property
    def label_en(self) -> str | None:
        """Its name in English, None where the place has none."""
        name = self.entry.name_en
        if self.number is None or name is None:
            return name if self.label == self.entry.name else None
        return f"{self.number} {name}" if self.entry.kind == "street" else f"{name} {self.number}"

    @property
    def place(self) -> shapely.Point:
        """A point on it, in metres."""
        return shapely.point_on_surface(self.geometry)


@dataclass(frozen=True, slots=True)
class Found:
    """Up to five candidates, the best first, and the question that would tell them apart."""

    candidates: tuple[Candidate, ...] = ()
    question: Why | None = None

    @property
    def unsure(self) -> bool:
        """Whether the two best are too close to choose for the caller."""
        first_two = self.candidates[:2]
        return len(first_two) == 2 and first_two[0].score - first_two[1].score < CLOSE  # noqa: PLR2004


class Finder:
    """The names of one edition of the city's places; never changes."""

    def __init__(self, entries: Iterable[Entry], *, city: str = "") -> None:
        entries = list(entries)
        self._city = city
        self._index = NameIndex(entries)
        self._divisions = frozenset(
            normalise(name)
            for entry in entries
            if entry.kind in {"subdistrict", "community"}
            for name, _ in entry.names()
        )
        self._places = [
            place
            for entry in entries
            if entry.kind in {"compound", "street", "building", "centre"}
            for place in _spots(entry)
        ]
        self._tree = shapely.STRtree([place.geometry for place in self._places])

    def find(self, text: str, *, limit: int = MOST) -> Found:
        """
        Find the places a text may mean; none for words without any likeness.

        Understands names with building, entrance and room, pinyin and initials, crossings, door
        plates, and places said by another (`文峰塔东边那个小区`, `往北200米`).
        """
        given = normalise(text[:LONGEST])
        if not given:
            return Found()
        relative = read_relative(given)
        crossing = _CROSSING.match(given)
        found: list[Candidate] = []
        if crossing is not None:
            found = list(self._crossings(crossing["both"]))
        elif relative is not None:
            found = list(self._relative(relative))
        if not found:
            found = self._addressed(parse(text, city=self._city, divisions=self._divisions))
            found += self._whole(given)
        found = _each_once(found)
        question = _question(found) if found else self._bare_number(text)
        return Found(tuple(found[:limit]), question)

    def nearest(self, x: float, y: float, *, within_m: float = 200.0) -> Candidate | None:
        """Return the named place at a point in metres or nearest to it, None if there is none."""
        here = shapely.Point(x, y)
        rows = self._tree.query_nearest(here, max_distance=within_m)
        if not len(rows):
            return None
        entry = min((self._places[row] for row in rows), key=lambda one: one.geometry.area)
        distance_m = float(entry.geometry.distance(here))
        why = (
            Why("点在其中", "the point is in it")
            if distance_m == 0.0
            else Why(f"相距{distance_m:.0f}米", f"{distance_m:.0f} m away")
        )
        return Candidate(
            entry, 1.0, (why,), entry.geometry, radius_m(entry.geometry), entry.name
        )  # fmt: skip

    def _addressed(self, address: Address) -> list[Candidate]:
        return [self._candidate(match, address) for match in self._index.match(address.name)]

    def _whole(self, given: str) -> list[Candidate]:
        """Find names that look like a name with a number behind: 第1网格, a code, a door plate."""
        return [self._candidate(match, Address(given)) for match in self._index.exactly(given)]

    def _bare_number(self, text: str) -> Why | None:
        """Ask for the name when only a number was said."""
        address = parse(text, city=self._city, divisions=self._divisions)
        if address.name or address.number is None:
            return None
        number = address.number
        return Why(f"哪个小区的{number}号楼？", f"Number {number} of which compound or street?")

    def _candidate(self, match: Match, address: Address) -> Candidate:
        entry, score, why = match.entry, match.score, [match.why]
        here = entry.buildings.get(address.number or "", entry).around or entry.around
        if address.within and here:
            fits = here.intersection(address.within)
            score += 0.04 if fits else -0.15
            if fits:
                why.append(Why(f"在{'、'.join(sorted(fits))}", f"in {', '.join(sorted(fits))}"))
        found = Candidate(
            entry, score, tuple(why), entry.geometry, radius_m(entry.geometry), entry.name,
            entrance=address.entrance, room=address.room,
        )  # fmt: skip
        if address.number is None or entry.kind == "building":
            return found
        return _numbered(found, address.number)

    def _crossings(self, both: str) -> Iterator[Candidate]:
        for split in _AND.finditer(both):  # 永和街和胜利路: each 和 may be the one between
            yield from self._crossing(both[: split.start()], both[split.end() :])

    def _crossing(self, one: str, other: str) -> Iterator[Candidate]:
        for first in self._streets(one):
            for second in self._streets(other):
                if first.entry is second.entry:
                    continue
                for point in crossings(first.entry.geometry, second.entry.geometry):
                    label = f"{first.entry.name}与{second.entry.name}交叉口"
                    yield Candidate(
                        first.entry, min(first.score, second.score),
                        (Why("两条街道相交处", "where the two streets meet"),), point, 30.0, label,
                    )  # fmt: skip

    def _streets(self, name: str) -> list[Match]:
        return [match for match in self._index.match(name) if match.entry.kind == "street"][:3]

    def _relative(self, relative: Relative) -> Iterator[Candidate]:
        anchors = self._addressed(
            parse(relative.anchor, city=self._city, divisions=self._divisions)
        )
        for anchor in sorted(anchors, key=lambda one: -one.score)[:2]:
            if anchor.score < 0.8:  # noqa: PLR2004  an anchor must be nearly sure
                continue
            if relative.kind is None:
                where, radius = near(anchor.geometry, relative)
                label = f"{anchor.label}{relative.said}"
                why = (Why(f"以{anchor.label}为参照", f"seen from {anchor.label}"),)
                yield replace(anchor, geometry=where, uncertainty_m=radius, label=label, why=why)
                continue
            yield from self._beside(anchor, relative)

    def _beside(self, anchor: Candidate, relative: Relative) -> Iterator[Candidate]:
        where, radius = near(anchor.geometry, relative)
        rows = self._tree.query(where.buffer(radius), predicate="intersects")
        for row in rows.tolist():
            entry = self._places[row]
            if entry.kind != relative.kind or entry is anchor.entry:
                continue
            far = float(entry.geometry.distance(anchor.geometry))
            if not relative.fits(anchor.geometry, entry.geometry):
                continue
            zh = f"在{anchor.label}{relative.said}，相距{far:.0f}米"
            en = f"{far:.0f} m from {anchor.label}"
            yield Candidate(
                entry, anchor.score * (1.0 - min(far, 500.0) / 1000.0), (Why(zh, en),),
                entry.geometry, radius_m(entry.geometry), entry.name,
            )  # fmt: skip


def _spots(entry: Entry) -> list[Entry]:
    """Return a place and the buildings below it by their full names; of a street only these."""
    if entry.kind == "street":
        return [*entry.buildings.values()]
    return [
        entry,
        *(replace(one, name=f"{entry.name}{one.name}") for one in entry.buildings.values()),
    ]


def _each_once(found: list[Candidate]) -> list[Candidate]:
    """Sort, and keep the best of what is the same place under the same words."""
    found = sorted(found, key=lambda one: (-one.score, _RANK.get(one.entry.kind, 9), one.label))
    once: dict[tuple[str, str, str | None], Candidate] = {}
    for one in found:
        once.setdefault((one.entry.code, one.label, one.number), one)
    return list(once.values())


_RANK = {
    kind: i
    for i, kind in enumerate(
        ("subdistrict", "community", "centre", "compound", "street", "grid", "building")
    )
}


def radius_m(geometry: BaseGeometry) -> float:
    """Return how far from a point on a place somebody there can be, in metres."""
    return float(shapely.hausdorff_distance(shapely.point_on_surface(geometry), geometry))


def _numbered(found: Candidate, number: str) -> Candidate:
    """Go on to the building or door plate; doubt a place that has no such one."""
    entry = found.entry
    building = entry.buildings.get(number)
    if building is not None:
        unit = "号" if entry.kind == "street" else "号楼"
        why = Why(f"有{number}{unit}", f"it has number {number}")
        return replace(
            found, score=found.score + 0.02, why=(*found.why, why), geometry=building.geometry,
            uncertainty_m=radius_m(building.geometry), number=number, building=building,
            label=building.name if entry.kind == "street" else f"{entry.name}{building.name}",
        )  # fmt: skip
    if entry.kind == "street" and entry.buildings and number.isdigit():
        between = plate_between(entry, int(number))
        if between is not None:
            where, radius, zh = between
            why = Why(zh, "placed between the door plates next to it")
            label = f"{entry.name}{number}号"
            return replace(
                found, geometry=where, uncertainty_m=radius, label=label, number=number,
                why=(*found.why, why), score=found.score - 0.01,
            )  # fmt: skip
    less = 0.12 if entry.kind in {"compound", "street"} else 0.2
    why = Why(f"没有{number}号楼的记录", f"no number {number} on record")
    return replace(found, score=found.score - less, why=(*found.why, why))


def _question(found: list[Candidate]) -> Why | None:
    """Return what to ask the caller: which of two, or which building."""
    best = found[0]
    if len(found) > 1 and best.score - found[1].score < CLOSE:
        one, other = _told_apart(best, found[1])
        return Why(f"是{one}，还是{other}？", f"{one}, or {other}?")
    if best.entry.kind == "compound" and best.number is None and len(best.entry.buildings) > 1:
        return Why(f"{best.entry.name}几号楼？", f"Which building of {best.entry.name}?")
    return None


def _told_apart(one: Candidate, other: Candidate) -> tuple[str, str]:
    if one.label != other.label:
        return one.label, other.label
    return f"{one.entry.within or ''}的{one.label}", f"{other.entry.within or ''}的{other.label}"
