"""Write the files, byte for byte the same for the same drawing."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from typing import TYPE_CHECKING, Any

from shapely import LineString, MultiPolygon, Point, Polygon

from .ground import DEGREE_DECIMALS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import shapely
    from shapely.geometry.base import BaseGeometry

    from .records import Layer

COLUMNS = {
    "service_regions": ["code", "name", "name_en", "centre_code"],
    "officers": ["code", "role_name", "role_name_en", "grid_code", "duty_line", "stand_in_code"],
}
SYNTHETIC_ZH = (
    "合成示例数据：社区名称与代码、部分道路名称和市域轮廓取自公开资料，"
    "其余位置、边界、楼宇、人口、电话均为程序生成，不代表实际情况。"
)
SYNTHETIC_EN = (
    "Synthetic sample: community names and codes, some street names and the outline are public "
    "facts; all places, borders, buildings, people and telephone numbers are made by a program."
)


def _number(value: float) -> str:
    text = f"{value:.{DEGREE_DECIMALS}f}".rstrip("0")
    return text + "0" if text.endswith(".") else text


def _ring(coords: Iterable[tuple[float, ...]]) -> str:
    return "[" + ",".join(f"[{_number(x)},{_number(y)}]" for x, y in coords) + "]"


def geometry_text(geometry: BaseGeometry) -> str:
    """Write a geometry as GeoJSON with fixed decimals, shells anticlockwise (RFC 7946)."""
    if isinstance(geometry, Point):
        return f'{{"type":"Point","coordinates":[{_number(geometry.x)},{_number(geometry.y)}]}}'
    if isinstance(geometry, LineString):
        return f'{{"type":"LineString","coordinates":{_ring(geometry.coords)}}}'
    if isinstance(geometry, Polygon):
        return f'{{"type":"Polygon","coordinates":{_polygon(geometry)}}}'
    if isinstance(geometry, MultiPolygon):
        parts = ",".join(_polygon(part) for part in geometry.geoms)
        return f'{{"type":"MultiPolygon","coordinates":[{parts}]}}'
    raise TypeError(f"{geometry.geom_type} is not written: dissolve or split it first")


def _polygon(polygon: shapely.Polygon) -> str:
    shell = (
        polygon.exterior.coords if polygon.exterior.is_ccw else list(polygon.exterior.coords)[::-1]
    )
    holes = [
        hole.coords if not hole.is_ccw else list(hole.coords)[::-1] for hole in polygon.interiors
    ]
    return "[" + ",".join(_ring(ring) for ring in [shell, *holes]) + "]"


def layer_text(layer: Layer) -> str:
    """Write one layer, a feature a line, keys sorted."""
    lines = []
    for properties, geometry in layer.rows:
        told = json.dumps(properties, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        lines.append(
            f'{{"type":"Feature","geometry":{geometry_text(geometry)},"properties":{told}}}'
        )
    head = json.dumps({"type": "FeatureCollection", "name": layer.name}, ensure_ascii=False)[:-1]
    return head + ', "features": [\n' + ",\n".join(lines) + "\n]}\n"


def table_text(name: str, table: list[dict[str, Any]]) -> str:
    """Write a table as UTF-8 CSV with Unix line ends."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS[name], lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return out.getvalue()


def write_json(path: Path, told: dict[str, Any]) -> None:
    """Write a JSON file, keys sorted."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(told, ensure_ascii=False, indent=2, sort_keys=True)
    path.write_bytes((text + "\n").encode())


def write_set(
    folder: Path,
    layers: list[Layer],
    tables: dict[str, list[dict[str, Any]]],
    manifest: dict[str, Any],
) -> None:
    """Write layers and tables, then a manifest with their SHA-256."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {f"{layer.name}.geojson": layer_text(layer) for layer in layers}
    texts |= {f"{name}.csv": table_text(name, table) for name, table in tables.items()}
    files = {}
    for name, text in sorted(texts.items()):
        content = text.encode()
        (folder / name).write_bytes(content)
        files[name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    write_json(folder / "manifest.json", {**manifest, "files": files})


def manifest_of(
    layers: list[Layer], tables: dict[str, list[dict[str, Any]]], more: dict[str, Any]
) -> dict[str, Any]:
    """Describe a set: what it is, in which CRS, how much of what."""
    counts = {layer.name: len(layer.rows) for layer in layers}
    counts |= {name: len(table) for name, table in tables.items()}
    houses = next((layer.rows for layer in layers if layer.name == "buildings"), [])
    for key in ("households", "residents", "residents_60_plus"):
        counts[key] = sum(properties[key] for properties, _ in houses)
    return {
        "name": "汾阳市城区示例",
        "name_en": "Fenyang urban sample",
        "city_code": "141182",
        "synthetic": True,
        "synthetic_note": SYNTHETIC_ZH,
        "synthetic_note_en": SYNTHETIC_EN,
        "datum": "cgcs2000",
        "geographic_crs": "EPSG:4490",
        "planar_crs": "EPSG:4546",
        "axis_order": "lon, lat",
        "code_scheme": {"scheme": "NBS", "edition": "2023"},
        "counts": counts,
        **more,
    }
