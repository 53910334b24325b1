"""Twenty planners at one draft of the real service, which is killed while they work."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.service import Service

PLANNERS = 20
Json = dict[str, Any]


@pytest.fixture(scope="module")
def own_service() -> Iterator[Service]:
    """Return a service that may be killed."""
    with Service() as service:
        yield service


def ask(url: str, body: Json | None = None, **headers: str) -> tuple[int, Json]:
    request = urllib.request.Request(  # noqa: S310
        url,
        None if body is None else json.dumps(body).encode(),
        {"content-type": "application/json", **headers},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


class Draft:
    """A draft of the sample city, and what its planners were told."""

    def __init__(self, service: Service) -> None:
        self.service = service
        _, made = ask(f"{service.url}/drafts", {"label": "together"}, **{"X-Actor": "chief"})
        self.path = f"/drafts/{made['id']}"
        _, blocks = self.get("/blocks")
        self.blocks_of: dict[str, list[str]] = {}
        for block in blocks["features"]:
            self.blocks_of.setdefault(block["properties"]["grid"], []).append(block["id"])
        self.acknowledged: dict[int, tuple[str, Json]] = {}

    def get(self, what: str) -> tuple[int, Json]:
        return ask(f"{self.service.url}{self.path}{what}")

    def do(self, actor: str, seen: int, operation: Json) -> tuple[int, Json]:
        headers = {"X-Actor": actor, "If-Match": f'"{seen}"'}
        return ask(f"{self.service.url}{self.path}/operations", operation, **headers)

    def wait_for(self, acknowledged: int) -> None:
        until = time.monotonic() + 60
        while len(self.acknowledged) < acknowledged and time.monotonic() < until:
            time.sleep(0.02)

    def pairs(self) -> list[tuple[str, str]]:
        """Two grids of one community for each planner."""
        grids = sorted(self.blocks_of)
        firsts = {code[:12]: code for code in reversed(grids)}
        found = [(first, next(code for code in grids if code[:12] == community and code != first))
                 for community, first in sorted(firsts.items())
                 if sum(code[:12] == community for code in grids) > 1]  # fmt: skip
        return found[:PLANNERS]


class Planner(threading.Thread):
    """Moves a block of his community to and fro and renames a grid; counts what was taken."""

    def __init__(self, draft: Draft, number: int, pair: tuple[str, str]) -> None:
        super().__init__()
        self.draft, self.actor, self.pair = draft, f"planner-{number}", pair
        self.seen, self.taken, self.refused = 0, 0, Counter[int]()
        self.stop = threading.Event()

    def run(self) -> None:
        block = self.draft.blocks_of[self.pair[0]][0]
        turn = 0
        while not self.stop.is_set():
            turn += 1
            paint = {"kind": "paint", "blocks": [block], "grid": self.pair[turn % 2],
                     "allow": ["broken"]}  # fmt: skip
            rename = {"kind": "rename", "grid": self.pair[0], "name": f"{self.actor}-{turn}"}
            try:
                status, answer = self.draft.do(self.actor, self.seen, (rename, paint)[turn % 3 > 0])
            except OSError:
                time.sleep(0.1)
                continue
            if status == 201:
                self.seen, self.taken = answer["version"], self.taken + 1
                self.draft.acknowledged[answer["version"]] = (self.actor, answer)
            else:
                self.refused[status] += 1


def last_words(stored: list[Json], kind: str) -> list[Json]:
    """Return the last operation of a kind of each planner: it must stand."""
    return [*{row["actor"]: row["operation"] for row in stored if row["kind"] == kind}.values()]


def test_one_of_twenty_wins_a_block_and_the_others_are_told_who(own_service: Service) -> None:
    draft = Draft(own_service)
    (home, other), block = draft.pairs()[0], ""
    block = draft.blocks_of[home][0]
    answers: list[tuple[int, Json]] = []

    def paint(number: int) -> None:
        operation = {"kind": "paint", "blocks": [block], "grid": other, "allow": ["broken"]}
        answers.append(draft.do(f"planner-{number}", 0, operation))

    threads = [threading.Thread(target=paint, args=(number,)) for number in range(PLANNERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(status for status, _ in answers) == {201: 1, 409: PLANNERS - 1}
    (winner,) = (answer["operation"]["actor"] for status, answer in answers if status == 201)
    losers = [answer for status, answer in answers if status == 409]
    assert {loser["theirs"][0]["actor"] for loser in losers} == {winner}
    assert draft.get("")[1]["version"] == 1


def test_twenty_planners_lose_nothing_though_the_service_is_killed(own_service: Service) -> None:
    draft = Draft(own_service)
    planners = [Planner(draft, number, pair) for number, pair in enumerate(draft.pairs())]
    assert len(planners) == PLANNERS
    for planner in planners:
        planner.start()
    draft.wait_for(60)
    own_service.kill_everything()
    own_service.start()
    draft.wait_for(120)
    for planner in planners:
        planner.stop.set()
        planner.join()
    assert all(planner.taken for planner in planners)
    stored = draft.get("/operations?limit=1000")[1]["operations"]
    assert [row["number"] for row in stored] == [*range(1, draft.get("")[1]["version"] + 1)]
    for number, (actor, answer) in draft.acknowledged.items():
        row = stored[number - 1]
        assert (row["actor"], row["operation"]) == (actor, answer["operation"]["operation"])
    blocks = draft.get("/blocks")[1]["features"]
    grid_of = {block["id"]: block["properties"]["grid"] for block in blocks}
    names = {grid["code"]: grid["name"] for grid in draft.get("/state")[1]["grids"]}
    for operation in last_words(stored, "rename"):
        assert names[operation["grid"]] == operation["name"]
    for operation in last_words(stored, "paint"):
        assert grid_of[operation["blocks"][0]] == operation["grid"]
