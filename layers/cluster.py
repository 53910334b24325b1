"""The private PostgreSQL with PostGIS that the service makes and runs in a folder of its own."""

import fcntl
import hashlib
import logging
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import IO, Self

import psycopg
from sqlalchemy import URL

from layers.postgres import (
    LOCALE,
    Account,
    ClusterError,
    find_account,
    find_binaries,
    owner_of,
    run,
)
from layers.server import PORT, Server

__all__ = ["SERVICE", "TESTS", "Cluster", "ClusterError", "find_binaries"]

NAME = "jingwei"  # of the database and of its owner

SERVICE: Mapping[str, str] = MappingProxyType(
    {
        "max_connections": "100",
        "shared_buffers": "256MB",
        "work_mem": "16MB",
        "maintenance_work_mem": "128MB",
        "random_page_cost": "1.1",
        "jit": "off",  # compiles for longer than spatial queries of this size run
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_checkpoints": "off",
    }
)
"""Durable: what was committed is there after a power cut."""

TESTS: Mapping[str, str] = MappingProxyType(
    {
        **SERVICE,
        "fsync": "off",
        "full_page_writes": "off",
        "synchronous_commit": "off",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "shared_buffers": "64MB",
    }
)
"""Quick, and lost with the machine."""

log = logging.getLogger(__name__)


