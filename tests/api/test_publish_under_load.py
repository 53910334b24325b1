"""A version comes into force while the service is asked without pause."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from itertools import count
from typing import Any, NamedTuple

import pytest
import uvicorn
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from api.app import create_app
from layers.boundaries import publish
from layers.db import create_engine
from layers.models import BoundaryVersion
from layers.settings import Settings
from tests.cities import add_city, add_draft, middle

CLIENTS = 6
LON, LAT = middle(1, 1)
PATH = f"/locate?lon={LON}&lat={LAT}&datum=cgcs2000"


class Answer(NamedTuple):
    """One answer and the times about it."""

    sent: datetime
    received: datetime
    status: int
    text: str


@pytest.fixture
def engine(make_database: Callable[[], str]) -> Iterator[Engine]:
    engine = create_engine(make_database(), Settings())
    with Session(engine) as session, session.begin():
        add_city(session)
    yield engine
    engine.dispose()


@pytest.fixture
def port(engine: Engine, settings: Settings) -> Iterator[int]:
    config = uvicorn.Config(create_app(settings, engine), port=0, log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(20)


def ask(port: int, until: threading.Event, answers: list[Answer]) -> None:
    link = HTTPConnection("127.0.0.1", port, timeout=10)
    while not until.is_set():
        sent = datetime.now(UTC)
        link.request("GET", PATH)
        response = link.getresponse()
        text = response.read().decode()
        answers.append(Answer(sent, datetime.now(UTC), response.status, text))
    link.close()


def test_no_request_fails_and_none_is_answered_by_a_version_not_in_force(
    engine: Engine, port: int
) -> None:
    answers: list[list[Answer]] = [[] for _ in range(CLIENTS)]
    until = threading.Event()
    clients = [threading.Thread(target=ask, args=(port, until, mine)) for mine in answers]
    for client in clients:
        client.start()
    labels, starts = ["toy"], []
    for number in count(1):
        time.sleep(0.3)
        starts.append(datetime.now(UTC) + timedelta(seconds=1))
        labels.append(f"version {number}")
        with Session(engine) as session, session.begin():
            last = session.query(BoundaryVersion.id).order_by(BoundaryVersion.id.desc()).first()
            draft_id = add_draft(session, base_id=last[0] if last else None, label=labels[-1])
            publish(session, session.get_one(BoundaryVersion, draft_id), starts[-1])
        time.sleep(1.2)
        if number == 2:
            break
    until.set()
    for client in clients:
        client.join(20)
    asked = [answer for mine in answers for answer in mine]
    assert len(asked) > 200
    assert {answer.status for answer in asked} == {200}
    assert [answer for answer in asked if not fits(answer, labels, starts)] == []
    assert all(any(f'"{label}"' in answer.text for answer in asked) for label in labels)


def fits(answer: Answer, labels: list[str], starts: list[datetime]) -> bool:
    """Tell whether the version that answered was in force between question and answer."""
    earliest = sum(start <= answer.sent for start in starts)
    latest = sum(start <= answer.received for start in starts)
    named: list[Any] = [label for label in labels if f'"{label}"' in answer.text]
    return len(named) == 1 and named[0] in labels[earliest : latest + 1]
