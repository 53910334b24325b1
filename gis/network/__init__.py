"""
Walking: a network of streets and paths, the nearest destinations on it, and whom they reach.

Distances go by the network; where it has no path the answer says so and gives the straight line.
"""

from gis.network.destinations import Destinations, How, Walk
from gis.network.table import NearestTable, NearestTwo, nearest_two, walk_matrix
from gis.network.walk import (
    METRES,
    ORDINARY,
    SLOW,
    Pace,
    Snapped,
    WalkNetwork,
    build_network,
)
from gis.network.ways import Ways, read_ways

__all__ = [
    "METRES",
    "ORDINARY",
    "SLOW",
    "Destinations",
    "How",
    "NearestTable",
    "NearestTwo",
    "Pace",
    "Snapped",
    "Walk",
    "WalkNetwork",
    "Ways",
    "build_network",
    "nearest_two",
    "read_ways",
    "walk_matrix",
]
