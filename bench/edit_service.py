"""
How long one edit takes over HTTP in a city of 20,000 blocks, to the commit on disk.

    python bench/edit_service.py [--columns 200] [--rows 100] [--edits 300] [--planners 1]
                                 [--rate 10]

Makes a private database, stores the city of `bench/edit.py` in it, starts the service as its own
process and has planners send a mix of operations, each over a connection of its own, each waiting
for the answer. With `--rate` they think between edits, so that they send so many a second in all;
without it they send the next at once. Prints what they waited, and the processor time of service
and database by edit.
"""

import argparse
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import insert
from sqlalchemy.orm import Session

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from edit import Planner, make_city, report

from gis.edit import Plan
from layers import db
from layers.boundaries import publish
from layers.cluster import SERVICE, Cluster
from layers.drafts.desk import operations
from layers.files.importing import element
from layers.models import (
    Block,
    BoundaryVersion,
    Building,
    Community,
    Grid,
    Subdistrict,
    VersionBlock,
)
from layers.settings import Settings

PORT = 8377


def store(session: Session, plan: Plan) -> None:
    """Store the city and publish it."""
    homes = sorted({record.community for record in plan.grids.values()})
    grounds = plan.communities({*homes, *(home[:9] for home in homes), "141182"})
    version = BoundaryVersion(
        city_code="141182", city_name="bench", label="bench", scheme="NBS", edition="2023",
        planar_srid=4546, frame=element(grounds["141182"]), author="bench", synthetic=True,
    )  # fmt: skip
    session.add(version)
    session.flush()

    def unit(code: str, **more: Any) -> dict[str, Any]:
        return {"version_id": version.id, "code": code, "name": code, **more}

    session.execute(
        insert(Subdistrict),
        [unit(code, geom=element(grounds[code])) for code in sorted({h[:9] for h in homes})],
    )
    session.execute(
        insert(Community),
        [unit(code, subdistrict_code=code[:9], geom=element(grounds[code])) for code in homes],
    )
    session.execute(
        insert(Grid),
        [
            unit(
                code, community_code=record.community, geom=element(plan.dissolved[code]),
                **plan.figures[code].people._asdict(),
            )
            for code, record in sorted(plan.grids.items())
        ],
    )  # fmt: skip
    codes = sorted(plan.shapes)
    session.execute(
        insert(Block),
        [
            {"code": code, "geom": element(plan.shapes[code].shape), "kind": "street",
             **plan.shapes[code].people._asdict()}
            for code in codes
        ],
    )  # fmt: skip
    ids = {row.code: row.id for row in session.query(Block.code, Block.id)}
    session.execute(
        insert(VersionBlock),
        [
            {"version_id": version.id, "block_id": ids[code], "grid_code": plan.grid_of[code]}
            for code in codes
        ],
    )
    session.execute(
        insert(Building),
        [
            {"code": f"141182001001-C000-B{n + 1:05d}", "name": "1", "block_code": code,
             "geom": element(plan.ground.buildings.shapes[plan.shapes[code].buildings[0]]),
             "aliases": [], "kind": "slab", "floors": 1, "entrances": 1,
             **plan.shapes[code].people._asdict()}
            for n, code in enumerate(codes)
        ],
    )  # fmt: skip
    publish(session, version, datetime(2026, 1, 1, tzinfo=UTC))


class Desk(threading.Thread):
    """A planner who waits for each answer."""

    def __init__(self, plan: Plan, number: int, edits: int, draft: int, pause_s: float) -> None:
        super().__init__()
        last = max(plan.shapes)
        columns, rows = 1 + int(last[1:4]), 1 + int(last[4:])
        self.plan, self.edits, self.draft = plan, edits, draft
        self.planner = Planner(columns, rows, number)
        self.pause_s = pause_s  # on average
        self.actor, self.seen, self.refused = f"planner-{number}", 0, 0
        self.times: dict[str, list[float]] = defaultdict(list)

    def run(self) -> None:
        """Send operations thought of on the plan as it was at first; some are refused."""
        link = http.client.HTTPConnection("127.0.0.1", PORT)
        path = f"/drafts/{self.draft}/operations"
        while sum(map(len, self.times.values())) < self.edits:
            if self.pause_s:
                link.close()  # else the service hangs up meanwhile
                time.sleep(self.planner.random.expovariate(1 / self.pause_s))
                link.connect()
            operation = self.planner.think(self.plan)
            body = operations.dump_json(operation)
            began = time.perf_counter()
            headers = {"X-Actor": self.actor, "If-Match": f'"{self.seen}"',
                       "content-type": "application/json"}  # fmt: skip
            link.request("POST", path, body, headers)
            answer = link.getresponse()
            found = json.load(answer)
            took = time.perf_counter() - began
            if answer.status == 201:
                self.times[operation.kind].append(took)
                self.seen = found["version"]
            elif answer.status in (409, 422):
                self.refused += 1
                self.look(link)
            else:
                raise SystemExit(f"{answer.status}: {found}")

    def look(self, link: http.client.HTTPConnection) -> None:
        """Look at what the others did."""
        link.request("GET", f"/drafts/{self.draft}")
        self.seen = json.load(link.getresponse())["version"]


