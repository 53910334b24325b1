"""The map of the city: ask which grid answers, search, report, in two languages, by keyboard."""

import json
import re
import urllib.request
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Response, Route, expect

from tests.browser.conftest import Desk


def ask(service_url: str, path: str) -> Any:
    with urllib.request.urlopen(service_url + path) as answer:  # noqa: S310
        return json.load(answer)


def click_middle(page: Page) -> None:
    box = page.locator("#map").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def fill_report(page: Page, words: str) -> None:
    page.get_by_role("button", name="在此上报").click()
    page.get_by_label("类别").select_option("environment")
    page.get_by_label("情况说明").fill(words)


def incidents(service_url: str, words: str) -> list[Any]:
    listed = ask(service_url, "/incidents?limit=500")["incidents"]
    return [incident for incident in listed if incident["text"] == words]


def test_a_click_names_the_grid_the_officer_and_the_reason(desk: Desk) -> None:
    page = desk.open()
    with page.expect_response(re.compile("/locate")) as located:
        click_middle(page)
    said = located.value.json()
    expect(page.locator("#answer h2")).to_have_text(said["grid"]["name"])
    expect(page.locator("#answer")).to_contain_text(said["officer"]["role_name"])
    expect(page.locator("#answer")).to_contain_text(said["reason"]["zh"])
    expect(page.locator("#answer a.call")).to_have_attribute(
        "href", "tel:" + said["officer"]["duty_line"].replace("-", "")
    )


def test_the_city_is_drawn_with_its_grids_and_marked_as_synthetic(desk: Desk) -> None:
    tiles: list[Response] = []
    desk.page.on("response", lambda got: tiles.append(got) if "/tiles/" in got.url else None)
    page = desk.open()
    assert sum(len(tile.body()) for tile in tiles) > 10_000
    expect(page.locator("#synthetic")).to_have_text("合成示例数据")
    expect(page.locator("#answer")).to_contain_text("194 个网格")


def test_by_keyboard_alone_a_place_is_asked_about_and_reported(desk: Desk) -> None:
    page = desk.open()
    page.locator("#map").focus()
    expect(page.locator("#cross")).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#answer h2")).to_contain_text("网格")
    page.keyboard.press("Tab")  # the duty line
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="在此上报")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("键盘上报")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#answer h2")).to_have_text("已收到")
    assert len(incidents(desk.service.url, "键盘上报")) == 1


def test_search_completes_a_name_and_the_arrow_keys_pick_it(desk: Desk) -> None:
    page = desk.open()
    box = page.get_by_role("combobox", name="搜索")
    box.fill("西河北苑")
    expect(page.locator("#suggestions li").first).to_contain_text("西河北苑")
    box.press("ArrowDown")
    box.press("Enter")
    expect(page.locator("#answer h2")).to_contain_text("网格")
    expect(page.locator("#answer")).to_contain_text("西河北苑 · 小区")


def test_a_subdistrict_found_by_name_is_not_said_to_be_one_grids(desk: Desk) -> None:
    page = desk.open()
    box = page.get_by_role("combobox", name="搜索")
    box.fill("西河街道")
    page.locator("#suggestions li").first.click()
    expect(page.locator("#answer h2")).to_have_text("西河街道")
    expect(page.locator("#answer")).to_contain_text("由多个网格负责")


def test_words_that_find_nothing_say_so(desk: Desk) -> None:
    page = desk.open()
    page.get_by_role("combobox", name="搜索").fill("呼伦贝尔")
    expect(page.locator("#search-said")).to_contain_text("没有找到“呼伦贝尔”")


def test_coordinates_need_their_datum_and_are_converted(desk: Desk) -> None:
    page = desk.open()
    page.get_by_text("按坐标查询").click()
    page.locator("#lon").fill("111.7919")
    page.locator("#lat").fill("37.2665")
    page.get_by_role("button", name="查询", exact=True).click()
    expect(page.locator("#datum")).to_be_focused()
    page.locator("#datum").select_option("bd09")
    page.get_by_role("button", name="查询", exact=True).click()
    wanted = ask(desk.service.url, "/locate?lon=111.7919&lat=37.2665&datum=bd09")
    expect(page.locator("#answer h2")).to_have_text(wanted["grid"]["name"])
    expect(page.locator("#answer")).to_contain_text(f"{wanted['point']['lon']:.6f}")


