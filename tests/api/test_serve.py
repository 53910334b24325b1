"""`jingwei serve` before it serves."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

from tests.service import COMMAND


def serve(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"JINGWEI_DATA_FOLDER": str(folder)}
    return subprocess.run(
        [COMMAND, "serve", *options],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_taken_port_is_said_before_anything_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = serve(tmp_path / "city", "--port", str(port))
    assert done.returncode == 2
    assert f"port {port} of 127.0.0.1 is taken" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "city").exists()


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_an_address_that_is_not_of_this_machine_is_named(tmp_path: Path, host: str) -> None:
    done = serve(tmp_path / "city", "--host", host, "--port", "0")
    assert done.returncode == 2
    assert f"cannot listen on {host}" in done.stderr
    assert "Traceback" not in done.stderr
