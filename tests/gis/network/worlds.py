"""Street layers and graphs for the tests of the walking network."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
from numpy.typing import NDArray
from shapely import LineString

from gis.network import Destinations, Snapped, WalkNetwork, build_network, read_ways

METRES = "EPSG:4546"
Floats = NDArray[np.float64]


def streets(*lines: Sequence[tuple[float, float]], **columns: Sequence[Any]) -> gpd.GeoDataFrame:
    """Return a street layer in metres; lanes unless a column says otherwise."""
    columns.setdefault("class", ["lane"] * len(lines))
    return gpd.GeoDataFrame(columns, geometry=[LineString(line) for line in lines], crs=METRES)


def network(*lines: Sequence[tuple[float, float]], **columns: Sequence[Any]) -> WalkNetwork:
    """Return the walking network of some lines."""
    return build_network(read_ways(streets(*lines, **columns)), snap_m=0.5)


def lattice(size: int, side_m: float = 100.0) -> WalkNetwork:
    """Return a network of size by size squares."""
    span = size * side_m
    lines = [[(0.0, at * side_m), (span, at * side_m)] for at in range(size + 1)]
    lines += [[(at * side_m, 0.0), (at * side_m, span)] for at in range(size + 1)]
    return network(*lines)


def split_edges(
    streets: WalkNetwork, **points: Snapped
) -> list[tuple[int | tuple[str, int], int | tuple[str, int], float]]:
    """
    Cut the edges at joined points, as one would draw it: (from, to, metres).

    Nodes of the network keep their numbers; point 3 given as `home` is `("home", 3)` and hangs
    on its edge by the way to it.
    """
    on_edge: dict[int, list[tuple[float, tuple[str, int]]]] = {}
    edges: list[tuple[Any, Any, float]] = []
    for name, snapped in points.items():
        for row, edge in enumerate(snapped.edge.tolist()):
            if edge >= 0:
                on_edge.setdefault(edge, []).append((float(snapped.share[row]), (name, row)))
                edges.append(((name, row), (f"{name} foot", row), float(snapped.away_m[row])))
    for edge in range(streets.edges):
        stops: list[tuple[float, Any]] = [(0.0, int(streets.tail[edge]))]
        stops += [(share, (f"{n} foot", row)) for share, (n, row) in sorted(on_edge.get(edge, []))]
        stops.append((1.0, int(streets.head[edge])))
        length = float(streets.length_m[edge])
        edges += [(a, b, (to - at) * length) for (at, a), (to, b) in pairwise(stops)]
    return edges


def brute_force(to: Destinations, xy: Floats) -> Floats:
    """Return (k, c) metres from points to destinations by NetworkX; infinite without a path."""
    snapped = to.snap(xy)
    graph = nx.Graph()
    for a, b, metres in split_edges(to.network, home=snapped, centre=to.snapped):
        if not graph.has_edge(a, b) or graph[a][b]["weight"] > metres:
            graph.add_edge(a, b, weight=metres)
    table = np.full((len(xy), len(to)), np.inf)
    for row in range(len(to)):
        if ("centre", row) not in graph:
            continue
        reached = nx.single_source_dijkstra_path_length(graph, ("centre", row))
        table[:, row] = [reached.get(("home", point), np.inf) for point in range(len(xy))]
    return table