def test_swapped_coordinates_are_refused_in_words(desk: Desk) -> None:
    page = desk.open()
    page.get_by_text("按坐标查询").click()
    page.locator("#lon").fill("37.2665")
    page.locator("#lat").fill("111.7919")
    page.locator("#datum").select_option("cgcs2000")
    page.get_by_role("button", name="查询", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    desk.complaints.clear()  # the browser notes the 422


def test_two_quick_clicks_on_send_make_one_report(desk: Desk) -> None:
    page = desk.open()
    click_middle(page)
    fill_report(page, "只报一次")
    page.get_by_role("button", name="提交").dblclick()
    expect(page.locator("#answer h2")).to_have_text("已收到")
    assert len(incidents(desk.service.url, "只报一次")) == 1


def test_a_lost_answer_and_a_second_try_make_one_report(desk: Desk) -> None:
    page = desk.open()
    click_middle(page)
    fill_report(page, "回执丢失")

    def lose(route: Route) -> None:
        route.fetch()  # the service stores it, the browser never hears
        route.abort()

    page.route("**/incidents", lose)
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("alert")).to_contain_text("暂时连不上服务")
    page.unroute("**/incidents")
    page.get_by_role("button", name="提交").click()
    expect(page.locator("#answer h2")).to_have_text("已收到")
    assert len(incidents(desk.service.url, "回执丢失")) == 1
    desk.complaints.clear()


def test_typed_words_survive_a_reload(desk: Desk) -> None:
    page = desk.open()
    click_middle(page)
    fill_report(page, "写到一半")
    page.reload()
    page.wait_for_selector("body[data-drawn=yes]")
    click_middle(page)
    page.get_by_role("button", name="在此上报").click()
    expect(page.get_by_label("情况说明")).to_have_value("写到一半")


def test_what_is_missing_in_a_report_is_named_and_nothing_is_sent(desk: Desk) -> None:
    page = desk.open()
    click_middle(page)
    page.get_by_role("button", name="在此上报").click()
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("alert")).to_have_text("请填写：类别、情况说明")
    expect(page.get_by_label("类别")).to_be_focused()


def test_the_language_changes_in_place_and_is_kept(desk: Desk) -> None:
    page = desk.open()
    click_middle(page)
    expect(page.locator("#answer h2")).to_contain_text("网格")
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#answer h2")).to_contain_text("Grid")
    page.goto(desk.service.url + "/map")
    expect(page.locator("#answer")).to_contain_text("194 grids")


def test_a_place_outside_goes_to_the_dispatch_centre(desk: Desk) -> None:
    page = desk.open()
    page.get_by_text("按坐标查询").click()
    page.locator("#lon").fill("126.978")
    page.locator("#lat").fill("37.5665")
    page.locator("#datum").select_option("wgs84")
    page.get_by_role("button", name="查询", exact=True).click()
    expect(page.locator("#answer h2")).to_have_text("不在任何网格内")
    expect(page.locator("#answer")).to_contain_text("人工分派")


def test_a_service_that_is_gone_is_said_and_asked_again_on_demand(desk: Desk) -> None:
    desk.page.route("**/tiles/**", lambda route: route.abort())
    desk.page.goto(desk.service.url + "/map")
    note = desk.page.get_by_role("alert")
    expect(note).to_contain_text("暂时连不上服务")
    desk.page.unroute("**/tiles/**")
    with desk.page.expect_response(re.compile("/tiles/")) as tile:
        note.get_by_role("button", name="重试").click()
    assert tile.value.ok
    expect(note).to_have_count(0)
    desk.complaints.clear()


def test_hidden_layers_are_not_drawn(desk: Desk) -> None:
    page = desk.open()
    before = page.locator("#map canvas").first.screenshot()
    page.get_by_text("图层").click()
    page.get_by_label("社区界线与底色").uncheck()
    page.get_by_text("图层").click()
    page.wait_for_timeout(500)
    assert page.locator("#map canvas").first.screenshot() != before


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_is_wider_than_a_phone_and_the_answer_is_in_sight(phone: Desk, lang: str) -> None:
    page = phone.open(lang)
    click_middle(page)
    expect(page.locator("#answer h2")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    heights = page.evaluate(
        "[...document.querySelectorAll('button, input, select, summary')]"
        ".filter(e => e.offsetParent && e.type !== 'checkbox').map(e => e.offsetHeight)"
    )
    assert min(heights) >= 32


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_breaks_no_rule_of_accessibility(desk: Desk, lang: str) -> None:
    page = desk.open(lang)
    for step in ("start", "answer", "report"):
        if step == "answer":
            click_middle(page)
            page.wait_for_selector("#answer h2")
        if step == "report":
            page.locator("#answer button.main").click()
        found = Axe().run(page).response["violations"]
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
