"""The report of a repair opened from the disk, with every network refused."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import pytest
from playwright.sync_api import Browser, Page

from api.reports.coverage import write_report
from gis.coverage import USUAL
from gis.crs import LONLAT_CRS
from layers.files.repairing import Mended, repair_survey
from layers.files.surveys import Files, Told, read_survey
from tests.browser.conftest import DESK, PHONE
from tests.worlds import polygon, square, square_city


@dataclass
class Opened:
    """A report in the browser, what it asked for and what it complained of."""

    page: Page
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def mended(tmp_path_factory: pytest.TempPathFactory) -> Mended:
    """Repair four grids: one is cut back by a strip of 4 m, one has no shape and stays so."""
    city, path = square_city(2), tmp_path_factory.mktemp("report") / "grids.gpkg"
    short = polygon((0, 0), (0.95, 0), (0.95, 1), (0, 1))
    shapes = [short, *city.polygons[1:3], None]
    layer = gpd.GeoDataFrame({"code": city.codes}, geometry=shapes, crs=LONLAT_CRS)
    layer.to_file(path)
    frame = path.with_name("frame.geojson")
    gpd.GeoDataFrame(geometry=[square(0, 0, 2, 2)], crs=LONLAT_CRS).to_file(frame)
    return repair_survey(read_survey(Files(path, frame=frame), Told()), USUAL)


@pytest.fixture(params=[(DESK, "zh"), (DESK, "en"), (PHONE, "zh"), (PHONE, "en")])
def opened(
    request: pytest.FixtureRequest, browser: Browser, mended: Mended, tmp_path: Path
) -> Iterator[Opened]:
    """Open the report; it must ask for nothing but itself and complain of nothing."""
    size, lang = request.param
    file = tmp_path / "report.html"
    write_report(file, mended.after, lang=lang, mended=mended)
    context = browser.new_context(viewport=size, offline=True)
    opened = Opened(context.new_page())
    opened.page.on("request", lambda request: opened.asked.append(request.url))
    opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
    opened.page.goto(file.as_uri())
    opened.page.wait_for_selector("body[data-drawn=yes]", timeout=15_000)
    yield opened
    context.close()
    assert [url for url in opened.asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert opened.complaints == []


def test_findings_are_listed_with_what_became_of_them(opened: Opened, mended: Mended) -> None:
    page = opened.page
    assert page.locator(".finding").count() == len(mended.before.findings)
    assert page.locator(".state.fixed").count() == sum(
        finding.key not in {one.key for one in mended.after.findings}
        for finding in mended.before.findings
    )
    page.click("[data-state=after]")
    assert page.locator(".finding").count() == len(mended.after.findings)


def test_a_click_shows_the_place_whole_and_nothing_is_wider_than_the_screen(
    opened: Opened,
) -> None:
    page = opened.page
    page.locator(".finding button", has_text="JW-C1").first.click()
    page.wait_for_selector(".leaflet-popup")
    page.wait_for_timeout(400)  # the map moves until the words fit
    popup = page.locator(".leaflet-popup-content").bounding_box()
    shown = page.locator(".folium-map").bounding_box()
    assert popup is not None
    assert shown is not None
    assert shown["y"] <= popup["y"]
    assert popup["y"] + popup["height"] <= shown["y"] + shown["height"]
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
