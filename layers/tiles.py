"""Vector tiles of the city in Web Mercator, drawn by PostGIS and kept for each version."""

from collections import OrderedDict
from hashlib import blake2b
from threading import Lock
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import CoordinateError

MAX_ZOOM = 20
BUFFER = 64  # tile units; labels and strokes reach over the edge
KEPT_TILES = 4000


class Tile(NamedTuple):
    """A vector tile and a tag that changes with its content."""

    content: bytes
    tag: str


Edition = tuple[int, int]  # boundary version, and how often the places were changed since start

# name, from which zoom, columns, source; `:version` picks the boundaries
LAYERS: tuple[tuple[str, int, str, str], ...] = (
    ("areas", 8, "kind, name, name_en", "map_areas"),
    ("subdistricts", 8, "code, name, name_en", "subdistricts"),
    ("communities", 10, "code, name, name_en", "communities"),
    ("grids", 11, "code, name, name_en, kind", "grids"),
    ("compounds", 14, "code, name, name_en, kind", "compounds"),
    ("buildings", 15, "code, name, kind, floors", "buildings"),
    ("centres", 10, "code, name, name_en, kind", "service_centres"),
)
STREETS_FROM = {"arterial": 8, "bridge": 11, "collector": 12, "lane": 14, "path": 15}
OF_A_VERSION = {"subdistricts", "communities", "grids"}
LABELS = {"grid_labels": ("grids", 13), "community_labels": ("communities", 11)}
COMPOUND_LABELS_FROM = 15


def _query(zoom: int) -> str:
    parts = []
    for name, from_zoom, columns, source in LAYERS:
        if zoom >= from_zoom:
            where = "version_id = :version and" if source in OF_A_VERSION else ""
            parts.append(_layer(name, columns, source, where))
    classes = [kind for kind, from_zoom in STREETS_FROM.items() if zoom >= from_zoom]
    if classes:
        listed = ", ".join(f"'{kind}'" for kind in classes)
        columns = "code, name, name_en, class, bridge, steps"
        parts.append(_layer("streets", columns, "streets", f"class in ({listed}) and"))
        parts.append(_street_labels(f"class in ({listed}) and"))
    for name, (source, from_zoom) in LABELS.items():
        if zoom >= from_zoom:
            parts.append(_labels(name, source, "version_id = :version and"))
    if zoom >= COMPOUND_LABELS_FROM:
        parts.append(_labels("compound_labels", "compounds", ""))
    return (
        "with bounds as (select ST_TileEnvelope(:z, :x, :y) as box,"
        f" ST_TileEnvelope(:z, :x, :y, margin => {BUFFER / 4096}) as reach) select "
        + " || ".join(f"coalesce({part}, '')" for part in parts)
    )


def _layer(name: str, columns: str, source: str, where: str) -> str:
    # only constants of this module come in here, never a caller's words
    return f"""(select ST_AsMVT(t, '{name}', 4096, 'shape') from (
        select {columns}, ST_AsMVTGeom(ST_Transform(geom, 3857), box, 4096, {BUFFER}) as shape
        from {source}, bounds where {where} geom && ST_Transform(reach, 4490) order by 1
    ) t where shape is not null)"""  # noqa: S608


def _labels(name: str, source: str, where: str) -> str:
    """One point a unit, so that a name is not repeated in each tile the unit touches."""
    return f"""(select ST_AsMVT(t, '{name}', 4096, 'shape') from (
        select code, name, name_en,
            ST_AsMVTGeom(ST_Transform(at, 3857), box, 4096, {BUFFER}) as shape
        from {source}, bounds, lateral (select (ST_MaximumInscribedCircle(geom)).center) p(at)
        where {where} geom && ST_Transform(reach, 4490) order by 1
    ) t where shape is not null)"""  # noqa: S608


def _street_labels(where: str) -> str:
    """Join the pieces of a street, so that its name is written along all of it once."""
    return f"""(select ST_AsMVT(t, 'street_labels', 4096, 'shape') from (
        select name, max(name_en) as name_en, class,
            ST_AsMVTGeom(ST_Transform(ST_LineMerge(ST_Collect(geom)), 3857), box, 4096, {BUFFER})
            as shape
        from streets, bounds
        where {where} name is not null and geom && ST_Transform(reach, 4490)
        group by name, class, box order by 1
    ) t where shape is not null)"""  # noqa: S608


class TileStore:
    """Tiles already drawn for an edition of the city: its version and what stands in it."""

    def __init__(self) -> None:
        self._tiles: OrderedDict[tuple[Edition, int, int, int], Tile] = OrderedDict()
        self._lock = Lock()

    def get(self, session: Session, edition: Edition, zoom: int, x: int, y: int) -> Tile:
        """
        Return one tile; its content is empty where there is nothing.

        Raises
        ------
        CoordinateError
            If there is no such tile in the Web Mercator scheme.

        References
        ----------
        Mapbox Vector Tile Specification 2.1; OGC 17-083r4, WebMercatorQuad.
        """
        if not 0 <= zoom <= MAX_ZOOM or not (0 <= x < 2**zoom and 0 <= y < 2**zoom):
            raise CoordinateError(
                f"there is no tile {zoom}/{x}/{y}: zoom is 0 to {MAX_ZOOM}, "
                "x and y are 0 to 2^zoom - 1"
            )
        key = (edition, zoom, x, y)
        with self._lock:
            if key in self._tiles:
                self._tiles.move_to_end(key)
                return self._tiles[key]
        content = draw(session, edition[0], zoom, x, y)
        tile = Tile(content, blake2b(content, digest_size=8).hexdigest())
        with self._lock:
            self._tiles[key] = tile
            while len(self._tiles) > KEPT_TILES:
                self._tiles.popitem(last=False)
        return tile


def draw(session: Session, version_id: int, zoom: int, x: int, y: int) -> bytes:
    """Draw one tile in PostGIS."""
    values = {"version": version_id, "z": zoom, "x": x, "y": y}
    return bytes(session.execute(text(_query(zoom)), values).scalar_one() or b"")
