"""
`/locate` over HTTP beside endpoints of the same server that do no work, in one run.

    python bench/locate_http.py [--rounds 5] [--seconds 2] [--clients 16] [--points 500000]

Starts the service with the sample city as `jingwei serve` does, one worker on the first core; the
clients, raw sockets that ask again as soon as they are answered, are on the last. Rounds of all
endpoints take turns. What is compared:

    GET /healthz   an endpoint of the framework that does no work
    GET /nothing   a constant answered past the framework, where `GET /locate` is answered too
    GET /locate    points, nearly all in the city, in WGS 84 and in GCJ-02
    POST /locate   one Arrow stream of many points, the first request apart
"""

import argparse
import os
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
SAMPLE = ROOT / "data" / "boundaries" / "fenyang"
NOTHING = [(b"content-length", b"2"), (b"content-type", b"application/json")]


class Nothing:
    """Answers one path with a constant and passes the rest on."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer, or pass on."""
        if scope["type"] != "http" or scope["path"] != "/nothing":
            await self._app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": NOTHING})
        await send({"type": "http.response.body", "body": b"{}"})


def serve(port: int) -> None:
    """Serve the sample city as `jingwei serve` does, and the constant."""
    import uvicorn  # noqa: PLC0415 - of the other process

    from api.app import create_app  # noqa: PLC0415
    from api.commands.serve import load_sample  # noqa: PLC0415
    from layers.db import migrate, open_database  # noqa: PLC0415
    from layers.settings import Settings  # noqa: PLC0415

    settings = Settings()
    with open_database(settings) as engine:
        migrate(engine)
        load_sample(engine)
        os.sched_setaffinity(0, {0})
        app = create_app(settings, engine)
        app.add_middleware(Nothing)
        uvicorn.run(app, port=port, log_config=None, access_log=False)


def ask(port: int, paths: list[str], clients: int, seconds: float) -> tuple[int, list[float]]:
    """Ask for paths in turn, each client one at a time; count answers and time each."""
    requests = cycle([f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() for path in paths])
    chosen = selectors.DefaultSelector()
    sent: dict[int, float] = {}
    for _ in range(clients):
        link = socket.create_connection(("127.0.0.1", port))
        chosen.register(link, selectors.EVENT_READ, link)
        link.sendall(next(requests))
        sent[link.fileno()] = time.perf_counter()
    taken: list[float] = []
    held: dict[int, bytes] = {}
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        for key, _ in chosen.select(1):
            answer = held.pop(key.fd, b"") + key.fileobj.recv(65536)
            if not is_whole(answer):
                held[key.fd] = answer
                continue
            now = time.perf_counter()
            taken.append(now - sent[key.fd])
            sent[key.fd] = now
            key.fileobj.sendall(next(requests))
    for key in list(chosen.get_map().values()):
        key.fileobj.close()
    return len(taken), taken


def places(count: int, seed: int) -> np.ndarray:
    """Draw points: 95 % about buildings, the rest anywhere in the frame's box and about it."""
    import geopandas as gpd  # noqa: PLC0415 - of this process

    chance = np.random.default_rng(seed)
    bounds = gpd.read_file(SAMPLE / "buildings.geojson").geometry.bounds.to_numpy()
    west, south, east, north = gpd.read_file(SAMPLE / "frame.geojson").total_bounds
    homes = chance.choice((bounds[:, :2] + bounds[:, 2:]) / 2, count)
    homes += chance.uniform(-1.5e-4, 1.5e-4, (count, 2))
    spread = chance.uniform(-0.05, 1.05, (count, 2)) * [east - west, north - south]
    spread += (west, south)
    return np.where(chance.random((count, 1)) < 0.95, homes, spread)


def is_whole(answer: bytes) -> bool:
    """Tell whether all of an answer is there; anything but 200 ends the program."""
    head, _, body = answer.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit(answer.decode())
    return len(body) == int(head.partition(b"content-length: ")[2].partition(b"\r")[0])


def measure(process: psutil.Process, port: int, a: argparse.Namespace) -> None:
    """Take turns and print medians, and ratios within rounds."""
    points = np.round(places(2000, 1), 7).tolist()
    asked = {"healthz": ["/healthz"], "nothing": ["/nothing"]} | {
        datum: [f"/locate?lon={lon}&lat={lat}&datum={datum}" for lon, lat in points]
        for datum in ("wgs84", "gcj02")
    }
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in asked}
    for turn in range(a.rounds + 1):
        for name, paths in asked.items():
            used, began = sum(process.cpu_times()[:2]), time.perf_counter()
            count, taken = ask(port, paths, a.clients, a.seconds)
            wall, used = time.perf_counter() - began, sum(process.cpu_times()[:2]) - used
            if turn:  # the first warms up
                found[name].append((count / wall, used / count, statistics.median(taken)))
    for name, rounds in found.items():
        rate, core, median = (statistics.median(column) for column in zip(*rounds, strict=True))
        rates = [
            statistics.median(a[0] / b[0] for a, b in zip(rounds, found[no], strict=True))
            for no in ("healthz", "nothing")
        ]
        took = f"{core * 1e6:.0f} core-us, p50 {median * 1e3:.2f} ms"
        print(f"{name:8} {rate:6.0f} req/s, {took}; "
              f"beside healthz {rates[0]:.2f}, nothing {rates[1]:.2f}", flush=True)  # fmt: skip


def post(port: int, count: int) -> None:
    """Send one Arrow stream several times."""
    import pyarrow as pa  # noqa: PLC0415

    lon, lat = places(count, 2).T
    table = pa.table({"lon": lon.copy(), "lat": lat.copy()})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    body = sink.getvalue().to_pybytes()
    rates = []
    for _ in range(8):
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/locate?datum=wgs84",
            body,
            {"content-type": "application/vnd.apache.arrow.stream"},
        )
        began = time.perf_counter()
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - our own
            answer.read()
        rates.append(count / (time.perf_counter() - began) / 1e6)
    print(f"POST of {count} points: first {rates[0]:.1f}, then {min(rates[1:]):.1f} to "
          f"{max(rates[1:]):.1f} million points a second", flush=True)  # fmt: skip


def main() -> None:
    """Read the arguments; start the service, measure, stop it."""
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    ap.add_argument("--rounds", type=int, default=5)
    ap.add_argument("--seconds", type=float, default=2.0)
    ap.add_argument("--clients", type=int, default=16)
    ap.add_argument("--points", type=int, default=500_000)
    ap.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    a = ap.parse_args()
    if a.serve:
        serve(a.serve)
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = Path(tempfile.mkdtemp(prefix="jingwei-bench-"))
    home.chmod(0o755)  # the account the database runs as must get through
    environment = os.environ | {"JINGWEI_DATA_FOLDER": str(home)}
    child = subprocess.Popen([sys.executable, __file__, "--serve", str(port)], env=environment)
    try:
        while socket.socket().connect_ex(("127.0.0.1", port)):
            time.sleep(0.2)
            if child.poll() is not None:
                raise SystemExit("the service did not start")
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        post(port, a.points)
        measure(psutil.Process(child.pid), port, a)
    finally:
        child.terminate()
        child.wait(30)


if __name__ == "__main__":
    main()
