"""
The walking network beside its peers.

    python bench/network.py city                  every building to every centre of the sample
    python bench/network.py table [--nodes 1000000] [--centres 3000] [--peer]
    python bench/network.py http [--clients 16] [--seconds 10]

`table` makes a network of a square city and finds each node's nearest and second nearest centre;
with `--peer` NetworkX does the first half of that on the same edges and must agree. `http` starts
the service on the sample city and asks `GET /centres/nearest` from as many clients as are named,
each with its next question as soon as it has the answer.
"""

import argparse
import http.client
import multiprocessing
import os
import sys
import time
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyogrio
from numpy.typing import NDArray

HERE = Path(__file__).resolve()
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

from gis.network import (  # noqa: E402  the sources beside this file
    METRES,
    Destinations,
    NearestTable,
    WalkNetwork,
    build_network,
    nearest_two,
    read_ways,
    walk_matrix,
)

Floats = NDArray[np.float64]
SAMPLE = ROOT / "data" / "boundaries" / "fenyang"


class Timed:
    """Prints what a step took, in wall and processor seconds."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> Self:
        self._wall, self._core = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall = time.perf_counter() - self._wall
        self.core = time.process_time() - self._core
        print(f"{self._what}: {self.wall:.3f} s, {self.core:.3f} core-seconds")


def city() -> None:
    """Time the sample city: building the network, all pairs, nearest two, one by one."""
    streets = _read("streets")
    centres, homes = _places("centres"), _places("buildings")
    with Timed(f"network of {len(streets)} streets"):
        network = build_network(read_ways(streets))
    to = Destinations(network, centres, pace=METRES, limit_m=300, least_m=100)
    with Timed(f"{len(homes)} buildings x {len(centres)} centres"):
        walk_matrix(to, homes)
    with Timed("nearest and second nearest of each building"):
        nearest_two(to, homes)
    everyone = np.ones(len(centres), np.bool_)
    to.nearest(*homes[0], wanted=3, allowed=everyone)
    with Timed("three nearest with their routes, building by building") as timed:
        for home in homes.tolist():
            to.nearest(*home, wanted=3, allowed=everyone)
    print(f"  {timed.core / len(homes) * 1000:.3f} ms of a core each")


def table(nodes: int, centres: int, *, peer: bool) -> None:
    """Time the table of a square city with blocks of 80 to 120 m."""
    side = int(np.sqrt(nodes))
    rng = np.random.default_rng(8)
    row, column = np.divmod(np.arange(side * side), side)
    xy = np.stack([column, row], axis=1) * 100.0 + rng.uniform(-10, 10, (side * side, 2))
    east = np.flatnonzero(column < side - 1)
    north = np.flatnonzero(row < side - 1)
    tail, head = np.concatenate([east, north]), np.concatenate([east + 1, north + side])
    with Timed(f"network of {len(xy)} nodes and {len(tail)} edges"):
        network = WalkNetwork(xy, tail, head)
    with Timed("  its arcs, sorted once"):
        _ = network.arcs
    with Timed(f"{centres} centres joined to it"):
        places = rng.uniform(0, side * 100.0, (centres, 2))
        to = Destinations(network, places, pace=METRES, limit_m=300)
    with Timed("nearest and second nearest of every node"):
        found = NearestTable(to).at_nodes()
    everyone = np.ones(centres, np.bool_)
    to.nearest(*places[0], wanted=3, allowed=everyone)
    with Timed("100 times the three nearest with routes"):
        for place in rng.uniform(0, side * 100.0, (100, 2)).tolist():
            to.nearest(*place, wanted=3, allowed=everyone)
    if peer:
        _networkx(to, found.first_cost)


def _networkx(to: Destinations, ours: Floats) -> None:
    import networkx as nx  # noqa: PLC0415  not needed without the peer

    network = to.network
    with Timed("NetworkX: graph"):
        graph = nx.Graph()
        graph.add_weighted_edges_from(
            zip(network.tail.tolist(), network.head.tolist(), network.length_m.tolist(),
                strict=True)
        )  # fmt: skip
        for row, edge in enumerate(to.snapped.edge.tolist()):
            graph.add_edge(("c", row), int(network.tail[edge]), weight=float(to.ends.tail[row]))
            graph.add_edge(("c", row), int(network.head[edge]), weight=float(to.ends.head[row]))
    with Timed("NetworkX: multi_source_dijkstra_path_length, nearest only"):
        reached = nx.multi_source_dijkstra_path_length(
            graph, {("c", row) for row in range(len(to))}
        )
    theirs = np.array([reached[node] for node in range(network.nodes)])
    print(f"largest difference: {np.abs(theirs - ours).max():.6f} m")


def serve(clients: int, seconds: float) -> None:
    """Ask the real service; print rate and percentiles."""
    from tests.service import Service  # noqa: PLC0415

    homes = pyogrio.read_dataframe(SAMPLE / "buildings.geojson").geometry.representative_point()
    paths = [f"/centres/nearest?lon={home.x:.6f}&lat={home.y:.6f}&datum=cgcs2000" for home in homes]
    with Service() as service, multiprocessing.Pool(2) as pool:
        for name in ("/healthz", "/centres/nearest"):
            asked = paths if "nearest" in name else [name]
            _ask(service.port, asked, 2, 1.0)
            work = [(service.port, asked, clients // 2, seconds)] * 2
            times = np.concatenate(pool.starmap(_ask, work)) * 1000
            p50, p95, p99 = np.percentile(times, [50, 95, 99])
            print(
                f"{name}: {clients} clients, {len(times) / seconds:.0f} a second, "
                f"p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms"
            )


def _ask(port: int, paths: list[str], clients: int, seconds: float) -> Floats:
    """Keep some connections busy from one process; return the seconds of each answer."""
    import selectors  # noqa: PLC0415
    import socket  # noqa: PLC0415

    ready = selectors.DefaultSelector()
    began: dict[int, float] = {}
    got: dict[int, bytes] = {}
    times: list[float] = []
    number = os.getpid()

    def send(link: socket.socket) -> None:
        nonlocal number
        number += 7919
        began[link.fileno()], got[link.fileno()] = time.perf_counter(), b""
        path = paths[number % len(paths)]
        link.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())

    for _ in range(clients):
        link = socket.create_connection(("127.0.0.1", port))
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ready.register(link, selectors.EVENT_READ)
        send(link)
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        for key, _ in ready.select(1.0):
            link: Any = key.fileobj
            got[key.fd] += link.recv(1 << 20)
            if _whole(got[key.fd]):
                times.append(time.perf_counter() - began[key.fd])
                send(link)
    return np.array(times)


def _whole(answer: bytes) -> bool:
    head, _, body = answer.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        if head:
            raise http.client.HTTPException(answer[:300].decode(errors="replace"))
        return False
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    return len(body) >= length


def _read(layer: str) -> Any:
    return (
        pyogrio.read_dataframe(SAMPLE / f"{layer}.geojson")
        .set_crs(4490, allow_override=True)
        .to_crs(4546)
    )


def _places(layer: str) -> Floats:
    points = _read(layer).sort_values("code").representative_point()
    return np.stack([points.x, points.y], axis=1)


def main() -> None:
    """Run the named measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("city")
    at_scale = commands.add_parser("table")
    at_scale.add_argument("--nodes", type=int, default=1_000_000)
    at_scale.add_argument("--centres", type=int, default=3000)
    at_scale.add_argument("--peer", action="store_true")
    over_http = commands.add_parser("http")
    over_http.add_argument("--clients", type=int, default=16)
    over_http.add_argument("--seconds", type=float, default=10.0)
    given = parser.parse_args()
    if given.command == "city":
        city()
    elif given.command == "table":
        table(given.nodes, given.centres, peer=given.peer)
    else:
        serve(given.clients, given.seconds)


if __name__ == "__main__":
    main()
