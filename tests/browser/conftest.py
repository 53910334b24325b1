"""A browser, the service on the sample city, and pages that watch what they ask for."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from tests.service import Service

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 375, "height": 740}


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Return a headless Chromium."""
    with sync_playwright() as playwright:
        expect.set_options(timeout=15_000)  # on a machine busy with other work
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


class Desk:
    """A page that keeps what it asked other hosts for and what its scripts complained of."""

    def __init__(self, page: Page, service: Service) -> None:
        self.page = page
        self.service = service
        self.outside: list[str] = []
        self.complaints: list[str] = []
        page.on("request", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda said: self.complaints.append(said.text) if said.type == "error" else None,
        )

    def _note(self, request: Request) -> None:
        if not request.url.startswith((self.service.url, "data:", "blob:")):
            self.outside.append(request.url)

    def open(self, lang: str = "zh") -> Page:
        """Open the map and wait until it is drawn."""
        self.page.goto(f"{self.service.url}/map?lang={lang}")
        self.page.wait_for_selector("body[data-drawn=yes]")
        return self.page


@pytest.fixture
def desk(browser: Browser, service: Service) -> Iterator[Desk]:
    """Return the page on an office screen; it must not complain or look outside."""
    yield from _desk(browser, service, DESK)


@pytest.fixture
def phone(browser: Browser, service: Service) -> Iterator[Desk]:
    """Return the page on a phone; it must not complain or look outside."""
    yield from _desk(browser, service, PHONE)


def _desk(browser: Browser, service: Service, size: dict[str, int]) -> Iterator[Desk]:
    context = browser.new_context(
        viewport={"width": size["width"], "height": size["height"]}, reduced_motion="reduce"
    )
    context.set_default_timeout(15_000)
    desk = Desk(context.new_page(), service)
    yield desk
    context.close()
    assert desk.outside == []
    assert desk.complaints == []
