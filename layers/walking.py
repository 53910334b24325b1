"""The streets as a walking network in memory, and the centres one can walk to from a point."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from math import ceil

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from gis.crs import check_lonlat, to_lonlat, to_planar
from gis.datum import Datum, to_cgcs2000
from gis.network import ORDINARY, SLOW, Destinations, Walk, WalkNetwork, build_network, read_ways
from layers.atlas import Atlas
from layers.boundaries import CityMap, NoVersionError
from layers.centres import Centre, list_centres
from layers.following import Follower
from layers.models import Street
from layers.opening import Now

SNAP_M = 0.5  # ends of streets that miss each other by no more are joined
REACH_M = 300.0  # a point farther from every street is led by the straight line
STRAY_M = 100.0  # connected parts shorter than this lead nowhere and are passed over
RECHECK_S = 0.5

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

log = logging.getLogger(__name__)


class Gait(StrEnum):
    """How fast somebody walks: in general, or as old people do."""

    ORDINARY = "ordinary"
    SLOW = "slow"


PACES = {Gait.ORDINARY: ORDINARY, Gait.SLOW: SLOW}


class First(StrEnum):
    """Which centres come first: the open ones, nothing but open ones, or just the nearest."""

    OPEN = "first"
    ONLY_OPEN = "only"
    NEAREST = "any"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for, and when."""

    at: datetime
    gait: Gait = Gait.ORDINARY
    first: First = First.OPEN
    service: str | None = None
    count: int = 3


@dataclass(frozen=True, slots=True, eq=False)
class NearCentre:
    """A centre, the walk there, its route in CGCS2000 degrees, and how it stands."""

    centre: Centre
    walk: Walk
    route: Floats
    now: Now | None


class CentreMap:
    """The centres and the walking network in memory; never changes."""

    def __init__(self, centres: Sequence[Centre], network: WalkNetwork, planar: str) -> None:
        self.centres = tuple(centres)
        self.by_code = {centre.code: centre for centre in centres}
        self.network, self.planar = network, planar
        self.xy = np.stack(
            to_planar([one.lon for one in centres], [one.lat for one in centres], planar), axis=1
        )
        self._to = {
            gait: Destinations(network, self.xy, pace=pace, limit_m=REACH_M, least_m=STRAY_M)
            for gait, pace in PACES.items()
        }
        self._offering = lru_cache(maxsize=64)(self._find_offering)
        self._open = lru_cache(maxsize=256)(self._find_open)

    def nearest(self, lon: float, lat: float, wanted: Wanted) -> list[NearCentre]:
        """
        Return the nearest centres to a point in CGCS2000 degrees.

        Unless only open ones are wanted, closed ones follow when too few are open.
        """
        x, y = (float(one) for one in to_planar(lon, lat, self.planar))
        to = self._to[wanted.gait]
        offering = self._offering(wanted.service)
        if wanted.first is First.NEAREST:
            walks = to.nearest(x, y, wanted=wanted.count, allowed=offering)
        else:
            is_open = self._open(wanted.at.replace(second=0, microsecond=0))
            walks = to.nearest(x, y, wanted=wanted.count, allowed=offering & is_open)
            left = wanted.count - len(walks)
            if left and wanted.first is First.OPEN:
                walks += to.nearest(x, y, wanted=left, allowed=offering & ~is_open)
        return self._describe(walks, wanted.at)

    def minutes_to(
        self, lon: float, lat: float, codes: Sequence[str], gait: Gait
    ) -> dict[str, int]:
        """Return the minutes to some centres, from a point in CGCS2000 degrees, at another pace."""
        x, y = (float(one) for one in to_planar(lon, lat, self.planar))
        asked = np.array([centre.code in codes for centre in self.centres], np.bool_)
        walks = self._to[gait].nearest(x, y, wanted=len(codes), allowed=asked)
        return {self.centres[walk.destination].code: minutes(walk) for walk in walks}

    def warm(self) -> None:
        """Ask once, so that no visitor waits for what is made on first use."""
        if self.centres:
            first = self.centres[0]
            for gait in Gait:
                self.nearest(first.lon, first.lat, Wanted(datetime.now(UTC), gait))

    def _describe(self, walks: list[Walk], at: datetime) -> list[NearCentre]:
        if not walks:
            return []
        xy = np.concatenate([walk.route for walk in walks])
        lonlat = np.stack(to_lonlat(xy[:, 0], xy[:, 1], self.planar), axis=1)
        routes = np.split(lonlat, np.cumsum([len(walk.route) for walk in walks])[:-1])
        near = []
        for walk, route in zip(walks, routes, strict=True):
            centre = self.centres[walk.destination]
            near.append(NearCentre(centre, walk, route, centre.at(at)))
        return near

    def _find_offering(self, service: str | None) -> Mask:
        return np.array(
            [service is None or service in centre.services for centre in self.centres], np.bool_
        )

    def _find_open(self, minute: datetime) -> Mask:
        return np.array([centre.is_open(minute) for centre in self.centres], np.bool_)


