"""The server dies in every way, and comes back with all that was committed."""

import fcntl
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psycopg
import pytest

from layers import postgres, server
from layers.cluster import TESTS, Cluster, ClusterError
from tests.layers.private import (
    Hold,
    finish,
    kill_server,
    lives,
    needs_root,
    postmaster,
    query,
    said,
)


@pytest.mark.parametrize("children", [False, True], ids=["postmaster", "postmaster and children"])
def test_a_killed_server_comes_back_with_all_that_was_committed(
    private: Cluster, *, children: bool
) -> None:
    query(private.url, "drop table if exists kept; create table kept as select 1 as kept")
    dead = postmaster(private)
    kill_server(dead, children=children)
    private.ensure_alive()
    assert postmaster(private) != dead
    assert query(private.url, "select kept from kept") == [(1,)]


def test_everything_killed_at_once_starts_again_with_all_that_was_committed(
    home: Path, hold: Hold
) -> None:
    service = hold(home)
    query(said(service), "drop table if exists kept; create table kept as select 1 as kept")
    service.kill()
    kill_server(postmaster(Cluster(home)), children=True)
    with Cluster(home) as cluster:
        assert query(cluster.url, "select kept from kept") == [(1,)]


def test_a_dead_server_is_started_once_by_all_who_miss_it(private: Cluster, hold: Hold) -> None:
    kill_server(postmaster(private), children=False)
    others = [hold(private.home) for _ in range(2)]
    private.ensure_alive()
    assert {said(other) for other in others} == {private.url}
    again = postmaster(private)
    private.ensure_alive()
    assert postmaster(private) == again


def test_a_backend_that_outlives_its_postmaster_is_ended(
    private: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "ORPHANS_S", 0.2)
    busy = "select count(*) from generate_series(1, 10^12::bigint)"
    client = psycopg.connect(private.url.replace("+psycopg", ""))
    client.pgconn.send_query(busy.encode())
    time.sleep(0.1)
    kill_server(postmaster(private), children=False)
    private.ensure_alive()
    assert query(private.url, "select 1") == [(1,)]
    client.close()


def test_a_zombie_postmaster_does_not_block_the_next(home: Path) -> None:
    """As in a container without an init process: nobody collects the dead server."""
    script = """
        import ctypes, os, signal, sys, time
        from pathlib import Path
        import psutil
        from layers.cluster import TESTS, Cluster
        SET_CHILD_SUBREAPER = 36
        assert ctypes.CDLL(None).prctl(SET_CHILD_SUBREAPER, 1) == 0
        with Cluster(Path(sys.argv[1])) as cluster:
            dead = psutil.Process(int((cluster.data / "postmaster.pid").read_text().split()[0]))
            dead.kill()
            while dead.status() != psutil.STATUS_ZOMBIE:
                time.sleep(0.01)
            cluster.ensure_alive()
            again = int((cluster.data / "postmaster.pid").read_text().split()[0])
            print(dead.status(), again != dead.pid)
    """
    command = [sys.executable, "-c", textwrap.dedent(script), str(home)]
    root = Path(__file__).parents[2]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert (result.stdout, result.stderr) == ("zombie True\n", "")


def test_a_server_cut_off_from_its_socket_is_replaced(
    private: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "ORPHANS_S", 0.2)
    query(private.url, "drop table if exists kept; create table kept as select 1 as kept")
    shutil.rmtree(private.sockets)
    private.ensure_alive()
    assert query(private.url, "select kept from kept") == [(1,)]


def test_a_server_whose_folder_was_deleted_gives_way_to_a_new_one(
    home: Path, hold: Hold, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "ORPHANS_S", 0.2)
    service = hold(home)
    said(service)
    service.kill()
    service.wait()
    lost = postmaster(Cluster(home))
    shutil.rmtree(home)
    with Cluster(home, settings=TESTS) as cluster:
        assert postmaster(cluster) != lost
        assert query(cluster.url, "select 1") == [(1,)]
    assert not lives(lost)


def test_only_a_started_cluster_can_be_kept_alive(home: Path) -> None:
    with pytest.raises(ClusterError, match="call start"):
        Cluster(home).ensure_alive()


@pytest.mark.parametrize("owner", ["nobody any more", "this user", "the server's user"])
def test_a_pid_file_that_names_another_process_does_not_block(home: Path, owner: str) -> None:
    account = postgres.find_account()
    identity = {"user": account.uid, "group": account.gid} if owner.startswith("the") else {}
    other = subprocess.Popen(["sleep", "60"], **identity)  # type: ignore[call-overload]
    if owner == "nobody any more":
        other.kill()
        other.wait()
    cluster = Cluster(home)
    lines = [
        other.pid,
        cluster.data,
        1700000000,
        5432,
        cluster.sockets,
        "",
        "  5432001   7",
        "ready",
    ]
    (cluster.data / "postmaster.pid").write_text("".join(f"{line}\n" for line in lines))
    with cluster:
        assert postmaster(cluster).pid != other.pid
        assert query(cluster.url, "select 1") == [(1,)]
    assert owner == "nobody any more" or other.poll() is None
    other.kill()
    other.wait()


def test_a_server_seen_from_another_container_is_not_doubled(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From there only the lock is seen, neither processes nor socket."""
    monkeypatch.setattr(server, "SETTLE_S", 0.2)
    pid_file = bare / "pgdata/postmaster.pid"
    pid_file.write_text("1\n")
    with (bare / "server.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        with pytest.raises(ClusterError, match="in another container"):
            Cluster(bare).start()
    assert pid_file.read_text() == "1\n"


@needs_root
def test_root_in_a_container_may_not_see_what_others_work_in_and_need_not(
    home: Path, hold: Hold
) -> None:
    plain = ("setpriv", "--bounding-set=-sys_ptrace")
    first, second = hold(home, before=plain), hold(home, before=plain)
    assert said(first) == said(second) == Cluster(home).url
    running = postmaster(Cluster(home))
    finish(first)
    finish(second)
    assert not lives(running)
