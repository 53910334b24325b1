"""Changes of jobs as they happen, for those who wait in an event loop."""

import asyncio
import logging
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import Engine

from layers.following import Follower

CHANNEL = "job_changed"  # a trigger tells each change of a job here

log = logging.getLogger(__name__)


class JobNews(Follower):
    """
    Listens on one connection for the whole service, from a thread of its own.

    A notice that is lost costs a reader only time: who waits looks at the job now and then anyway.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__("news of jobs")
        self._engine = engine
        self._waiting: defaultdict[int, set[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = (
            defaultdict(set)
        )
        self._lock = threading.Lock()

    def end(self) -> None:
        """Say that the service is stopping, and wake all who wait."""
        self._stop.set()
        with self._lock:
            awaited = list(self._waiting)
        for job_id in awaited:
            self._wake(job_id)

    def stop(self) -> None:
        """End the listening thread as well; waits at most a few seconds."""
        self.end()
        super().stop()

    @property
    def ending(self) -> bool:
        """Whether the service is stopping."""
        return self._stop.is_set()

    @contextmanager
    def about(self, job_id: int) -> Iterator[asyncio.Event]:
        """Give an event that is set at each change of a job; whoever waits clears it."""
        changed = asyncio.Event()
        entry = (asyncio.get_running_loop(), changed)
        with self._lock:
            self._waiting[job_id].add(entry)
        try:
            yield changed
        finally:
            with self._lock:
                self._waiting[job_id].discard(entry)
                if not self._waiting[job_id]:
                    del self._waiting[job_id]

    def _wake(self, job_id: int) -> None:
        with self._lock:
            for loop, changed in self._waiting.get(job_id, ()):
                loop.call_soon_threadsafe(changed.set)

    def _follow(self) -> None:
        url = self._engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        while not self._stop.is_set():
            try:
                with psycopg.connect(url, autocommit=True) as link:
                    link.execute(f"listen {CHANNEL}")
                    self._listen(link)
            except psycopg.Error as error:
                log.warning("lost the database while following jobs: %s", error)
                self._stop.wait(1)

    def _listen(self, link: psycopg.Connection) -> None:
        while not self._stop.is_set():
            for notice in link.notifies(timeout=0.5, stop_after=1):
                self._wake(int(notice.payload))
