"""The public layers as features: which columns each shows, read with bbox, CRS and paging."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pyproj import CRS
from sqlalchemy import text
from sqlalchemy.orm import Session

from layers.models import SRID

DEGREE_DIGITS = 9  # a tenth of a millimetre
METRE_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Layer:
    """One public layer: its table, the columns shown, and those one may filter by."""

    name: str
    title_zh: str
    title_en: str
    columns: tuple[str, ...]
    filters: tuple[str, ...]
    table: str
    of_a_version: bool = False
    geometry: str = "polygon"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which features: a box (x, y east and north in `bbox_srid`), filters, page and CRS."""

    bbox: tuple[float, float, float, float] | None = None
    bbox_srid: int = SRID
    equal_to: Mapping[str, str] | None = None
    srid: int = SRID
    flip: bool = False  # the CRS names north before east
    limit: int = 100
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """Features as GeoJSON objects and how many there are in all."""

    features: list[dict[str, Any]]
    matched: int


UNIT = ("code", "name", "name_en")
LAYERS = {
    layer.name: layer
    for layer in (
        Layer("subdistricts", "街道", "Subdistricts", UNIT, ("code", "name"), "subdistricts",
              of_a_version=True),
        Layer("communities", "社区", "Communities",
              (*UNIT, "official_name", "subdistrict_code", "service_region_code"),
              ("code", "name", "subdistrict_code"), "communities", of_a_version=True),
        Layer("grids", "网格", "Grids",
              (*UNIT, "kind", "community_code", "households", "residents", "residents_60_plus"),
              ("code", "name", "kind", "community_code"), "grids", of_a_version=True),
        Layer("compounds", "小区", "Compounds", (*UNIT, "kind"), ("code", "name", "kind"),
              "compounds"),
        Layer("buildings", "楼宇", "Buildings",
              ("code", "name", "kind", "address", "floors", "entrances", "compound_code"),
              ("code", "kind", "compound_code"), "buildings"),
        Layer("streets", "街道（道路）", "Streets", (*UNIT, "class", "bridge", "steps"),
              ("code", "name", "class"), "streets", geometry="line"),
        Layer("centres", "党群服务中心", "Service centres",
              (*UNIT, "kind", "region_code", "community_code", "address", "phone",
               "opening_hours", "services", "step_free"),
              ("code", "name", "kind", "region_code", "community_code"), "service_centres",
              geometry="point"),
    )
}  # fmt: skip


@cache
def north_first(srid: int) -> bool:
    """Tell whether a CRS names its northern axis first, as EPSG:4490 and EPSG:4546 do."""
    return CRS.from_epsg(srid).axis_info[0].direction == "north"


def list_features(session: Session, layer: Layer, version_id: int, wanted: Wanted) -> Page:
    """Return one page of a layer in the order of codes, and how many features match in all."""
    where, values = _where(layer, version_id, wanted)
    matched = session.execute(
        text(f"select count(*) from {layer.table} where {where}"),  # noqa: S608
        values,
    ).scalar_one()
    rows = session.execute(
        text(
            f"select {_feature(layer, wanted)} from {layer.table} where {where} "  # noqa: S608
            "order by code limit :limit offset :offset"
        ),
        {**values, "limit": wanted.limit, "offset": wanted.offset},
    )
    return Page([row[0] for row in rows], matched)


def get_feature(
    session: Session, layer: Layer, version_id: int, code: str, wanted: Wanted
) -> dict[str, Any] | None:
    """Return one feature by code; None if there is none."""
    only = Wanted(equal_to={"code": code}, srid=wanted.srid, flip=wanted.flip, limit=1)
    found = list_features(session, layer, version_id, only).features
    return found[0] if found else None


def get_extent(
    session: Session, layer: Layer, version_id: int
) -> tuple[float, float, float, float] | None:
    """Return west, south, east, north of a layer in degrees; None if it is empty."""
    where, values = _where(layer, version_id, Wanted())
    extent = f"select ST_Extent(geom) as box from {layer.table} where {where}"  # noqa: S608
    row = session.execute(
        text(
            "select ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box) "  # noqa: S608
            f"from ({extent}) t"
        ),
        values,
    ).one()
    return None if row[0] is None else (row[0], row[1], row[2], row[3])


def _where(layer: Layer, version_id: int, wanted: Wanted) -> tuple[str, dict[str, Any]]:
    """Return a condition of this module's own words and the caller's values beside it."""
    parts: list[str] = ["true"]
    values: dict[str, Any] = {}
    if layer.of_a_version:
        parts.append("version_id = :version_id")
        values["version_id"] = version_id
    for name in sorted(set(wanted.equal_to or {}) & set(layer.filters)):
        parts.append(f'"{name}" = :is_{name}')
        values[f"is_{name}"] = (wanted.equal_to or {})[name]
    if wanted.bbox is not None:
        values |= {"bbox_srid": wanted.bbox_srid}
        parts.append(_box_condition(wanted.bbox, values))
    return " and ".join(parts), values


def _box_condition(bbox: tuple[float, float, float, float], values: dict[str, Any]) -> str:
    west, south, east, north = bbox
    # a box whose west is east of its east crosses the antimeridian (RFC 7946, 5.2)
    boxes = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    tests = []
    for number, (left, right) in enumerate(boxes):
        values |= {f"w{number}": left, f"e{number}": right, "s": south, "n": north}
        box = f"ST_MakeEnvelope(:w{number}, :s, :e{number}, :n, :bbox_srid)"
        tests.append(f"ST_Intersects(geom, ST_Transform({box}, {SRID}))")
    return f"({' or '.join(tests)})"


def _feature(layer: Layer, wanted: Wanted) -> str:
    geometry = "geom" if wanted.srid == SRID else f"ST_Transform(geom, {wanted.srid:d})"
    if wanted.flip:
        geometry = f"ST_FlipCoordinates({geometry})"
    digits = DEGREE_DIGITS if CRS.from_epsg(wanted.srid).is_geographic else METRE_DIGITS
    pairs = ", ".join(f"""'{name}', "{name}\"""" for name in layer.columns)
    return (
        "json_build_object('type', 'Feature', 'id', code, 'geometry', "
        f"ST_AsGeoJSON({geometry}, {digits}, 0)::json, 'properties', json_build_object({pairs}))"
    )
