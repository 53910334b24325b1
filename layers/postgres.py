"""The PostgreSQL programs of this machine: which have PostGIS, and who may run them."""

import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("initdb", "pg_ctl", "postgres", "pg_config")
USUAL_FOLDERS = (
    ("/usr/lib/postgresql", "*/bin"),  # Debian, Ubuntu
    ("/usr", "pgsql-*/bin"),  # the PostgreSQL project's packages for Red Hat
    ("/opt/homebrew/opt", "postgresql@*/bin"),
    ("/usr/local/opt", "postgresql@*/bin"),
    ("/usr", "bin"),  # Fedora, Arch, Alpine
)
LOCALE = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
SERVER_ACCOUNT = "postgres"


class ClusterError(RuntimeError):
    """The private database cannot be made or run; says what, where and what to do."""


@dataclass(frozen=True)
class Binaries:
    """A folder of PostgreSQL programs whose server has PostGIS, and its major version."""

    folder: Path
    major: int


@dataclass(frozen=True)
class Account:
    """Who runs the server; `drop` says that this process is root and must become it."""

    name: str
    uid: int
    gid: int
    drop: bool


def find_binaries(folder: Path | None = None, *, major: int | None = None) -> Binaries:
    """
    Find PostgreSQL programs with PostGIS: the newest, or the ones of a major version.

    Parameters
    ----------
    folder
        The only folder to look at; without it `pg_config --bindir` and the usual
        folders of the distributions are searched.
    major
        The version wanted, because the data was made by it.

    Raises
    ------
    ClusterError
        If there are none; names every folder searched and what was wrong with it.
    """
    refused: dict[Path, str] = {}
    found: list[Binaries] = []
    for candidate in [folder] if folder else list(_candidates()):
        try:
            binaries = _inspect(candidate)
        except ClusterError as error:
            refused[candidate] = str(error)
            continue
        if major is None or binaries.major == major:
            found.append(binaries)
        else:
            refused[candidate] = f"is version {binaries.major}"
    if found:
        return max(found, key=lambda binaries: binaries.major)
    raise ClusterError(_nothing_found(refused, folder, major))


def find_account() -> Account:
    """
    Return who runs the server: this user, but for root the account `postgres`.

    PostgreSQL refuses to run as root.

    Raises
    ------
    ClusterError
        If this is root and the account is missing.
    """
    uid = os.geteuid()
    if uid != 0:
        return Account(_user_name(uid), uid, os.getegid(), drop=False)
    try:
        entry = pwd.getpwnam(SERVER_ACCOUNT)
    except KeyError as error:
        raise ClusterError(
            f"PostgreSQL does not run as root, and there is no account '{SERVER_ACCOUNT}' to run "
            "it as: install the distribution's PostgreSQL package, which makes the account, or "
            "start as an ordinary user"
        ) from error
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, drop=True)


def owner_of(path: Path) -> Account:
    """Return who owns an existing path, as an account to name in a message."""
    status = path.lstat()
    return Account(_user_name(status.st_uid), status.st_uid, status.st_gid, drop=False)


def run(
    command: Sequence[str | Path],
    account: Account,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path = Path("/"),
    keep_open: Sequence[int] = (),
) -> None:
    """
    Run a program as an account and wait for it.

    Parameters
    ----------
    env
        Added to this process's environment.
    keep_open
        File descriptors the program and its children inherit.

    Raises
    ------
    ClusterError
        If it fails; holds what the program said.
    """
    # A pipe would be inherited by the server and never end; a file does not mind.
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        identity = {"user": account.uid, "group": account.gid, "extra_groups": []}
        try:
            result = subprocess.run(  # noqa: S603 - our own programs, no shell
                [os.fspath(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=cwd,
                env=os.environ | {"LC_ALL": LOCALE} | dict(env or {}),
                umask=0o077,
                pass_fds=keep_open,
                check=False,
                **(identity if account.drop else {}),  # type: ignore[call-overload]
            )
        except OSError as error:
            raise ClusterError(f"{command[0]} does not run: {error}") from error
        if result.returncode:
            output.seek(0)
            said = output.read().strip() or f"exit status {result.returncode}"
            raise ClusterError(f"{Path(command[0]).name} failed as user '{account.name}': {said}")


def _candidates() -> Iterator[Path]:
    """Yield each existing folder that may hold the programs, once."""
    seen: set[Path] = set()
    for folder in _places():
        if folder.is_dir() and folder.resolve() not in seen:
            seen.add(folder.resolve())
            yield folder


def _places() -> Iterator[Path]:
    pg_config = shutil.which("pg_config")
    if pg_config:
        with suppress(ClusterError):
            yield Path(_ask(Path(pg_config), "--bindir"))
    for root, pattern in USUAL_FOLDERS:
        yield from sorted(Path(root).glob(pattern), reverse=True)


def _inspect(folder: Path) -> Binaries:
    missing = [name for name in PROGRAMS if not os.access(folder / name, os.X_OK)]
    if missing:
        raise ClusterError(f"has no program {', '.join(missing)}")
    extensions = Path(_ask(folder / "pg_config", "--sharedir")) / "extension"
    for name in ("postgis", "pg_trgm"):
        if not (extensions / f"{name}.control").exists():
            raise ClusterError(f"has PostgreSQL without {name} (no {extensions}/{name}.control)")
    version = _ask(folder / "postgres", "--version")
    number = re.search(r"\d+", version)
    if number is None:
        raise ClusterError(f"says its version is {version!r}")
    return Binaries(folder, int(number[0]))


def _ask(program: Path, option: str) -> str:
    """Return what a program prints; ClusterError if it cannot be asked."""
    try:
        return subprocess.run(  # noqa: S603 - a fixed option, no shell
            [program, option], capture_output=True, text=True, check=True, timeout=20
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError) as error:
        raise ClusterError(f"{program} {option} fails: {error}") from error


def _nothing_found(refused: Mapping[Path, str], folder: Path | None, major: int | None) -> str:
    wanted = f"PostgreSQL {major} with PostGIS" if major else "PostgreSQL with PostGIS"
    searched = "; ".join(f"{place} {reason}" for place, reason in refused.items())
    usual = ", ".join(f"{root}/{pattern}" for root, pattern in USUAL_FOLDERS)
    if folder:
        advice = "correct JINGWEI_POSTGRES_FOLDER, or leave it away to search the usual folders"
    elif major:
        advice = (
            f"install version {major} again beside the newer one, or move the data to the newer "
            "version with pg_upgrade, or with pg_dump and pg_restore"
        )
    else:
        advice = (
            "install it (Debian, Ubuntu: apt install postgresql postgis "
            "postgresql-<version>-postgis-3), name its folder in JINGWEI_POSTGRES_FOLDER, or name "
            "another server in DATABASE_URL"
        )
    return f"{wanted} was not found. Searched: {searched or f'pg_config, {usual}'}. Please {advice}"


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"number {uid}"
