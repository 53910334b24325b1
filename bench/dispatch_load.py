"""
A dispatch centre at work: dispatchers who take calls to the end beside public readers, in one run.

    python bench/dispatch_load.py [--dispatchers 50] [--readers 2000] [--minutes 15] [--speed 8]

Starts the service with the sample city as `jingwei serve` does. Calls and questions come at random
(seeded) moments of so many simulated minutes, played `speed` times as fast: a dispatcher has a
call a minute, a reader asks once in five minutes. A call is a POST of a case and three steps; one
request in ten is sent twice with its key, as after a lost answer. At the end every case is read
back: none may be missing or doubled, and its events must be those that were sent, in order.
"""

import argparse
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import uuid
from collections import defaultdict
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.locate_http import places  # noqa: E402 - after the path is set

STEPS = ("accept", "handle", "close")
CALL_EVERY_S, READ_EVERY_S = 60.0, 300.0
TWICE = 0.1
IDLE_S = 2.0
READING_THREADS = 24


class Link(HTTPConnection):
    """A connection that is made anew when it was idle, as the service ends idle ones."""

    used = 0.0

    def refresh(self) -> None:
        """Close the connection if it was idle; the next request opens it again."""
        if time.monotonic() - self.used > IDLE_S:
            self.close()
        self.used = time.monotonic()


class Load:
    """What was sent and how long each answer took."""

    def __init__(self, port: int, minutes: float, speed: float) -> None:
        self.port, self.seconds, self.speed = port, minutes * 60, speed
        self.taken: defaultdict[str, list[float]] = defaultdict(list)
        self.sent: dict[str, str] = {}  # words -> number
        self.faults: list[str] = []
        self.points = np.round(places(2000, 1), 7).tolist()
        self.began = 0.0

    def wait(self, at: float) -> bool:
        """Wait for a simulated second; tell whether it was still to come."""
        left = self.began + at / self.speed - time.monotonic()
        if left > 0:
            time.sleep(left)
        return left > 0

    def ask(
        self,
        link: Link,
        name: str,
        path: str,
        body: Any = None,
        key: str = "",
    ) -> Any:
        """Ask once, time it, and keep what went wrong."""
        headers = {"content-type": "application/json", "X-Actor": "desk", "Idempotency-Key": key}
        link.refresh()
        began = time.perf_counter()
        try:
            if body is None:
                link.request("GET", path)
            else:
                link.request("POST", path, json.dumps(body), headers)
            answer = link.getresponse()
            content = answer.read()
        except (OSError, HTTPException) as error:
            self.faults.append(f"{path}: {error!r}")
            link.close()
            return None
        self.taken[name].append(time.perf_counter() - began)
        if answer.status >= 400:
            self.faults.append(f"{path}: {answer.status} {content[:200]!r}")
            return None
        return json.loads(content)

    def dispatch(self, who: int) -> None:
        """Take calls to the end, one after another."""
        chance = random.Random(who)
        link = Link("127.0.0.1", self.port, timeout=30)
        at, call = chance.uniform(0, CALL_EVERY_S), 0
        while at < self.seconds:
            self.wait(at)
            words, call = f"call {who}-{call}", call + 1
            lon, lat = chance.choice(self.points)
            given = {"category": "facility", "text": words, "lon": lon, "lat": lat,
                     "datum": "cgcs2000", "channel": "phone"}  # fmt: skip
            made = self.twice(chance, link, "intake", "/cases", given)
            if made is not None:
                self.sent[words] = made["number"]
                if made["grid"] is not None:
                    for kind in STEPS:
                        path = f"/cases/{made['number']}/steps"
                        self.twice(chance, link, "step", path, {"kind": kind, "role": "dispatcher"})
            at += chance.expovariate(1 / CALL_EVERY_S)

    def twice(
        self,
        chance: random.Random,
        link: Link,
        name: str,
        path: str,
        body: Any,
    ) -> Any:
        """Send once, and at times again with the same key; the answers must agree."""
        key = str(uuid.UUID(int=chance.getrandbits(128)))
        first = self.ask(link, name, path, body, key)
        if chance.random() < TWICE:
            again = self.ask(link, name, path, body, key)
            if (first or {}).get("number") != (again or {}).get("number"):
                self.faults.append(f"{path}: two answers for one key")
        return first

    def read(self, thread: int, moments: list[float]) -> None:
        """Ask the questions of a share of the readers."""
        chance = random.Random(-1 - thread)
        link = Link("127.0.0.1", self.port, timeout=30)
        for at in moments:
            self.wait(at)
            numbers = list(self.sent.values())
            if numbers and chance.random() < 0.3:
                number = chance.choice(numbers)
                self.ask(link, "follow", f"/open311/v2/requests/{number}.json")
            else:
                lon, lat = chance.choice(self.points)
                self.ask(link, "locate", f"/locate?lon={lon}&lat={lat}&datum=wgs84")

    def run(self, dispatchers: int, readers: int) -> None:
        """Play the simulated minutes."""
        chance = random.Random(7)
        count = int(readers * self.seconds / READ_EVERY_S)
        moments = sorted(chance.uniform(0, self.seconds) for _ in range(count))
        threads = [
            threading.Thread(target=self.dispatch, args=(who,)) for who in range(dispatchers)
        ]
        threads += [
            threading.Thread(target=self.read, args=(one, moments[one::READING_THREADS]))
            for one in range(READING_THREADS)
        ]
        self.began = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.monotonic() - self.began
        print(f"{self.seconds / 60:.0f} simulated minutes took {took:.0f} s")

    def check(self) -> dict[str, int]:
        """Read every case back; count what is lost, doubled or out of order."""
        link = Link("127.0.0.1", self.port, timeout=30)
        stored: defaultdict[str, list[str]] = defaultdict(list)
        page: str | None = "/cases?owner=desk&limit=500"
        while page:
            answer = self.ask(link, "list", page)
            for case in answer["cases"]:
                stored[case["text"]].append(case["number"])
            page = answer["next"] and answer["next"].partition(f":{self.port}")[2]
        disorder = 0
        for numbers in stored.values():
            events = self.ask(link, "events", f"/cases/{numbers[0]}/events")
            kinds = [event["kind"] for event in events]
            times = [event["at"] for event in events]
            serials = [event["serial"] for event in events] == [*range(1, len(events) + 1)]
            whole = kinds in (["report"], ["report", *STEPS])
            disorder += not (serials and whole and times == sorted(times))
        return {
            "sent": len(self.sent),
            "lost": len(self.sent.keys() - stored.keys()),
            "doubled": sum(len(numbers) > 1 for numbers in stored.values()),
            "out of order": disorder,
            "faults": len(self.faults),
        }


