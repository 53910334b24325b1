"""Run a command with libpq's variables set to Jingwei's database; see `scripts/with-database`."""

import os
import signal
import subprocess
import sys
from contextlib import ExitStack

from psycopg import OperationalError, pq
from pydantic import ValidationError

from gis.errors import SettingsError
from layers.cluster import Cluster, ClusterError, find_binaries
from layers.settings import Settings


def main(command: list[str]) -> int:
    """
    Run the command while the database is up, and return its exit status.

    The private database is started if it does not run, and stopped if nobody else uses it.
    """
    if not command:
        return _refuse("name a command, for example: scripts/with-database psql")
    try:
        with ExitStack() as stack:
            environment = _environment(Settings(), stack)
            # Ctrl-C is for the command; a handler, unlike SIG_IGN, is not inherited by it.
            signal.signal(signal.SIGINT, lambda *_: None)
            return subprocess.call(command, env=os.environ | environment)  # noqa: S603 - the user's
    except (ClusterError, SettingsError, ValidationError, FileNotFoundError) as error:
        return _refuse(str(error))


def _environment(settings: Settings, stack: ExitStack) -> dict[str, str]:
    if settings.database_url:
        return _libpq_variables(settings.database_url)
    home = settings.make_data_folder()
    cluster = stack.enter_context(Cluster(home, bin=settings.postgres_folder))
    major = int((cluster.data / "PG_VERSION").read_text())
    programs = find_binaries(settings.postgres_folder, major=major).folder
    path = f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return _libpq_variables(cluster.url) | {"PATH": path}


def _libpq_variables(url: str) -> dict[str, str]:
    """
    Return PGHOST, PGUSER and so on for an address as SQLAlchemy or libpq writes it.

    Raises
    ------
    SettingsError
        If it is no address.
    """
    try:
        options = pq.Conninfo.parse(url.replace("+psycopg", "", 1).encode())
    except OperationalError as error:
        raise SettingsError(f"DATABASE_URL cannot be read: {error}") from error
    return {
        option.envvar.decode(): option.val.decode()
        for option in options
        if option.envvar and option.val is not None
    }


def _refuse(message: str) -> int:
    print(f"with-database: {message}", file=sys.stderr)  # noqa: T201 - a command line
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
