"""The planner's desk: a day at it, what outlives a crash, two planners at one draft."""

import json
import re
import urllib.error
import urllib.request
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Desk
from tests.service import Service

Json = dict[str, Any]


def ask(url: str, body: Json | None = None, *, actor: str = "", seen: int = 0) -> Any:
    headers = {"X-Actor": actor, "If-Match": f'"{seen}"', "content-type": "application/json"}
    sent = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(  # noqa: S310
        urllib.request.Request(url, sent, headers)  # noqa: S310
    ) as answer:
        return json.load(answer)


def new_draft(url: str, label: str) -> int:
    return int(ask(f"{url}/drafts", {"label": label}, actor="planner")["id"])


def enter(desk: Desk, draft: int, actor: str = "planner", lang: str = "zh") -> Page:
    page = desk.page
    page.goto(f"{desk.service.url}/plan?draft={draft}&lang={lang}")
    page.wait_for_selector("body[data-drawn=yes]")
    page.locator("#actor").fill(actor)
    page.locator("#actor").blur()
    return page


def all_stored(page: Page, version: int) -> None:
    expect(page.locator("#standing .standing")).to_contain_text(f"第 {version} 版 · 全部已保存")


def paint_by_code(page: Page, words: str, grid: str) -> None:
    page.get_by_role("tab", name="绘制").click()
    page.locator("#target").select_option(grid)
    page.locator("#codes").fill(words)
    page.locator("#codes").press("Enter")
    page.locator("#give").click()


class Move(NamedTuple):
    """A compound of one block, its grid, and a grid of its community to give it to."""

    compound: str
    grid: str
    other: str


@pytest.fixture(scope="module")
def move(service: Service) -> Move:
    """Return what may be moved in the version in force, before one of these tests moves it."""
    url = service.url
    draft = new_draft(url, "找")
    features = ask(f"{url}/drafts/{draft}/blocks")["features"]
    of_compound: dict[str | None, list[Json]] = defaultdict(list)
    corners: dict[str, set[tuple[float, float]]] = defaultdict(set)
    for block in features:
        of_compound[block["properties"]["compound"]].append(block)
        for lon, lat in block["geometry"]["coordinates"][0]:
            corners[block["properties"]["grid"]].add((lon, lat))
    sizes = Counter(block["properties"]["grid"] for block in features)
    for compound, blocks in of_compound.items():
        if compound is None or len(blocks) > 1:
            continue
        grid = blocks[0]["properties"]["grid"]
        edge = {(lon, lat) for lon, lat in blocks[0]["geometry"]["coordinates"][0]}
        for other, points in corners.items():
            near = len(edge & points) > 1 and other[:12] == grid[:12] and other != grid
            if near and sizes[grid] > 2 and allowed(url, compound, other):
                return Move(compound, grid, other)
    raise AssertionError("no compound can be moved")


def allowed(url: str, compound: str, grid: str) -> bool:
    """Try it in a draft of its own."""
    trial = new_draft(url, "试")
    step = {"kind": "transfer", "compound": compound, "grid": grid}
    try:
        ask(f"{url}/drafts/{trial}/operations", step, actor="planner")
    except urllib.error.HTTPError as refused:
        if refused.code == 422:
            return False
        raise
    return True


def inside(url: str, draft: int, compound: str) -> tuple[float, float]:
    for block in ask(f"{url}/drafts/{draft}/blocks")["features"]:
        if block["properties"]["compound"] == compound:
            ring = block["geometry"]["coordinates"][0][:-1]
            lon, lat = zip(*ring, strict=True)
            return sum(lon) / len(lon), sum(lat) / len(lat)
    raise AssertionError(compound)


def responsible(url: str, place: tuple[float, float], at: datetime | None = None) -> str:
    query = f"lon={place[0]}&lat={place[1]}&datum=cgcs2000"
    if at:
        query += "&at=" + at.isoformat().replace("+", "%2B")
    return str(ask(f"{url}/locate?{query}")["grid"]["code"])


def test_the_brush_and_the_lasso_paint_and_locked_grids_keep_their_blocks(desk: Desk) -> None:
    page = enter(desk, new_draft(desk.service.url, "画刷"))
    page.get_by_label("选到的地块").select_option("select")
    box = page.locator("#map").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.get_by_label("画刷", exact=True).check()
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=3)
    page.mouse.up()
    selection = page.locator("#selection p")
    brushed = int(re.findall(r"(\d+) 个地块", selection.inner_text())[0])
    assert brushed > 2
    page.get_by_label("套索").check()
    page.mouse.move(x - 80, y - 80)
    page.mouse.down()
    for corner in ((80, -80), (80, 80), (-80, 80)):
        page.mouse.move(x + corner[0], y + corner[1], steps=3)
    page.mouse.up()
    expect(selection).not_to_contain_text(f" {brushed} 个地块")
    lassoed = int(re.findall(r"(\d+) 个地块", selection.inner_text())[0])
    assert lassoed > brushed
    page.get_by_role("tab", name="网格").click()
    rows = page.locator("#grid-table tbody tr")
    expect(rows).to_have_count(194)
    for row in range(4):
        rows.nth(row).get_by_role("checkbox").check()
    page.get_by_label("只看").select_option("locked")
    expect(rows).to_have_count(4)
    locked = rows.first.get_attribute("data-code")
    assert locked is not None
    page.get_by_role("tab", name="绘制").click()
    page.locator("#clear").click()
    other = locked[:-1] + ("2" if locked.endswith("1") else "1")
    paint_by_code(page, locked, other)
    expect(page.locator("#toast")).to_contain_text("属于已锁定的网格，没有改动")
    all_stored(page, 0)


