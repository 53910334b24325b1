"""Programs are found where they have PostGIS, and what is wrong with the others is said."""

from pathlib import Path

import pytest

from layers import postgres
from layers.cluster import Cluster, ClusterError, find_binaries
from tests.layers.private import needs_root


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
