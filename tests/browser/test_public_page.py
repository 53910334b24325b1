"""The page for everybody: without a script, on a small screen, by keys, to a screen reader."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Request, Response, expect

from tests.service import Service

SMALL = {"width": 320, "height": 640}
NIGHT = "2026-10-02T02:30"  # a holiday: only what is always open is open
MOST_BYTES = 150_000


class Visit:
    """A page of one context that notes what it asked for."""

    def __init__(self, context: BrowserContext, service: Service) -> None:
        context.set_default_timeout(15_000)
        self.page, self.url = context.new_page(), service.url
        self.asked: list[Request] = []
        self.answers: list[Response] = []
        self.complaints: list[str] = []
        self.page.on("request", self._note_request)
        self.page.on("response", self._note_answer)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note_request(self, request: Request) -> None:
        self.asked.append(request)

    def _note_answer(self, answer: Response) -> None:
        self.answers.append(answer)

    def open(self, lang: str = "zh") -> Page:
        self.page.goto(f"{self.url}/?lang={lang}")
        return self.page

    def fill(self, words: str, at: str = NIGHT) -> None:
        self.page.get_by_text("换个时间再查").click()
        self.page.get_by_label("什么时候去").fill(at)
        self.page.get_by_label("地址、小区或地名").fill(words)


@pytest.fixture
def visit(browser: Browser, service: Service, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Return a visit on a small phone; it must not look outside nor complain."""
    options: dict[str, Any] = {
        "viewport": SMALL,
        "locale": "zh-CN",
        **getattr(request, "param", {}),
    }
    context = browser.new_context(**options)
    made = Visit(context, service)
    yield made
    context.close()
    assert [one.url for one in made.asked if not one.url.startswith((service.url, "data:"))] == []
    assert made.complaints == []


def violations(page: Page) -> list[Any]:
    found = Axe().run(page).response["violations"]
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]


@pytest.mark.parametrize("visit", [{"java_script_enabled": False}], indirect=True)
def test_without_a_script_a_place_is_answered_with_the_nearest_open_centres(visit: Visit) -> None:
    page = visit.open()
    visit.fill("西河北苑")
    page.get_by_role("button", name="查找").click()
    first = page.locator("ol.near > li").first
    expect(first.locator(".status")).to_have_text("全天开放")
    expect(first).to_contain_text("步行约")
    expect(first.get_by_role("link", name="拨打")).to_have_attribute("href", "tel:03580009001")
    expect(page.locator("ol.near > li")).to_have_count(3)
    expect(page.locator("#grid")).to_contain_text("网格")
    assert "?lang=zh#answer" in page.url
    assert not [one.url for one in visit.asked if "%E8" in one.url or "111." in one.url]
    page.get_by_role("link", name="详细与海报").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("党群服务中心")
    page.get_by_role("link", name="打印海报").click()
    expect(page.locator(".qr svg")).to_be_visible()


@pytest.mark.parametrize("visit", [{"java_script_enabled": False}], indirect=True)
def test_a_pasted_pair_is_asked_back_and_the_pick_is_answered(visit: Visit) -> None:
    page = visit.open()
    page.get_by_label("地址、小区或地名").fill("111.7856, 37.2611")
    page.get_by_role("button", name="查找").click()
    page.get_by_role("button", name="GPS").click()
    expect(page.locator("ol.near > li")).to_have_count(3)


def test_by_keys_alone_from_the_first_field_to_the_phone_link(visit: Visit) -> None:
    page = visit.open()
    page.locator("#q").focus()
    page.keyboard.type("西河北苑")
    page.keyboard.press("Enter")
    expect(page.locator("ol.near")).to_be_visible()
    for _ in range(12):  # skip link of the fragment, other places, hours of the first
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('a.call')"):
            break
    expect(page.locator("ol.near a.call").first).to_be_focused()


def test_a_key_on_the_map_asks_for_its_middle(visit: Visit) -> None:
    page = visit.open()
    page.wait_for_selector("body[data-drawn=yes]")
    page.locator("#map").press("Enter")
    expect(page.locator("ol.near > li")).to_have_count(3)
    sent = next(one for one in visit.asked if one.method == "POST")
    assert "lon=" in (sent.post_data or "")
    assert "lon" not in sent.url


@pytest.mark.parametrize(
    "visit",
    [{"permissions": ["geolocation"], "geolocation": {"longitude": 111.79, "latitude": 37.262}}],
    indirect=True,
)
def test_the_position_of_the_device_is_used_on_demand_and_sent_in_the_body(visit: Visit) -> None:
    page = visit.open()
    assert [one.method for one in visit.asked if one.method == "POST"] == []
    page.get_by_role("button", name="用我的位置").click()
    expect(page.locator("ol.near > li")).to_have_count(3)
    expect(page.locator("#answer")).to_contain_text("从您的位置出发")
    assert not [one.url for one in visit.asked if "111.79" in one.url]


def test_the_first_view_is_small_and_a_screen_reader_finds_form_and_list(visit: Visit) -> None:
    page = visit.open()
    page.wait_for_selector("body[data-drawn=yes]")
    sizes = [one.request.sizes()["responseBodySize"] for one in visit.answers]
    assert sum(sizes) < MOST_BYTES
    expect(page.locator("#ask")).to_match_aria_snapshot(
        """
        - textbox "地址、小区或地名"
        - combobox "要办什么事"
        - button "查找"
        - button "用我的位置"
        """
    )
    page.locator("#q").fill("西河北苑")
    page.get_by_role("button", name="查找").click()
    expect(page.locator("#answer")).to_match_aria_snapshot(
        """
        - heading /服务中心/ [level=2]
        - list:
          - listitem:
            - heading /党群服务中心/ [level=3]
            - link /拨打 0358/
        """
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_rule_of_accessibility_is_broken_and_nothing_is_wider_than_the_screen(
    visit: Visit, lang: str
) -> None:
    page = visit.open(lang)
    page.locator("#q").fill("西河北苑")
    page.locator("#ask button.main").click()
    page.wait_for_selector("body[data-drawn=yes]")
    for large in ("200%", "100%"):
        page.evaluate(f"document.documentElement.style.fontSize = '{large}'")
        assert page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]
    assert violations(page) == []
    for path in ("/c/141182001001-P01", "/c/141182001001-P01/poster"):
        page.goto(f"{visit.url}{path}?lang={lang}")
        assert page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]
        assert violations(page) == []
