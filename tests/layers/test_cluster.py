"""The private cluster survives what machines and people do to it."""

import fcntl
import os
import pwd
import resource
import shutil
import signal
import stat
import subprocess
import sys
import textwrap
import time
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from layers import postgres, server
from layers.cluster import TESTS, Cluster, ClusterError, find_binaries
from tests.layers.conftest import Hold

AS_ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not AS_ROOT, reason="only root can become or harm another user")


def query(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def postmaster(cluster: Cluster) -> psutil.Process:
    return psutil.Process(int((cluster.data / "postmaster.pid").read_text().split()[0]))


def kill_server(process: psutil.Process, *, children: bool) -> None:
    family = process.children() if children else []
    for member in [process, *family]:
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


def end(process: subprocess.Popen[str]) -> None:
    assert process.communicate(timeout=30)[1] == ""
    assert process.returncode == 0


# Sharing


def test_four_cold_starts_at_once_share_one_new_server(folder: Path, hold: Hold) -> None:
    processes = [hold(folder / "home") for _ in range(4)]
    urls = {said(process) for process in processes}
    assert len(urls) == 1
    url = urls.pop()
    assert query(url, "select count(*) from pg_database where datname = 'jingwei'") == [(1,)]
    running = postmaster(Cluster(folder / "home"))
    for process in processes[:3]:
        end(process)
    assert query(url, "select 1") == [(1,)]
    end(processes[3])
    assert not lives(running)
    assert not Cluster(folder / "home").sockets.exists()


def test_a_killed_service_leaves_a_server_that_the_next_one_uses_and_stops(
    home: Path, hold: Hold
) -> None:
    service = hold(home)
    said(service)
    service.kill()
    service.wait()
    running = postmaster(Cluster(home))
    with Cluster(home) as cluster:
        assert postmaster(cluster) == running
    assert not lives(running)


def test_starting_and_stopping_twice_is_once(home: Path) -> None:
    cluster = Cluster(home)
    running = postmaster(cluster.start().start())
    cluster.stop()
    cluster.stop()
    assert not lives(running)


def test_two_in_one_process_stop_with_the_last(home: Path) -> None:
    with Cluster(home) as outer:
        with Cluster(home) as inner:
            assert inner.url == outer.url
        assert query(outer.url, "select 1") == [(1,)]


# Deaths


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
        from layers.cluster import Cluster
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


def test_a_server_whose_folder_was_deleted_gives_way_to_a_new_one(home: Path, hold: Hold) -> None:
    service = hold(home)
    said(service)
    service.kill()
    service.wait()
    lost = postmaster(Cluster(home))
    shutil.rmtree(home)
    with Cluster(home) as cluster:
        assert postmaster(cluster) != lost
        assert query(cluster.url, "select 1") == [(1,)]
    assert not lives(lost)


def test_only_a_started_cluster_can_be_kept_alive(home: Path) -> None:
    with pytest.raises(ClusterError, match="call start"):
        Cluster(home).ensure_alive()


# Leftovers


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


def test_an_initdb_killed_half_way_is_begun_again(folder: Path, hold: Hold) -> None:
    half = folder / "home/pgdata.new/base"
    service = hold(folder / "home")
    while not half.exists():
        assert service.poll() is None
        time.sleep(0.005)
    os.killpg(service.pid, signal.SIGKILL)
    service.wait()
    assert not (folder / "home/pgdata").exists()
    with Cluster(folder / "home") as cluster:
        assert query(cluster.url, "select postgis_lib_version() is not null") == [(True,)]


def test_a_folder_with_something_else_in_it_is_left_alone(folder: Path) -> None:
    (folder / "pgdata").mkdir()
    (folder / "pgdata/letter.txt").write_text("mine")
    with pytest.raises(ClusterError, match=r"no PG_VERSION.*restore it from a backup"):
        Cluster(folder).start()
    assert [file.name for file in (folder / "pgdata").iterdir()] == ["letter.txt"]


# Places and people


def test_a_deep_folder_with_any_letters_will_do(folder: Path) -> None:
    home = folder / "汾阳 'grid' \"$HOME\" `id` %s" / ("deep" * 15) / ("er" * 30)
    assert len(os.fsencode(home)) > 150
    with Cluster(home) as cluster:
        assert query(cluster.url, "show data_directory") == [(str(cluster.data),)]


@needs_root
def test_root_runs_the_server_as_postgres(private: Cluster) -> None:
    assert postmaster(private).username() == "postgres"


@needs_root
def test_root_in_a_container_may_not_see_what_others_work_in_and_need_not(
    home: Path, hold: Hold
) -> None:
    plain = ("setpriv", "--bounding-set=-sys_ptrace")
    first, second = hold(home, before=plain), hold(home, before=plain)
    assert said(first) == said(second) == Cluster(home).url
    running = postmaster(Cluster(home))
    end(first)
    end(second)
    assert not lives(running)


@needs_root
def test_an_ordinary_user_runs_the_server_as_itself(folder: Path, hold: Hold) -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    os.chown(folder, nobody, -1)
    service = hold(folder / "home", uid=nobody)
    assert said(service) == Cluster(folder / "home").url
    running = postmaster(Cluster(folder / "home"))
    assert running.username() == "nobody"
    end(service)
    assert not lives(running)


@needs_root
def test_an_ordinary_user_is_told_where_it_may_not_write(folder: Path, hold: Hold) -> None:
    service = hold(folder / "home", uid=pwd.getpwnam("nobody").pw_uid)
    assert said(service) == (
        f"ClusterError: {folder}/home: Permission denied. The database is kept in {folder}/home: "
        "give this user the right to write there and room on its disk, or set "
        "JINGWEI_DATA_FOLDER to another folder"
    )


@needs_root
def test_a_folder_closed_to_the_servers_user_is_refused_and_stays_closed(folder: Path) -> None:
    folder.chmod(0o700)
    with pytest.raises(ClusterError, match=f"'postgres', who cannot enter {folder},"):
        Cluster(folder / "home").start()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@needs_root
def test_data_of_another_user_is_refused(bare: Path) -> None:
    subprocess.run(["chown", "-R", "nobody", bare / "pgdata"], check=True)
    with pytest.raises(ClusterError, match=r"belongs to the user 'nobody'.*chown -R postgres"):
        Cluster(bare).start()


def test_a_full_disk_is_named_and_leaves_nothing_half_made(folder: Path) -> None:
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limit[1]))
    try:
        with pytest.raises(ClusterError, match=r"initdb failed(.|\n)*(File too large|signal)"):
            Cluster(folder).start()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert not (folder / "pgdata").exists()


