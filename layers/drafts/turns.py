"""Turns at a draft: one thread at a time, in the order in which they came."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Turns:
    """
    A queue for each thing that is worked on.

    A lock of the standard library goes to whoever is quickest, so that under load some wait for
    seconds.
    """

    def __init__(self) -> None:
        self._queues: dict[int, deque[threading.Event]] = defaultdict(deque)
        self._lock = threading.Lock()

    @contextmanager
    def take(self, number: int) -> Iterator[None]:
        """Wait for those who came before, then let nobody else work on it."""
        mine = threading.Event()
        with self._lock:
            queue = self._queues[number]
            queue.append(mine)
            first = len(queue) == 1
        if not first:
            mine.wait()
        try:
            yield
        finally:
            with self._lock:
                queue.popleft()
                if queue:
                    queue[0].set()
                else:
                    del self._queues[number]
