"""One private cluster for all who share a folder, whoever and wherever they are."""

import os
import pwd
import resource
import shutil
import signal
import stat
import subprocess
import time
from pathlib import Path

import pytest

from layers.cluster import TESTS, Cluster, ClusterError
from tests.layers.private import Hold, finish, lives, needs_root, postmaster, query, said


def test_four_cold_starts_at_once_share_one_new_server(folder: Path, hold: Hold) -> None:
    processes = [hold(folder / "home") for _ in range(4)]
    urls = {said(process) for process in processes}
    assert len(urls) == 1
    url = urls.pop()
    assert query(url, "select count(*) from pg_database where datname = 'jingwei'") == [(1,)]
    running = postmaster(Cluster(folder / "home"))
    for process in processes[:3]:
        finish(process)
    assert query(url, "select 1") == [(1,)]
    finish(processes[3])
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


def test_an_initdb_killed_half_way_is_begun_again(folder: Path, hold: Hold) -> None:
    half = folder / "home/pgdata.new/base"
    service = hold(folder / "home")
    while not half.exists():
        assert service.poll() is None
        time.sleep(0.005)
    os.killpg(service.pid, signal.SIGKILL)
    service.wait()
    assert not (folder / "home/pgdata").exists()
    with Cluster(folder / "home", settings=TESTS) as cluster:
        assert query(cluster.url, "select postgis_lib_version() is not null") == [(True,)]


def test_a_folder_with_something_else_in_it_is_left_alone(folder: Path) -> None:
    (folder / "pgdata").mkdir()
    (folder / "pgdata/letter.txt").write_text("mine")
    with pytest.raises(ClusterError, match=r"no PG_VERSION.*restore it from a backup"):
        Cluster(folder).start()
    assert [file.name for file in (folder / "pgdata").iterdir()] == ["letter.txt"]


def test_data_of_another_version_is_refused_with_both_versions(bare: Path) -> None:
    (bare / "pgdata/PG_VERSION").write_text("9\n")
    with pytest.raises(ClusterError, match=r"PostgreSQL 9 with.* is version \d\d.*pg_upgrade"):
        Cluster(bare).start()


def test_a_deep_folder_with_any_letters_will_do(folder: Path) -> None:
    home = folder / "汾阳 'grid' \"$HOME\" `id` %s" / ("deep" * 15) / ("er" * 30)
    assert len(os.fsencode(home)) > 150
    with Cluster(home, settings=TESTS) as cluster:
        assert query(cluster.url, "show data_directory") == [(str(cluster.data),)]


@needs_root
def test_root_runs_the_server_as_postgres(private: Cluster) -> None:
    running = postmaster(private)
    assert running.username() == "postgres"
    assert "\nGroups:\t \n" in Path(f"/proc/{running.pid}/status").read_text()


@needs_root
def test_an_ordinary_user_runs_the_server_as_itself(folder: Path, hold: Hold) -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    os.chown(folder, nobody, -1)
    service = hold(folder / "home", uid=nobody)
    assert said(service) == Cluster(folder / "home").url
    running = postmaster(Cluster(folder / "home"))
    assert running.username() == "nobody"
    finish(service)
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