# Sockets


def test_a_link_in_place_of_the_sockets_folder_is_refused(bare: Path, tmp_path: Path) -> None:
    cluster = Cluster(bare)
    cluster.sockets.symlink_to(tmp_path)
    with pytest.raises(ClusterError, match=f"{cluster.sockets}, where .* read the database"):
        cluster.start()
    cluster.sockets.unlink()


def test_a_sockets_folder_open_to_others_is_refused(bare: Path) -> None:
    cluster = Cluster(bare)
    cluster.sockets.mkdir()
    cluster.sockets.chmod(0o777)
    with pytest.raises(ClusterError, match="drwxrwxrwx"):
        cluster.start()
    cluster.sockets.rmdir()


@needs_root
def test_a_sockets_folder_of_another_user_is_refused(bare: Path) -> None:
    cluster = Cluster(bare)
    cluster.sockets.mkdir(0o700)
    shutil.chown(cluster.sockets, "nobody")
    with pytest.raises(ClusterError, match="belongs to 'nobody'"):
        cluster.start()
    cluster.sockets.rmdir()


def test_nobody_else_may_enter_the_sockets_and_no_port_is_open(private: Cluster) -> None:
    assert stat.S_IMODE(private.sockets.stat().st_mode) == 0o700
    assert query(private.url, "show listen_addresses") == [("",)]


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


# Versions and programs


def test_data_of_another_version_is_refused_with_both_versions(bare: Path) -> None:
    (bare / "pgdata/PG_VERSION").write_text("9\n")
    with pytest.raises(ClusterError, match=r"PostgreSQL 9 with.* is version \d\d.*pg_upgrade"):
        Cluster(bare).start()


def test_a_wrong_folder_of_programs_is_named_with_what_it_lacks(folder: Path) -> None:
    with pytest.raises(ClusterError, match=f"{folder} has no program initdb, pg_ctl.*FOLDER"):
        Cluster(folder / "home", bin=folder).start()
    assert not (folder / "home/pgdata").exists()


def test_programs_without_postgis_are_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = find_binaries().folder
    programs = tmp_path / "15/bin"
    programs.mkdir(parents=True)
    for name in ("initdb", "pg_ctl", "postgres"):
        (programs / name).symlink_to(real / name)
    (programs / "pg_config").write_text(f"#!/bin/sh\necho {tmp_path}/share\n")
    (programs / "pg_config").chmod(0o755)
    monkeypatch.setattr(postgres, "USUAL_FOLDERS", ((str(tmp_path), "*/bin"),))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ClusterError, match=f"{programs} has PostgreSQL without postgis.*install"):
        find_binaries()


def test_where_nothing_is_installed_every_usual_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "USUAL_FOLDERS", ((f"{tmp_path}/usr", "*/bin"),))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ClusterError, match=rf"Searched: pg_config, {tmp_path}/usr/\*/bin"):
        find_binaries()


@needs_root
def test_root_without_an_account_for_the_server_is_told_how_to_get_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(postgres, "SERVER_ACCOUNT", "not-there")
    with pytest.raises(ClusterError, match=r"no account 'not-there'.*install"):
        postgres.find_account()


# Settings


def test_the_service_is_durable_and_checks_its_pages(private: Cluster) -> None:
    for name in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums"):
        assert query(private.url, f"show {name}") == [("on",)]


def test_a_wrong_server_setting_is_reported_in_the_servers_words(home: Path) -> None:
    cluster = Cluster(home, settings={**TESTS, "work_mem": "it's much"})
    with pytest.raises(ClusterError, match=r"(?s)does not start.*work_mem.*it's much"):
        cluster.start()


def test_the_environment_of_postgresql_clients_changes_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PGPORT": "6543", "PGHOST": "elsewhere", "PGDATA": "/nowhere"}.items():
        monkeypatch.setenv(name, value)
    with Cluster(home) as cluster:
        assert query(cluster.url, "select 1") == [(1,)]
