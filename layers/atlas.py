"""The city in memory: every published version and the duty roster, kept up to date."""

import logging
import threading
import time
from collections import Counter, OrderedDict
from datetime import UTC, datetime

import psycopg
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from layers.boundaries import CityMap, NoVersionError, Version, list_versions, load_city_map
from layers.following import Follower
from layers.officers import Roster, load_roster

CHANNEL = "city_changed"  # the database tells each change of versions or duties here
RECHECK_S = 30.0  # a missed notice is made good after this long
PLACES = {
    "compounds", "buildings", "streets", "map_areas", "service_centres", "centre_exceptions",
}  # fmt: skip
KEPT_VERSIONS = 8  # maps of older versions are dropped beyond this number

log = logging.getLogger(__name__)


class Atlas(Follower):
    """
    Published versions and duties, answered from memory and followed as they change.

    Which version is in force at a time is decided by the timeline read from the database;
    each version's map is built once and never changes.
    """

    def __init__(self, engine: Engine, *, gap_tolerance_m: float, near_border_m: float) -> None:
        super().__init__("atlas")
        self._engine = engine
        self._gap_tolerance_m = gap_tolerance_m
        self._near_border_m = near_border_m
        self._timeline: tuple[Version, ...] = ()
        self._maps: OrderedDict[int, CityMap] = OrderedDict()
        self._roster = Roster({}, {})
        self._editions: Counter[str] = Counter()
        self._lock = threading.Lock()

    @property
    def roster(self) -> Roster:
        """The duty roster as last read."""
        return self._roster

    @property
    def places_edition(self) -> int:
        """How often places (compounds, buildings, streets) were seen to change."""
        return self._editions.total()

    def edition_of(self, *tables: str) -> int:
        """Return how often tables of places were seen to change."""
        return sum(self._editions[table] for table in tables)

    def at(self, at: datetime | None = None) -> CityMap:
        """Return the map in force at a time, now if none is given; raises as `version_at`."""
        return self.of(self.version_at(at or datetime.now(UTC)))

    def version_at(self, at: datetime) -> Version:
        """
        Return the version in force at a time.

        Raises
        ------
        NoVersionError
            If no version is in force then.
        """
        for version in reversed(self._timeline):
            if version.in_force(at):
                return version
        raise NoVersionError(f"no boundary version is in force at {at.isoformat()}")

    def held(self, version: Version) -> CityMap | None:
        """Return the map of a version if it is in memory."""
        return self._maps.get(version.id)

    def of(self, version: Version) -> CityMap:
        """Return the map of a published version, read now if it is not in memory."""
        city = self._maps.get(version.id)
        if city is not None:
            return city
        with self._lock:
            city = self._maps.get(version.id)
            if city is None:
                with Session(self._engine) as session:
                    city = load_city_map(
                        session,
                        version,
                        gap_tolerance_m=self._gap_tolerance_m,
                        near_border_m=self._near_border_m,
                    )
                self._maps[version.id] = city
                while len(self._maps) > KEPT_VERSIONS:
                    self._maps.popitem(last=False)
            return city

    def refresh(self) -> None:
        """Read versions and duties again, and build the maps that are or will be in force."""
        now = datetime.now(UTC)
        with Session(self._engine) as session:
            timeline = tuple(list_versions(session))
            roster = load_roster(session)
        for version in timeline:
            if version.valid_to is None or version.valid_to > now:
                self.of(version)
        self._timeline, self._roster = timeline, roster

    def start(self) -> None:
        """Read everything, then follow changes in a thread of its own until `stop`."""
        self.refresh()
        super().start()

    def _follow(self) -> None:
        while not self._stop.is_set():
            try:
                self._listen()
            except (psycopg.Error, SQLAlchemyError) as error:
                log.warning("lost the database while following changes: %s", error)
                self._editions.update(PLACES)  # what changed meanwhile was told to nobody
                self._stop.wait(1)

    def _listen(self) -> None:
        url = self._engine.url.set(drivername="postgresql")
        with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as link:
            link.execute(f"listen {CHANNEL}")
            while not self._stop.is_set():
                self.refresh()  # first what changed before we listened, then each change
                recheck = time.monotonic() + RECHECK_S
                while not self._stop.is_set() and time.monotonic() < recheck:
                    told = {notice.payload for notice in link.notifies(timeout=0.5, stop_after=1)}
                    self._editions.update(told & PLACES)
                    if told - PLACES:
                        break