class Cluster:
    """
    One private server, shared by all processes that use its folder.

    The first to start makes and starts it, the last to stop stops it; locks that the kernel
    drops with their holder keep count, so a killed process leaves nothing behind. As root
    the server runs as the account `postgres`.

    Parameters
    ----------
    home
        Folder of the cluster, made if missing: `pgdata` and three lock files.
    settings
        Server settings, by PostgreSQL's names; they hold from the server's next start.
    bin
        Folder of the PostgreSQL programs; searched for without it.

    Examples
    --------
    >>> with Cluster(Path("/var/lib/jingwei")) as cluster:  # doctest: +SKIP
    ...     engine = create_engine(cluster.url, settings)
    """

    def __init__(
        self,
        home: Path,
        *,
        settings: Mapping[str, str] = SERVICE,
        bin: Path | None = None,  # noqa: A002 - what PostgreSQL calls this folder
    ) -> None:
        self.home = home.resolve()
        self.data = self.home / "pgdata"
        tag = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        # A socket's path may have 103 bytes, so it cannot lie in a deep home; and TMPDIR differs
        # between processes that are to meet here.
        self.sockets = Path("/tmp") / f"{NAME}-{tag}"  # noqa: S108 - refused unless ours alone
        self._server = Server(self.data, self.sockets, self.home / "server.lock")
        self._settings = settings
        self._bin = bin
        self._in_use: IO[str] | None = None

    @property
    def url(self) -> str:
        """Where to connect, as SQLAlchemy writes it; works for the owner of the sockets only."""
        query = {"host": str(self.sockets), "port": str(PORT)}
        url = URL.create("postgresql+psycopg", username=NAME, database=NAME, query=query)
        return url.render_as_string()

    def start(self) -> Self:
        """
        Make the server if it is not there, start it if it does not run, and hold it.

        Raises
        ------
        ClusterError
            If that is impossible; says what, where and what to do.
        """
        if self._in_use is None:
            with self._gate():
                in_use = (self.home / "users.lock").open("a")
                try:
                    fcntl.flock(in_use, fcntl.LOCK_SH)
                    self._serve()
                except BaseException:
                    in_use.close()
                    raise
                self._in_use = in_use
        return self

    def stop(self) -> None:
        """Let go of the server, and stop it if nobody else holds it."""
        if self._in_use is None:
            return
        with self._gate(), self._in_use as in_use:
            self._in_use = None
            with suppress(BlockingIOError):
                fcntl.flock(in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._server.stop()
                with suppress(OSError):
                    self.sockets.rmdir()

    def ensure_alive(self) -> None:
        """
        Start the server again if it died; costs next to nothing while it lives.

        Any thread may call it, and several processes at once.

        Raises
        ------
        ClusterError
            If it does not start, or this cluster was not started.
        """
        if self._in_use is None:
            raise ClusterError(f"the database in {self.home} is not started: call start() first")
        if not self._server.lives():
            with self._gate():
                self._serve()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @contextmanager
    def _gate(self) -> Iterator[None]:
        """Let one process or thread at a time make, start or stop the server."""
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            with (self.home / "start.lock").open("a") as gate:
                fcntl.flock(gate, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise ClusterError(
                f"{error.filename or self.home}: {error.strerror}. The database is kept in "
                f"{self.home}: give this user the right to write there and room on its disk, or "
                "set JINGWEI_DATA_FOLDER to another folder"
            ) from error

    def _serve(self) -> None:
        """Bring the server up, whatever an earlier one left."""
        account = find_account()
        if not (self.data / "PG_VERSION").exists():
            self._make(account)
        self._check_owner(account)
        self._claim_sockets(account)
        if not self._server.settle():
            major = int((self.data / "PG_VERSION").read_text())
            self._server.launch(find_binaries(self._bin, major=major), account, self._settings)
        self._prepare()

    def _make(self, account: Account) -> None:
        """Make the data folder under another name first: a half-made one is never used."""
        if self.data.exists() and any(self.data.iterdir()):
            raise ClusterError(
                f"{self.data} is not empty, but has no PG_VERSION, so it is no database: "
                "restore it from a backup, or move it away to begin with an empty one"
            )
        binaries = find_binaries(self._bin)
        log.info("making the database in %s", self.data)
        new = self.home / "pgdata.new"
        with suppress(FileNotFoundError):
            shutil.rmtree(new)
        new.mkdir(0o700)
        _give(new, account)
        _check_way(new, account)
        options = [
            f"--username={NAME}",
            "--auth=trust",  # whoever can enter the sockets' folder is the owner
            "--encoding=UTF8",
            f"--locale={LOCALE}",
            "--data-checksums",
        ]
        if self._settings.get("fsync") == "off":
            options.append("--no-sync")
        try:
            run([binaries.folder / "initdb", *options], account, env={"PGDATA": str(new)})
        except ClusterError as error:
            raise ClusterError(
                f"the database cannot be made in {self.home}: {error}\n"
                "Nothing of it is kept: mend what it names and start again"
            ) from error
        with (new / "postgresql.conf").open("a") as conf:
            conf.write(f"\ninclude_if_exists = '{NAME}.conf'\n")
        new.replace(self.data)

    def _check_owner(self, account: Account) -> None:
        owner = owner_of(self.data)
        if owner.uid != account.uid:
            raise ClusterError(
                f"{self.data} belongs to the user '{owner.name}', but the server would run as "
                f"'{account.name}': start as '{owner.name}', or give the folder away with "
                f"chown -R {account.name} {self.data}"
            )
        _check_way(self.data, account)

    def _claim_sockets(self, account: Account) -> None:
        """Make the sockets' folder; refuse one that somebody else could have laid there."""
        with suppress(FileExistsError):
            self.sockets.mkdir(0o700)
        status = self.sockets.lstat()
        closed = status.st_mode == stat.S_IFDIR | stat.S_IRWXU
        if not closed or status.st_uid not in {account.uid, os.geteuid()}:
            raise ClusterError(
                f"{self.sockets}, where the server's socket would lie, is not a folder of "
                f"'{account.name}' closed to others (it belongs to "
                f"'{owner_of(self.sockets).name}', mode {stat.filemode(status.st_mode)}): "
                "somebody may be trying to read the database; find out who, and remove it"
            )
        _give(self.sockets, account)

    def _prepare(self) -> None:
        """Make the database and its extensions, or bring them up to the programs' version."""
        try:
            with self._connect("postgres") as connection:
                if not connection.execute(
                    "select 1 from pg_database where datname = %s", [NAME]
                ).fetchone():
                    connection.execute(f"create database {NAME}")
            with self._connect(NAME) as connection:
                connection.execute("create extension if not exists postgis")
                connection.execute("create extension if not exists pg_trgm")
                if connection.execute(
                    "select 1 from pg_available_extensions where name = 'postgis' "
                    "and installed_version <> default_version"
                ).fetchone():
                    connection.execute("select postgis_extensions_upgrade()")
        except psycopg.Error as error:
            raise ClusterError(
                f"PostGIS cannot be set up in {self.data}: {error}. Install the PostGIS package "
                "of this PostgreSQL again and look at the server's messages in "
                f"{self.data / 'server.log'}"
            ) from error

    def _connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.sockets),
            port=PORT,
            user=NAME,
            dbname=database,
            autocommit=True,
            connect_timeout=10,
            options="-c client_min_messages=warning",
        )


def _give(folder: Path, account: Account) -> None:
    """Make root's new folder the server account's; an ordinary user's is already."""
    if account.drop:
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)


def _check_way(folder: Path, account: Account) -> None:
    """Refuse a folder that root reaches but the server's account does not."""
    if not account.drop or _enters(folder, account):
        return
    closed = next((part for part in reversed(folder.parents) if not _enters(part, account)), folder)
    raise ClusterError(
        f"the server runs as the user '{account.name}', who cannot enter {closed}, so it cannot "
        f"keep its data in {folder.parent}: set JINGWEI_DATA_FOLDER to a folder that user can "
        "enter, such as /var/lib/jingwei"
    )


def _enters(folder: Path, account: Account) -> bool:
    try:
        run(["test", "-x", folder], account)
    except ClusterError:
        return False
    return True