def is_ready(port: int) -> bool:
    """Tell whether the service answers questions already."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
            return True
    except OSError:
        return False


def main() -> None:
    """Read the arguments; start the service, play, check, stop it."""
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    ap.add_argument("--dispatchers", type=int, default=50)
    ap.add_argument("--readers", type=int, default=2000)
    ap.add_argument("--minutes", type=float, default=15)
    ap.add_argument("--speed", type=float, default=8)
    a = ap.parse_args()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = Path(tempfile.mkdtemp(prefix="jingwei-bench-"))
    home.chmod(0o755)  # the account the database runs as must get through
    command = [Path(sys.executable).with_name("jingwei"), "serve", "--sample", "--port", str(port)]
    environment = os.environ | {"JINGWEI_DATA_FOLDER": str(home)}
    with (home / "service.log").open("wb") as log:
        child = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        while not is_ready(port):
            time.sleep(0.2)
            if child.poll() is not None:
                raise SystemExit((home / "service.log").read_text())
        load = Load(port, a.minutes, a.speed)
        load.run(a.dispatchers, a.readers)
        for name, taken in load.taken.items():
            p50, p95, p99 = np.percentile(taken, [50, 95, 99]) * 1e3
            print(
                f"{name:7} {len(taken):6} requests, ms: p50 {p50:.1f}, p95 {p95:.1f}, p99 {p99:.1f}"
            )
        print(", ".join(f"{name} {count}" for name, count in load.check().items()))
        print(*load.faults[:5], sep="\n")
    finally:
        child.terminate()
        child.wait(30)


if __name__ == "__main__":
    main()
