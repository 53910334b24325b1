"""A worker as a child of the service: started with it, ended with it, started again if it dies."""

import logging
import os
import subprocess
import sys
import threading
from types import TracebackType
from typing import Self

from sqlalchemy import Engine

from layers.settings import Settings

AGAIN_S = 1.0  # pause before a worker that ended is started again
END_S = 10.0  # a worker that does not stop in this time is killed; its jobs are run again

log = logging.getLogger(__name__)


class WorkerChild:
    """
    Keeps one worker process alive while it is used as a context manager.

    The child ends by itself when its standard input does, so it outlives no killed service. It
    uses the service's database, also the private one, and never starts a server of its own.
    """

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._wanted = settings.jobs_at_once > 0
        self._environment = os.environ | {
            "DATABASE_URL": engine.url.render_as_string(hide_password=False)
        }
        self._ending = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name="keeper of the worker", daemon=True)

    def __enter__(self) -> Self:
        if self._wanted:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ending.set()
        if self._wanted:
            self._thread.join()

    def _keep(self) -> None:
        while not self._ending.is_set():
            with subprocess.Popen(
                [sys.executable, "-P", "-m", "layers.jobs"],
                env=self._environment,
                stdin=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C is for the service, which then ends it
            ) as process:
                self._wait(process)
            self._ending.wait(AGAIN_S)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        while process.poll() is None and not self._ending.wait(0.2):
            pass
        if process.poll() is not None:
            log.error("the worker ended with status %d; starting another", process.returncode)
            return
        process.terminate()
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()