def used_s(process: psutil.Process) -> float:
    """Return the processor seconds of a process and all of its children."""
    return sum(sum(each.cpu_times()[:2]) for each in [process, *process.children(recursive=True)])


def measure(
    plan: Plan, edits: int, planners: int, service: psutil.Process, rate: float | None
) -> None:
    """Open a draft, have it edited, and print how long that took."""
    link = http.client.HTTPConnection("127.0.0.1", PORT)
    headers = {"X-Actor": "bench", "content-type": "application/json"}
    link.request("POST", "/drafts", json.dumps({"label": "bench"}), headers)
    draft = json.load(link.getresponse())["id"]
    began = time.perf_counter()
    link.request("GET", f"/drafts/{draft}/state")
    link.getresponse().read()
    print(f"the base read, and all figures: {time.perf_counter() - began:.1f} s")
    pause_s = planners / rate if rate else 0.0
    desks = [Desk(plan, n, edits // planners, draft, pause_s) for n in range(planners)]
    before, began = used_s(service), time.perf_counter()
    for desk in desks:
        desk.start()
    for desk in desks:
        desk.join()
    seconds, used = time.perf_counter() - began, used_s(service) - before
    times: dict[str, list[float]] = defaultdict(list)
    for desk in desks:
        for kind, of_kind in desk.times.items():
            times[kind] += of_kind
    report(times)
    done, refused = sum(map(len, times.values())), sum(desk.refused for desk in desks)
    link.close()  # the service has hung up meanwhile
    link.request("GET", f"/drafts/{draft}")
    version = json.load(link.getresponse())["version"]
    print(f"{planners} planners, {done} edits ({refused} refused) in {seconds:.1f} s; "
          f"service {used / (done + refused) * 1000:.1f} core-ms an edit; "
          f"acknowledged {done}, stored {version}; load {os.getloadavg()[0]:.1f}")  # fmt: skip


def main() -> None:
    """Make the city and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--columns", type=int, default=200)
    parser.add_argument("--rows", type=int, default=100)
    parser.add_argument("--edits", type=int, default=300)
    parser.add_argument("--planners", type=int, nargs="+", default=[1])
    parser.add_argument("--rate", type=float, help="edits a second of all together")
    given = parser.parse_args()
    plan = make_city(given.columns, given.rows)
    home = Path(tempfile.mkdtemp(prefix="jingwei-bench-"))
    home.chmod(0o755)
    try:
        with Cluster(home, settings=SERVICE) as cluster:
            engine = db.create_engine(cluster.url, Settings(database_url=cluster.url))
            db.check_database(engine)
            db.migrate(engine)
            with db.session_factory(engine).begin() as session:
                session.connection().exec_driver_sql("set local statement_timeout = 0")
                store(session, plan)
            engine.dispose()
            command = [Path(sys.executable).with_name("jingwei"), "serve", "--port", str(PORT)]
            environment = {**os.environ, "DATABASE_URL": cluster.url}
            with subprocess.Popen(command, env=environment) as process:
                try:
                    wait_until_ready()
                    for planners in given.planners:
                        measure(
                            plan, given.edits, planners, psutil.Process(process.pid), given.rate
                        )
                finally:
                    process.terminate()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def wait_until_ready() -> None:
    """Wait until the service can serve."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            link = http.client.HTTPConnection("127.0.0.1", PORT, timeout=5)
            link.request("GET", "/readyz")
            if link.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the service did not become ready")


if __name__ == "__main__":
    main()