def test_what_was_not_sent_before_a_crash_is_sent_once_after_it(desk: Desk, move: Move) -> None:
    url = desk.service.url
    draft = new_draft(url, "断线")
    page = enter(desk, draft)

    def lose(route: Route) -> None:
        route.fetch()  # the service stores it, the browser never hears
        route.abort()

    page.route("**/operations", lose)
    paint_by_code(page, move.compound, move.other)
    expect(page.get_by_role("alert")).to_contain_text("暂时连不上服务")
    page.locator("#more-name summary").click()
    page.locator("#rename input[name=name]").fill("断线后的名字")
    page.locator("#rename").get_by_role("button").click()
    page.locator("#more-name summary").click()
    page.locator("#rename input[name=name]").fill("还没有提交的字")
    page.unroute("**/operations")
    page.reload()
    all_stored(page, 2)
    kinds = [each["kind"] for each in ask(f"{url}/drafts/{draft}/operations")["operations"]]
    assert kinds == ["transfer", "rename"]
    expect(page.locator("#rename input[name=name]")).to_have_value("还没有提交的字")
    desk.complaints.clear()


def test_overlapping_work_is_asked_about_and_either_side_can_win(desk: Desk, move: Move) -> None:
    url = desk.service.url
    draft = new_draft(url, "两人")
    compound, grid, other = move
    page = enter(desk, draft)
    page.route("**/drafts/*", lambda route: route.abort())  # it does not hear of others
    step = {"kind": "transfer", "compound": compound, "grid": other}
    ask(f"{url}/drafts/{draft}/operations", step, actor="second", seen=0)
    page.unroute("**/drafts/*")
    page.locator("#target").select_option(other)
    page.locator("#more-merge summary").click()
    page.locator("#merge select").select_option(grid)
    page.locator("#merge").get_by_role("button").click()
    dialog = page.get_by_role("dialog", name="与他人的修改重叠")
    expect(dialog).to_contain_text("second")
    page.keyboard.press("Escape")
    expect(page.locator("#standing")).to_contain_text("1 步待处理")
    page.get_by_role("button", name="现在处理").click()
    dialog.get_by_role("button", name="在最新版本上再做我的").click()
    all_stored(page, 2)
    state = ask(f"{url}/drafts/{draft}/state")
    assert grid not in {each["code"] for each in state["grids"]}
    desk.complaints.clear()


def test_plans_of_a_balance_stand_side_by_side_and_one_is_taken(desk: Desk) -> None:
    draft = new_draft(desk.service.url, "均衡")
    page = enter(desk, draft)
    page.locator("#target").select_option(index=5)
    page.get_by_role("tab", name="均衡").click()
    page.locator("#balance-form [name=effort]").fill("1")
    page.get_by_role("button", name="寻找均衡方案").click()
    page.wait_for_selector("#plans", timeout=90_000)
    page.get_by_role("button", name="在地图上试看方案 1").click()
    page.get_by_role("button", name="采用方案 1").click()
    all_stored(page, 1)
    done = ask(f"{desk.service.url}/drafts/{draft}/operations")["operations"]
    assert [each["kind"] for each in done] == ["balance"]


@pytest.mark.parametrize(("screen", "lang"), [("desk", "zh"), ("phone", "en")])
def test_the_desk_breaks_no_rule_of_accessibility_and_fits_its_screen(
    request: pytest.FixtureRequest, service: Service, screen: str, lang: str
) -> None:
    seat: Desk = request.getfixturevalue(screen)
    page = enter(seat, new_draft(service.url, "无障碍"), lang=lang)
    for tab in ("draw", "grids", "balance", "check", "compare", "decide"):
        page.locator(f"#tab-{tab}").click()
        expect(page.locator(f"#{tab}")).not_to_have_attribute("aria-busy", "true")
        found = Axe().run(page).response["violations"]
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_planners_day_from_the_first_stroke_to_tomorrows_answer(desk: Desk, move: Move) -> None:
    page, url = desk.page, desk.service.url
    page.goto(f"{url}/map")
    page.get_by_role("link", name="规划台").click()
    page.locator("#actor").fill("planner")
    page.locator("#new-label").fill("东关社区调整")
    page.get_by_role("button", name="从最新版本新建").click()
    expect(page.locator("#standing h2")).to_have_text("东关社区调整")
    draft = int(re.findall(r"draft=(\d+)", page.url)[0])
    compound, grid, other = move
    place = inside(url, draft, compound)
    paint_by_code(page, compound, other)
    all_stored(page, 1)
    page.locator("#map").click(position={"x": 5, "y": 700})
    page.keyboard.press("Control+z")
    all_stored(page, 2)
    page.keyboard.press("Control+y")
    all_stored(page, 3)
    page.get_by_role("tab", name="检查").click()
    expect(page.locator("#check .reason")).to_have_text("没有发现问题。")
    page.get_by_role("tab", name="比较").click()
    expect(page.locator("#compare .reason")).to_contain_text("2 个网格有变化")
    page.get_by_role("tab", name="流程").click()
    page.get_by_role("button", name="提交").click()
    expect(page.locator("#decide .reason")).to_contain_text("已提交")
    page.get_by_role("button", name="批准").click()
    expect(page.locator("#decide-said")).to_contain_text("须由另一人批准")
    page.locator("#actor").fill("chief")
    page.get_by_role("button", name="批准").click()
    expect(page.locator("#decide .reason")).to_contain_text("已批准")
    page.get_by_role("button", name="发布").click()
    expect(page.locator("#standing .state")).to_have_text("已发布")
    tomorrow = datetime.now().astimezone() + timedelta(days=1)
    assert responsible(url, place) == grid
    assert responsible(url, place, tomorrow) == other
    desk.complaints.clear()  # the browser notes the refused approval
