"""The real service as its own process, with its own data folder and database, for tests."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

READY_S = 180  # on a machine busy with other work
COMMAND = Path(sys.executable).with_name("jingwei")


class Service:
    """
    `jingwei serve --sample` on a free port; its data folder outlives kills and restarts.

    The address is in `url` once `start` returns. Used as a context manager it is stopped and its
    folder removed at the end.
    """

    def __init__(self, *options: str, environment: Mapping[str, str] | None = None) -> None:
        # not pytest's own folder: that is closed to the account the database runs as under root
        self.home = Path(tempfile.mkdtemp(prefix="jingwei-service-"))
        self.home.chmod(0o755)
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = self.home / "service.log"
        self._options = options or ("--sample",)
        self._environment = environment or {}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start the service and wait until it is ready."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [COMMAND, "serve", "--port", str(self.port),
                 *self._options],
                env={
                    **{k: v for k, v in os.environ.items() if k != "DATABASE_URL"},
                    "JINGWEI_DATA_FOLDER": str(self.home),
                    **self._environment,
                },
                stdout=log,
                stderr=log,
            )  # fmt: skip
        try:
            self._wait_until_ready()
        except AssertionError:
            self._process.kill()
            self._process.wait()
            raise
        return self

    @property
    def pid(self) -> int:
        """The number of the service's process."""
        assert self._process is not None
        return self._process.pid

    def kill_everything(self) -> None:
        """Kill -9 the service, the database server and all of its children, in one go."""
        assert self._process is not None
        victims = [psutil.Process(self._process.pid)]
        with suppress(OSError, ValueError, psutil.NoSuchProcess):
            pid = int((self.home / "pgdata" / "postmaster.pid").read_text().split()[0])
            postmaster = psutil.Process(pid)
            victims += [postmaster, *postmaster.children(recursive=True)]
        for victim in victims:
            with suppress(psutil.NoSuchProcess):
                victim.send_signal(signal.SIGKILL)
        self._process.wait(10)

    def stop(self) -> int:
        """Stop the service as Ctrl-C does; return its exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(30)

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + READY_S
        while time.monotonic() < until:
            with (
                suppress(urllib.error.URLError, ConnectionError, TimeoutError),
                urllib.request.urlopen(f"{self.url}/readyz", timeout=5),  # noqa: S310
            ):
                return
            if self._process is None or self._process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"the service did not become ready:\n{self.log.read_text()}")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            self.stop()
        shutil.rmtree(self.home, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
