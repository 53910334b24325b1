"""What the tests do to private servers: hold, ask and kill them."""

import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from layers.cluster import Cluster

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")

Hold = Callable[..., subprocess.Popen[str]]

# Holds a cluster until its input ends. `argv`: its folder, and the number of the user to become:
# another user may not be able to read this Python, so it is imported first.
HOLD = """
import os, sys
from pathlib import Path
from layers.cluster import Cluster, ClusterError
home, uid = Path(sys.argv[1]), int(sys.argv[2])
if uid != os.geteuid():
    os.setgroups([]), os.setgid(uid), os.setuid(uid)
try:
    with Cluster(home) as cluster:
        print(cluster.url, flush=True)
        sys.stdin.read()
except ClusterError as error:
    sys.exit(f"ClusterError: {error}")
"""


def end(home: Path) -> None:
    """End the server of a home, whoever holds it, and what it left outside."""
    cluster = Cluster(home)
    cluster._server.stop()
    shutil.rmtree(cluster.sockets, ignore_errors=True)


def query(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def postmaster(cluster: Cluster) -> psutil.Process:
    return psutil.Process(int((cluster.data / "postmaster.pid").read_text().split()[0]))


def kill_server(process: psutil.Process, *, children: bool) -> None:
    family = process.children() if children else []
    for member in [process, *family]:
        with suppress(psutil.NoSuchProcess):  # some end by themselves once their postmaster is gone
            member.kill()
    psutil.wait_procs([process], timeout=0.1)


def lives(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.status() != psutil.STATUS_ZOMBIE
    return False


def said(process: subprocess.Popen[str]) -> str:
    """Return the line a holder prints once it has its cluster, or the error it ends with."""
    assert process.stdout is not None
    assert process.stderr is not None
    return process.stdout.readline().strip() or process.stderr.read().strip()


def finish(process: subprocess.Popen[str]) -> None:
    assert process.communicate(timeout=30)[1] == ""
    assert process.returncode == 0
