"""The built pages as files: what the browser is told about them."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api import pages


def test_the_page_forbids_every_other_host(client: TestClient) -> None:
    page = client.get("/map")
    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy
    assert page.headers["cache-control"] == "no-cache"


def test_the_page_names_no_other_host(client: TestClient) -> None:
    page = client.get("/map").text
    assert "//" not in page.replace("<!--", "")


def test_files_named_by_their_content_are_kept_for_good(client: TestClient) -> None:
    script = next((pages.STATIC / "assets").glob("city-*.js")).name
    answer = client.get(f"/static/assets/{script}")
    assert "immutable" in answer.headers["cache-control"]
    assert client.get("/static/assets/none.js").status_code == 404


def test_pages_not_built_yet_are_said_in_both_languages(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(pages, "STATIC", tmp_path)
    answer = client.get("/map")
    assert answer.status_code == 503
    assert "尚未构建" in answer.text
    assert "not built" in answer.text


def test_head_is_answered_without_the_page(client: TestClient) -> None:
    answer = client.head("/map")
    assert (answer.status_code, answer.content) == (200, b"")
