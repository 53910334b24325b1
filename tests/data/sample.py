"""The sample city as its readers find it: files on disk, nothing of the script that made them."""

import csv
import json
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
from shapely.geometry import shape

BOUNDARIES = Path(__file__).parents[2] / "data" / "boundaries"
METRES = "EPSG:4546"


def read_json(name: str) -> Any:
    return json.loads((BOUNDARIES / name).read_text(encoding="utf-8"))


def read_table(name: str) -> list[dict[str, str]]:
    with (BOUNDARIES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def layer(name: str, folder: str = "fenyang") -> gpd.GeoDataFrame:
    """Read a layer in degrees, straight from its JSON, so that no driver repairs a ring."""
    features = read_json(f"{folder}/{name}.geojson")["features"]
    return gpd.GeoDataFrame(
        [feature["properties"] for feature in features],
        geometry=[shape(feature["geometry"]) for feature in features],
        crs="EPSG:4490",
    )


@cache
def planar(name: str, folder: str = "fenyang") -> gpd.GeoDataFrame:
    """Read a layer in metres."""
    return layer(name, folder).to_crs(METRES)
