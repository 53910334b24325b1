"""Whom the service centres reach on foot: counts for planners, by day and by night."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gis.crs import to_lonlat, to_planar
from gis.errors import JingweiError
from gis.network import (
    METRES,
    ORDINARY,
    SLOW,
    Destinations,
    NearestTable,
    NearestTwo,
    Pace,
    WalkNetwork,
    walk_matrix,
)
from gis.network.isochrone import isochrone, reached_lines
from gis.network.sites import Sites, maximal_cover, p_median
from layers.centres import Centre
from layers.models import Building, MapArea
from layers.walking import REACH_M, STRAY_M

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

METRE_BANDS = (300, 500, 1000)
MINUTE_BANDS = (5, 10, 15)
DETOUR = 2.0  # the way on foot is so many times the straight line, and
DETOUR_LEAST_M = 300.0  # longer than it by this: something is between
OFF_ROAD_M = 50.0  # ground beside a path that counts as reached with it
# GB 50180-2018: the most people of a 15-minute circle, and of a 5-minute one
STANDARD_CAPACITY = {"regional": 100_000, "community": 12_000}
SUBDISTRICT_DIGITS = 9


@dataclass(frozen=True, slots=True, eq=False)
class Homes:
    """k buildings with residents: codes, x, y in metres, people; `sites` are the others."""

    codes: Sequence[str]
    xy: Floats
    people: Floats
    older: Floats
    sites: Sequence[str]
    sites_xy: Floats


@dataclass(frozen=True, slots=True)
class Band:
    """How many people are within a distance or a time of a centre."""

    tier: str
    by_night: bool
    limit: int
    unit: str
    people: int
    people_share: float
    older: int
    older_share: float


@dataclass(frozen=True, slots=True)
class Load:
    """The people whose nearest centre this is, against what it is meant for."""

    code: str
    people: int
    older: int
    capacity: int
    by_standard: bool

    @property
    def ratio(self) -> float:
        """How full it would be if all came here; 1 is just what it is meant for."""
        return self.people / self.capacity


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """
    Whom the centres reach.

    Arrays (k,) are by home: `near` in metres by all centres, `night` by those open then, `minutes`
    for people in general and `slow_minutes` for old people, `abroad` whose nearest centre lies in
    another subdistrict, `detour` whose way is long though the centre is near. `median` and `cover`
    hold rows of `homes.sites`.
    """

    homes: Homes
    centres: Sequence[Centre]
    at_night: datetime
    bands: Sequence[Band]
    loads: Sequence[Load]
    near: NearestTwo
    night: NearestTwo
    minutes: Floats
    slow_minutes: Floats
    abroad: Mask
    detour: Mask
    median: Sites
    cover: Sites
    areas: Mapping[int, BaseGeometry]

    def people(self, which: Mask) -> int:
        """Count the people of some homes."""
        return int(self.homes.people[which].sum())


def read_homes(session: Session, planar: str) -> Homes:
    """Read where people live, each building by a point inside it."""
    rows = session.execute(
        select(
            Building.code,
            Building.residents,
            Building.residents_60_plus,
            func.ST_X(func.ST_PointOnSurface(Building.geom)),
            func.ST_Y(func.ST_PointOnSurface(Building.geom)),
        ).order_by(Building.code)
    ).all()
    if not rows:
        raise JingweiError("no buildings are stored: import them first, they say where people live")
    people = np.array([row[1] for row in rows], np.float64)
    older = np.array([row[2] for row in rows], np.float64)
    codes = np.array([row[0] for row in rows], dtype=object)
    x, y = to_planar([row[3] for row in rows], [row[4] for row in rows], planar)
    xy, lived = np.stack([x, y], axis=1), people > 0
    return Homes(
        codes[lived].tolist(), xy[lived], people[lived], older[lived],
        codes[~lived].tolist(), xy[~lived],
    )  # fmt: skip


def read_water(session: Session, planar: str) -> BaseGeometry:
    """Read what nobody walks over, in metres."""
    rows = session.scalars(select(func.ST_AsBinary(MapArea.geom)).where(MapArea.kind == "water"))
    water = shapely.union_all(shapely.from_wkb([bytes(row) for row in rows]))
    made: BaseGeometry = shapely.transform(
        water, lambda xy: np.stack(to_planar(xy[:, 0], xy[:, 1], planar), axis=1)
    )
    return made


def measure_reach(
    homes: Homes,
    centres: Sequence[Centre],
    network: WalkNetwork,
    *,
    planar: str,
    water: BaseGeometry,
    at_night: datetime,
    new: int,
) -> Reach:
    """
    Measure whom the centres reach and where new ones would serve best.

    Parameters
    ----------
    at_night
        Which centres are open then is what "at night" means.
    new
        How many new sites to choose, among the buildings nobody lives in.

    Raises
    ------
    JingweiError
        If there are no centres or no candidate sites.
    """
    if not centres:
        raise JingweiError("no service centres are stored: import them first")
    measure = _Measure(homes, centres, network, planar)
    all_of_them = np.ones(len(centres), np.bool_)
    open_at_night = np.array([centre.is_open(at_night) for centre in centres], np.bool_)
    near, night = measure.nearest(METRES, all_of_them), measure.nearest(METRES, open_at_night)
    seconds = measure.nearest(ORDINARY, all_of_them)
    slow = measure.nearest(SLOW, all_of_them)
    bands = [
        band
        for tier, which in measure.tiers(all_of_them, open_at_night)
        for band in measure.bands(tier, which)
    ]
    median, cover = _choose(homes, network, near, new)
    return Reach(
        homes=homes, centres=centres, at_night=at_night, bands=bands,
        loads=measure.loads(near), near=near, night=night,
        minutes=seconds.first_cost / 60, slow_minutes=slow.first_cost / 60,
        abroad=measure.abroad(near), detour=measure.detour(near),
        median=median, cover=cover, areas=measure.areas(water, planar),
    )  # fmt: skip


class _Measure:
    def __init__(
        self, homes: Homes, centres: Sequence[Centre], network: WalkNetwork, planar: str
    ) -> None:
        self._homes, self._centres, self._network = homes, centres, network
        self._xy = np.stack(
            to_planar([one.lon for one in centres], [one.lat for one in centres], planar), axis=1
        )

    def _to(self, pace: Pace, which: Mask) -> tuple[Destinations, Ints]:
        rows = np.flatnonzero(which)
        to = Destinations(
            self._network, self._xy[rows], pace=pace, limit_m=REACH_M, least_m=STRAY_M
        )
        return to, rows

    def nearest(self, pace: Pace, which: Mask) -> NearestTwo:
        """Return each home's nearest two of some centres, as rows of all of them."""
        to, rows = self._to(pace, which)
        found = NearestTable(to).at_points(to.snap(self._homes.xy))
        named = np.append(rows, -1)
        return NearestTwo(
            named[found.first], found.first_cost, named[found.second], found.second_cost
        )

    def tiers(self, all_of_them: Mask, night: Mask) -> list[tuple[tuple[str, bool], Mask]]:
        """Return the groups of centres that are counted apart; levels do not contain each other."""
        regional = np.array([centre.kind == "regional" for centre in self._centres], np.bool_)
        return [
            (("any", False), all_of_them),
            (("regional", False), regional),
            (("community", False), ~regional),
            (("any", True), night),
        ]

    def bands(self, tier: tuple[str, bool], which: Mask) -> list[Band]:
        """Count the people within each distance and time; old people walk at their own pace."""
        if not which.any():
            return []
        metres = self.nearest(METRES, which).first_cost
        general = self.nearest(ORDINARY, which).first_cost / 60
        slow = self.nearest(SLOW, which).first_cost / 60
        return [
            *(self._band(tier, limit, "m", metres, metres) for limit in METRE_BANDS),
            *(self._band(tier, limit, "min", general, slow) for limit in MINUTE_BANDS),
        ]

    def _band(
        self, tier: tuple[str, bool], limit: int, unit: str, cost: Floats, older_cost: Floats
    ) -> Band:
        homes = self._homes
        people = homes.people[cost <= limit].sum()
        older = homes.older[older_cost <= limit].sum()
        return Band(
            *tier, limit, unit,
            int(people), float(people / homes.people.sum()),
            int(older), float(older / max(homes.older.sum(), 1)),
        )  # fmt: skip

    def loads(self, near: NearestTwo) -> list[Load]:
        """Count for each centre the people whose nearest it is."""
        reached = near.first >= 0
        people, older = (
            np.bincount(near.first[reached], weights[reached], len(self._centres))
            for weights in (self._homes.people, self._homes.older)
        )
        return [
            Load(
                centre.code, int(people[row]), int(older[row]),
                centre.capacity or STANDARD_CAPACITY[centre.kind], centre.capacity is None,
            )
            for row, centre in enumerate(self._centres)
        ]  # fmt: skip

    def abroad(self, near: NearestTwo) -> Mask:
        """Tell whose nearest centre lies in another subdistrict than the home (服务跨区)."""
        centres = [one.community_code or one.code for one in self._centres]
        there = np.array([code[:SUBDISTRICT_DIGITS] for code in centres] + [""], dtype=object)
        home = np.array([code[:SUBDISTRICT_DIGITS] for code in self._homes.codes], dtype=object)
        return np.asarray((there[near.first] != home) & (near.first >= 0), np.bool_)

    def detour(self, near: NearestTwo) -> Mask:
        """Tell whose way is much longer than the straight line to the nearest place there is."""
        away = np.hypot(*(self._homes.xy[:, None] - self._xy[None]).transpose(2, 0, 1)).min(axis=1)
        much = near.first_cost > DETOUR * away
        return np.asarray(much & (near.first_cost - away > DETOUR_LEAST_M), np.bool_)

    def areas(self, water: BaseGeometry, planar: str) -> dict[int, BaseGeometry]:
        """Return the ground within each time at the ordinary pace, in CGCS2000 degrees."""
        to, _ = self._to(ORDINARY, np.ones(len(self._centres), np.bool_))
        node_cost = NearestTable(to).at_nodes().first_cost
        return {
            minutes: shapely.transform(
                isochrone(
                    reached_lines(to, node_cost, minutes * 60.0), off_m=OFF_ROAD_M, barriers=water
                ).simplify(2.0),
                lambda xy: np.stack(to_lonlat(xy[:, 0], xy[:, 1], planar), axis=1),
            )
            for minutes in MINUTE_BANDS
        }


def _choose(homes: Homes, network: WalkNetwork, near: NearestTwo, new: int) -> tuple[Sites, Sites]:
    """Choose new sites; who has no path today counts as farther than anybody who has one."""
    to = Destinations(network, homes.sites_xy, pace=METRES, limit_m=REACH_M, least_m=STRAY_M)
    table = walk_matrix(to, homes.xy)
    known = near.first_cost[np.isfinite(near.first_cost)]
    today = np.where(np.isfinite(near.first_cost), near.first_cost, known.max(initial=0.0) * 2)
    within = float(METRE_BANDS[0])
    return (
        p_median(homes.people, today, table, new=new),
        maximal_cover(homes.people, today <= within, table <= within, new=new),
    )
