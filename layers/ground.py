"""Streets, water and green as one small file: what a public map needs to find one's way by."""

import gzip
import json
from threading import Lock
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

SIMPLE_DEGREES = 0.00003  # about 3 m: finer than a screen shows
DIGITS = 5  # about a metre

_QUERY = text(
    """
    select kind, name, name_en, ST_AsGeoJSON(shape, :digits)::json as shape from (
        select kind, name, name_en, ST_SimplifyPreserveTopology(geom, :simple) as shape, 0 as rank
        from map_areas
        union all
        select class, name, name_en, ST_SimplifyPreserveTopology(geom, :simple), 1
        from streets where class in ('arterial', 'bridge', 'collector')
    ) as drawn
    order by rank, kind, name
    """
)


class Ground(NamedTuple):
    """The file, compressed, and a tag that changes with the places."""

    content: bytes
    tag: str


class GroundStore:
    """Keeps the ground of the latest edition of the places."""

    def __init__(self) -> None:
        self._edition: int | None = None
        self._ground = Ground(b"", "")
        self._lock = Lock()

    def get(self, session: Session, places_edition: int) -> Ground:
        """Return the ground of an edition; whoever asks first makes it, the others wait."""
        with self._lock:
            if self._edition != places_edition:
                content = load_ground(session)
                self._ground = Ground(content, f"{places_edition}-{len(content)}")
                self._edition = places_edition
            return self._ground


def load_ground(session: Session) -> bytes:
    """Return gzipped GeoJSON in CGCS2000 degrees: `kind`, `name`, `name_en` of each shape."""
    rows = session.execute(_QUERY, {"digits": DIGITS, "simple": SIMPLE_DEGREES})
    features = [
        {
            "type": "Feature",
            "properties": {"kind": row.kind, "name": row.name, "name_en": row.name_en},
            "geometry": row.shape,
        }
        for row in rows
    ]
    whole = {"type": "FeatureCollection", "features": features}
    return gzip.compress(json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode())
