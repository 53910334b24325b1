"""The server process of one data folder: whether it lives, how it starts and how it ends."""

import fcntl
import os
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil
from psycopg import pq

from layers.postgres import Account, Binaries, ClusterError, run

PORT = 5432  # only part of the socket's name: the server listens on no network
START_S = 300  # crash recovery after much writing takes its time
SETTLE_S = 30
ORPHANS_S = 5  # what children get to notice that their postmaster died
LOG_BYTES = 10_000_000


class Server:
    """
    The PostgreSQL server of one data folder, seen from outside; callers take turns.

    Parameters
    ----------
    data
        The data folder.
    sockets
        The folder of its socket, of at most 88 bytes. Its name, which nothing else on this
        machine has, becomes the server's own name, by which its processes are known.
    lock
        A file that every process of the server holds locked. The kernel frees it with the
        last of them, whatever killed it, and it is seen from other containers as well.
    """

    def __init__(self, data: Path, sockets: Path, lock: Path) -> None:
        self.data = data
        self.sockets = sockets
        self._lock = lock
        self._postmaster: psutil.Process | None = None

    def lives(self) -> bool:
        """Say whether the server seen last still runs and can be reached; takes microseconds."""
        process = self._postmaster
        try:
            return (
                process is not None
                and process.is_running()
                and process.status() != psutil.STATUS_ZOMBIE
                and self._socket().exists()
            )
        except psutil.NoSuchProcess:
            return False

    def settle(self) -> bool:
        """
        Wait until the server answers (True), or nothing of an earlier one is left (False).

        Raises
        ------
        ClusterError
            If neither happens: a server runs that cannot be reached from here.
        """
        begin = time.monotonic()
        while True:
            ping, left = self._ping(), self._processes()
            self._postmaster = self._find_postmaster(left)
            if ping == pq.Ping.OK and self._postmaster:
                return True
            if ping != pq.Ping.OK and not left and self._is_free():
                return False
            waited = time.monotonic() - begin
            if waited > (START_S if ping == pq.Ping.REJECT else SETTLE_S):
                raise ClusterError(
                    f"the database in {self.data} is in use by a server that cannot be shared "
                    f"(processes seen: {[process.pid for process in left]}): stop that server, "
                    "which may have been started by hand or in another container, and start again"
                )
            # Either its postmaster died, or its folder or socket was deleted under it.
            if waited > ORPHANS_S and not self.lives():
                _signal(left, signal.SIGQUIT)
            time.sleep(0.05)

    def launch(self, binaries: Binaries, account: Account, settings: Mapping[str, str]) -> None:
        """
        Start the server, after `settle` found none.

        Raises
        ------
        ClusterError
            If it does not start; holds what it said.
        """
        # PostgreSQL itself trusts these when their process number lives, be it a zombie's or
        # a stranger's; here it is known that no server is left.
        for stale in (self.data / "postmaster.pid", *self.sockets.iterdir()):
            stale.unlink(missing_ok=True)
        self._write_conf(settings)
        messages = self.data / "server.log"
        if messages.exists() and messages.stat().st_size > LOG_BYTES:
            messages.replace(self.data / "server.log.1")
        begin = messages.stat().st_size if messages.exists() else 0
        # pg_ctl hands its arguments to a shell: no path of ours is among them.
        options = ["--log=server.log", f"--timeout={START_S}", f"--options=-c {self._name()}"]
        with self._lock.open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            try:
                run(
                    [binaries.folder / "pg_ctl", "start", "--wait", *options],
                    account,
                    env={"PGDATA": str(self.data)},
                    cwd=self.data,
                    keep_open=[lock.fileno()],
                )
            except ClusterError as error:
                said = _read_from(messages, begin)
                raise ClusterError(
                    f"the database in {self.data} does not start: {error}\n{said}\n"
                    "Mend what it names and start again"
                ) from error
        self._postmaster = self._find_postmaster(self._processes())

    def stop(self) -> None:
        """
        Stop the server, waiting for it; nothing committed is lost.

        Raises
        ------
        ClusterError
            If it is still there after half a minute.
        """
        begin = time.monotonic()
        while left := self._processes():
            waited = time.monotonic() - begin
            if waited > SETTLE_S:
                raise ClusterError(
                    f"the server of {self.data} does not stop "
                    f"(processes {[process.pid for process in left]}): look at "
                    f"{self.data / 'server.log'}, and end them by hand if need be"
                )
            postmaster = self._find_postmaster(left)
            _signal([postmaster] if postmaster else left, signal.SIGINT)
            time.sleep(0.05)
        self._postmaster = None

    def _ping(self) -> pq.Ping:
        conninfo = f"host={self.sockets} port={PORT} dbname=postgres user=ping connect_timeout=5"
        return pq.Ping(pq.PGconn.ping(conninfo.encode()))

    def _processes(self) -> list[psutil.Process]:
        """List the live processes of this server.

        They are known by their titles: to see the folder a process of another user works in,
        even root needs a right that containers do not give.
        """
        owner = next((path.stat().st_uid for path in (self.data, self.sockets) if path.exists()), 0)
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                # A zombie has no command line, so it is left out.
                if process.uids().real == owner and self._is_ours(process.cmdline()):
                    found.append(process)
        return found

    def _is_ours(self, command_line: Sequence[str]) -> bool:
        if not command_line:
            return False
        program, *options = command_line
        child = program.startswith(f"postgres: {self.sockets.name}: ")
        return child or (Path(program).name == "postgres" and self._name() in options)

    def _name(self) -> str:
        return f"cluster_name={self.sockets.name}"

    def _find_postmaster(self, left: Sequence[psutil.Process]) -> psutil.Process | None:
        pid = _read_pid(self.data / "postmaster.pid")
        return next((process for process in left if process.pid == pid), None)

    def _is_free(self) -> bool:
        """Say whether no process of a server holds its lock, in whatever container."""
        with self._lock.open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return True

    def _socket(self) -> Path:
        return self.sockets / f".s.PGSQL.{PORT}"

    def _write_conf(self, settings: Mapping[str, str]) -> None:
        ours = {
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": str(self.sockets),
        }
        quoted = {key: value.replace("'", "''") for key, value in (dict(settings) | ours).items()}
        lines = [f"{key} = '{value}'\n" for key, value in quoted.items()]
        conf = self.data / "jingwei.conf"
        conf.write_text("".join(lines))
        conf.chmod(0o644)


def _read_pid(path: Path) -> int:
    """Return the process number in the first line of a lock file; 0 if there is none."""
    try:
        return int(path.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return 0


def _read_from(messages: Path, begin: int) -> str:
    """Return the last lines that were added to a file since it had `begin` bytes."""
    with suppress(OSError), messages.open(errors="replace") as file:
        file.seek(begin)
        return "".join(file.readlines()[-12:]).strip()
    return ""


def _signal(processes: Sequence[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.Error, os.error):
            process.send_signal(number)