def minutes(walk: Walk) -> int:
    """Return how many minutes a walk takes, begun ones counted whole, at least one."""
    return max(1, ceil(walk.cost / 60))


class CentreAtlas(Follower):
    """The latest `CentreMap`, made anew in a thread of its own when centres or streets change."""

    def __init__(self, engine: Engine, atlas: Atlas) -> None:
        super().__init__("centres")
        self._engine, self._atlas = engine, atlas
        self._map: CentreMap | None = None
        self._network: tuple[tuple[int, str], WalkNetwork] | None = None
        self._seen: tuple[int, str] | None = None
        self._lock = threading.Lock()

    @property
    def held(self) -> CentreMap | None:
        """What is in memory now; None before the first is made."""
        return self._map

    def get(self) -> CentreMap:
        """
        Return the centres, made now if there are none in memory yet.

        Raises
        ------
        NoVersionError
            If no boundary version is in force, which says by what CRS to measure.
        """
        if self._map is None:
            self.refresh()
        assert self._map is not None  # noqa: S101  just made
        return self._map

    def refresh(self) -> None:
        """Read what changed; streets are read again only if they did."""
        with self._lock:
            planar = f"EPSG:{self._atlas.at().version.planar_srid}"
            seen = (self._atlas.edition_of("service_centres", "centre_exceptions"), planar)
            streets = (self._atlas.edition_of("streets"), planar)
            if self._map and seen == self._seen and self._network and streets == self._network[0]:
                return
            with Session(self._engine) as session:
                if self._network is None or self._network[0] != streets:
                    self._network = (streets, load_network(session, planar))
                made = CentreMap(list_centres(session), self._network[1], planar)
            made.warm()
            self._map = made
            self._seen = seen

    def _follow(self) -> None:
        while not self._stop.is_set():
            try:
                self.refresh()
            except NoVersionError:
                pass  # an empty service: nothing to measure by yet
            except SQLAlchemyError as error:
                log.warning("centres could not be read: %s", error)
            self._stop.wait(RECHECK_S)


def load_network(session: Session, planar: str) -> WalkNetwork:
    """Read the streets and make the walking network in a planar CRS; takes seconds for a city."""
    rows = session.execute(
        select(
            Street.code,
            Street.street_class,
            Street.bridge,
            Street.steps,
            func.ST_AsBinary(Street.geom),
        ).order_by(Street.code)
    ).all()
    if not rows:
        none = np.empty(0, np.int64)
        return WalkNetwork(np.empty((0, 2)), none, none)
    streets = gpd.GeoDataFrame(
        {
            "class": [row.street_class for row in rows],
            "bridge": [row.bridge for row in rows],
            "steps": [row.steps for row in rows],
        },
        geometry=shapely.transform(
            shapely.from_wkb([bytes(row[4]) for row in rows]),
            lambda xy: np.stack(to_planar(xy[:, 0], xy[:, 1], planar), axis=1),
        ),
        crs=planar,
    )
    network = build_network(read_ways(streets), snap_m=SNAP_M)
    parts = network.component_length_m
    log.info(
        "walking network: %d streets, %d nodes, %d edges, %.1f km, %d connected parts",
        len(rows), network.nodes, network.edges, parts.sum() / 1000, len(parts),
    )  # fmt: skip
    return network


def place_of(city: CityMap, lon: float, lat: float, datum: Datum) -> tuple[float, float]:
    """
    Return a given point in CGCS2000 degrees.

    Raises
    ------
    CoordinateError
        If it is not finite, out of range, or lon and lat look swapped.
    """
    check_lonlat(lon, lat, city.bounds)
    x, y = to_cgcs2000(lon, lat, datum)
    return float(x), float(y)
