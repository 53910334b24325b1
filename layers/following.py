"""What goes on beside the requests: one thread each, begun and ended with the service."""

import threading
from abc import ABC, abstractmethod

PATIENCE_S = 5.0


class Follower(ABC):
    """Does its work in a thread of its own until it is stopped."""

    def __init__(self, name: str) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread if it was begun; waits at most a few seconds."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(PATIENCE_S)

    @abstractmethod
    def _follow(self) -> None:
        """Do the work until `_stop` is set."""
