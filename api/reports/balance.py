"""The report of a balance: today and the proposal side by side, what moves, what is proven."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import folium
import numpy as np
import shapely
from branca.element import Figure
from shapely.geometry import mapping

from api.maps import offline_map, to_html
from gis.balance.words import name_zh, percent, standing_in_words
from gis.crs import LonLatBounds
from layers.files.plans import dissolved
from layers.files.whole import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gis.balance.problem import Floats, Ints
    from gis.partition import Geometries
    from layers.files.plans import Proposal

HERE = Path(__file__).parent
MOST_MOVES = 2_000  # rows of the table; the CSV holds all
_DECIMALS = 7  # a centimetre
# under, a little under, within, a little over, over: told apart also by those who mix red and green
COLOURS = ("#2166ac", "#92c5de", "#f7f7f5", "#f4a582", "#b2182b")
_FAR = 3.0  # tolerances
_BINS = 20
_WORDS = {
    "zh": {
        "title": "网格划分方案", "today": "现行网格", "plan": "建议方案", "blocks": "地块",
        "about": "{blocks} 个地块，{parents} 个社区，{grids} 个网格；容差 {tolerance}。",
        "outside": "超差网格", "worst": "最大偏差", "mean": "平均偏差", "border": "社区内边界",
        "moved": "换网格的{name}", "moves": "换网格的地块", "touched": "涉及网格",
        "new": "新设 {new}，撤销 {ended}", "histogram": "偏差分布（网格数）",
        "bounds": "为何不能更好", "none": "所有网格都在容差以内。", "block": "地块",
        "from": "原网格", "to": "新网格", "nobody": "没有地块换网格。", "before": "原 {value}",
        "under": "低于容差 {far} 倍", "low": "偏低", "inside": "容差以内", "high": "偏高",
        "over": "高于容差 {far} 倍", "shift": "换网格的地块",
        "more": "另有 {count} 行，见 CSV。",
    },
    "en": {
        "title": "Proposal of grids", "today": "Today", "plan": "Proposal", "blocks": "Blocks",
        "about": "{blocks} blocks, {parents} communities, {grids} grids; tolerance {tolerance}.",
        "outside": "grids outside", "worst": "worst deviation", "mean": "mean deviation",
        "border": "border inside communities", "moved": "{name} who change grid",
        "moves": "Blocks that change grid", "touched": "grids touched",
        "new": "{new} new, {ended} ended", "histogram": "Deviations (number of grids)",
        "bounds": "Why not better", "none": "All grids are within the tolerance.",
        "block": "block", "from": "from", "to": "to", "nobody": "No block changes grid.",
        "before": "before {value}", "under": "under by {far} tolerances", "low": "under",
        "inside": "within tolerance", "high": "over", "over": "over by {far} tolerances",
        "shift": "blocks that change grid", "more": "{count} more rows: see the CSV.",
    },
}  # fmt: skip


def write_report(path: Path, proposal: Proposal, *, title: str = "", lang: str = "zh") -> None:
    """
    Write a proposal as one HTML file that asks no host for anything.

    Parameters
    ----------
    title
        Of the city or the file.
    lang
        "zh" or "en".

    Raises
    ------
    NotBuiltError
        If the browser libraries that go into it have not been built.
    WriteError
        If the file cannot be written.
    """
    write_whole(path, make_report(proposal, title=title, lang=lang))


def make_report(proposal: Proposal, *, title: str = "", lang: str = "zh") -> str:
    """Return the report as a page; see `write_report`."""
    words = _WORDS[lang]
    west, south, east, north = shapely.total_bounds(proposal.blocks.shapes).tolist()
    bounds = LonLatBounds(west, south, east, north)
    page, left, right = Figure(), offline_map(bounds), offline_map(bounds)
    for each in (left, right):
        page.add_child(each)
    _draw_today(left, proposal, words)
    _draw_plan(right, proposal, words)
    content = {
        "maps": [left.get_name(), right.get_name()],
        "bounds": [[south, west], [north, east]],
    }
    heading = f"{title} {words['title']}".strip()
    parts = [
        _head(proposal, heading, words, lang),
        f'<p class="caption today">{words[_left(proposal)]}</p>',
        f'<p class="caption plan">{words["plan"]}</p>',
        _section(words["histogram"], _histograms(proposal, words)),
        _section(words["bounds"], _bounds(proposal, words, lang)),
        _section(words["moves"], _moves(proposal, words, lang)),
        f'<script type="application/json" id="content">{json.dumps(content)}</script>',
    ]
    page.html.add_child(folium.Element("\n".join(parts)))
    page.header.add_child(folium.Element(f"<style>{_read('balance.css')}</style>"))
    page.script.add_child(folium.Element(_read("balance.js")), name="zz_follow")
    return to_html(left, lang="zh-CN" if lang == "zh" else "en", title=heading)


def _left(proposal: Proposal) -> str:
    return "today" if len(proposal.problem.grid_codes) else "blocks"


def _draw_today(city: folium.Map, proposal: Proposal, words: dict[str, str]) -> None:
    """Draw today's grids, or the blocks if there are none."""
    problem, shapes = proposal.problem, proposal.blocks.shapes
    if not len(problem.grid_codes):
        _add_layer(city, shapes, problem.ids, [""] * len(problem), [COLOURS[2]] * len(problem))
        return
    off, held = _today(proposal)
    grids = dissolved(shapes, problem.today, len(problem.grid_codes))
    told = _told(held, off, problem.weight_names[0], words)
    _add_layer(city, grids, problem.grid_codes, told, _colours(off, problem.tolerance[0]))


def _draw_plan(city: folium.Map, proposal: Proposal, words: dict[str, str]) -> None:
    plan, problem, shapes = proposal.plan, proposal.problem, proposal.blocks.shapes
    off, held = plan.figures.deviation[:, 0], plan.figures.weights[:, 0]
    grids = dissolved(shapes, plan.grid, len(plan.codes))
    told = _told(held, off, problem.weight_names[0], words)
    _add_layer(city, grids, plan.codes, told, _colours(off, problem.tolerance[0]))
    if proposal.change is None or not proposal.change.moves:
        return
    moved = {move.block for move in proposal.change.moves}
    chosen = np.array([code in moved for code in problem.ids], bool)
    joined = dissolved(shapes[chosen], plan.grid[chosen], len(plan.codes))
    folium.GeoJson(
        _collection([_feature(shape, {}) for shape in joined if shape is not None]),
        style_function=lambda _: {
            "color": "#1d2733", "weight": 1.4, "fillOpacity": 0.0, "dashArray": "3 3",
        },
        interactive=False,
    ).add_to(city)  # fmt: skip


def _today(proposal: Proposal) -> tuple[Floats, Floats]:
    """Return by how much today's grids are off the mean they would have, and what they hold."""
    problem = proposal.problem
    count = len(problem.grid_codes)
    had = problem.today >= 0
    held = np.bincount(problem.today[had], problem.weights[had, 0], count).astype(float)
    parent = np.zeros(count, np.int64)
    parent[problem.today[had]] = problem.parent[had]
    mean = problem.ideal()[parent, 0]
    off = np.divide(held, mean, out=np.ones_like(held), where=mean > 0) - 1
    return off, held


def _told(held: Floats, off: Floats, weight: str, words: dict[str, str]) -> list[str]:
    name = name_zh(weight) if words is _WORDS["zh"] else weight
    return [
        f"{name} {value:,.0f}, {100 * share:+.1f} %"
        for value, share in zip(held.tolist(), off.tolist(), strict=True)
    ]


def _colours(off: Floats, tolerance: float) -> list[str]:
    far = _FAR * tolerance
    steps = np.searchsorted([-far, -tolerance - 1e-9, tolerance + 1e-9, far], off)
    return [COLOURS[step] for step in steps.tolist()]


def _add_layer(
    city: folium.Map, shapes: Geometries, codes: Sequence[str], told: list[str], fills: list[str]
) -> None:
    features = [
        _feature(shape, {"code": code, "told": text, "fill": fill})
        for shape, code, text, fill in zip(shapes, codes, told, fills, strict=True)
        if shape is not None
    ]
    folium.GeoJson(
        _collection(features),
        style_function=lambda feature: {
            "color": "#3c4856", "weight": 1, "fillOpacity": 0.75,
            "fillColor": feature["properties"]["fill"],
        },
        tooltip=folium.GeoJsonTooltip(["code", "told"], labels=False),
    ).add_to(city)  # fmt: skip


def _collection(features: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": features}


def _feature(shape: Any, properties: dict[str, str]) -> dict[str, Any]:  # noqa: ANN401 - Shapely
    rounded = shapely.transform(shape, lambda xy: xy.round(_DECIMALS))
    return {"type": "Feature", "properties": properties, "geometry": mapping(rounded)}


def _head(proposal: Proposal, heading: str, words: dict[str, str], lang: str) -> str:
    problem = proposal.problem
    tolerance = ", ".join(
        f"{_name(name, lang)} {percent(share)}"
        for name, share in zip(problem.weight_names, problem.tolerance.tolist(), strict=True)
    )
    about = words["about"].format(
        blocks=len(problem), parents=len(problem.parent_codes), grids=len(proposal.plan.codes),
        tolerance=tolerance,
    )  # fmt: skip
    tiles = "".join(
        f'<div class="tile"><b>{escape(value)}</b>{escape(name)}'
        f"{f'<br><span>{escape(note)}</span>' if note else ''}</div>"
        for name, value, note in _tiles(proposal, words, lang)
    )
    far = f"{_FAR:g}"
    legend = "".join(
        f'<span><i style="background:{colour}"></i>{escape(words[key].format(far=far))}</span>'
        for colour, key in zip(COLOURS, ("under", "low", "inside", "high", "over"), strict=True)
    )
    shift = f'<span><i style="border:2px dashed #1d2733"></i>{words["shift"]}</span>'
    return (
        f'<header><h1>{escape(heading)}</h1><p class="note">{escape(about)}</p>'
        f'<div class="tiles">{tiles}</div><div class="legend">{legend}{shift}</div></header>'
    )


def _tiles(proposal: Proposal, words: dict[str, str], lang: str) -> Iterator[tuple[str, str, str]]:
    """Give name, value and what it was before."""
    problem, plan, change = proposal.problem, proposal.plan, proposal.change
    off = np.abs(plan.figures.deviation[:, 0])
    was = np.abs(_today(proposal)[0]) if len(problem.grid_codes) else None

    def before(value: str) -> str:
        return words["before"].format(value=value)

    outside = int((was > problem.tolerance[0] + 1e-9).sum()) if was is not None else 0
    yield (
        words["outside"], f"{plan.figures.outside.sum()} / {len(plan.codes)}",
        "" if was is None else before(f"{outside} / {len(was)}"),
    )  # fmt: skip
    yield words["worst"], percent(off.max()), "" if was is None else before(percent(was.max()))
    yield words["mean"], percent(off.mean()), "" if was is None else before(percent(was.mean()))
    border = f"{plan.figures.border_m / 1000:.1f} km"
    if change is None or change.border_before_m is None:
        yield words["border"], border, ""
        return
    yield words["border"], border, before(f"{change.border_before_m / 1000:.1f} km")
    for name, moved in change.moved.items():
        share = percent(moved / max(change.total[name], 1.0))
        yield words["moved"].format(name=_name(name, lang)), f"{moved:,.0f}", share
    yield (
        words["touched"], str(len(change.touched)),
        words["new"].format(new=len(change.new), ended=len(change.ended)),
    )  # fmt: skip


def _name(weight: str, lang: str) -> str:
    return name_zh(weight) if lang == "zh" else weight.replace("_", " ")


def _section(title: str, content: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{content}</section>"


def _histograms(proposal: Proposal, words: dict[str, str]) -> str:
    tolerance = float(proposal.problem.tolerance[0])
    sides = {"plan": proposal.plan.figures.deviation[:, 0]}
    if len(proposal.problem.grid_codes):
        sides = {"today": _today(proposal)[0], **sides}
    reach = max(float(np.quantile(np.abs(off), 0.98)) for off in sides.values())
    reach = max(reach, 2 * tolerance, 0.01)
    edges = np.linspace(-reach, reach, _BINS + 1)
    counts = {
        side: np.histogram(np.clip(off, -reach, reach), edges)[0] for side, off in sides.items()
    }
    most = max(int(count.max()) for count in counts.values())
    drawn = (
        f"<figure><figcaption>{words[side]}</figcaption>"
        f"{_bars(count, edges, tolerance, most, words[side])}</figure>"
        for side, count in counts.items()
    )
    return f'<div class="charts">{"".join(drawn)}</div>'


def _bars(counts: Ints, edges: Floats, tolerance: float, most: int, label: str) -> str:
    """Draw a histogram; the band of the tolerance is shaded, what lies further is in the ends."""
    width, height, foot = 420, 150, 20
    wide, reach = width / len(counts), float(edges[-1])

    def x(share: float) -> float:
        return (share + reach) / (2 * reach) * width

    middle = (edges[:-1] + edges[1:]) / 2
    bars = "".join(
        f'<rect x="{i * wide + 1:.1f}" y="{height - high:.1f}" width="{wide - 2:.1f}"'
        f' height="{high:.1f}" fill="{colour}" stroke="#3c4856" stroke-width="0.6">'
        f"<title>{100 * edges[i]:+.0f} … {100 * edges[i + 1]:+.0f} %: {count}</title></rect>"
        for i, (count, colour) in enumerate(
            zip(counts.tolist(), _colours(middle, tolerance), strict=True)
        )
        if (high := (height - 14) * count / max(most, 1)) > 0
    )
    ticks = "".join(
        f'<text x="{x(share):.1f}" y="{height + 15}" text-anchor="{anchor}">'
        f"{100 * share:+.0f} %</text>"
        for share, anchor in ((-reach, "start"), (0.0, "middle"), (reach, "end"))
    )
    band = (
        f'<rect x="{x(-tolerance):.1f}" y="0" width="{x(tolerance) - x(-tolerance):.1f}"'
        f' height="{height}" fill="#dfe9dd"/>'
    )
    most_text = f'<text x="2" y="11">{most}</text>'
    return (
        f'<svg viewBox="0 0 {width} {height + foot}" role="img" aria-label="{escape(label)}"'
        f' font-size="11" fill="#5b6775">{band}{bars}'
        f'<path d="M0 {height}H{width}" stroke="#8d99a8"/>{ticks}{most_text}</svg>'
    )


def _bounds(proposal: Proposal, words: dict[str, str], lang: str) -> str:
    boxes = []
    for standing in proposal.standings:
        if not standing.outside:
            continue
        told = standing_in_words(proposal.problem, standing)
        sentences = "".join(f"<p>{escape(both[lang == 'en'])}</p>" for both in told)
        kind = "bound proven" if standing.proven_by in {"outside", "excess"} else "bound"
        boxes.append(
            f'<div class="{kind}"><h3>{escape(standing.bound.parent)}</h3>{sentences}</div>'
        )
    return "".join(boxes) or f"<p>{words['none']}</p>"


def _moves(proposal: Proposal, words: dict[str, str], lang: str) -> str:
    change = proposal.change
    if change is None or not change.moves:
        return f"<p>{words['nobody']}</p>"
    names = list(change.total)
    head = "".join(f"<th>{words[key]}</th>" for key in ("block", "from", "to"))
    head += "".join(f'<th class="number">{escape(_name(name, lang))}</th>' for name in names)
    rows = "".join(
        f"<tr><td>{escape(move.block)}</td><td>{escape(move.before or '')}</td>"
        f"<td>{escape(move.after or '')}</td>"
        + "".join(f'<td class="number">{move.held[name]:,g}</td>' for name in names)
        + "</tr>"
        for move in change.moves[:MOST_MOVES]
    )
    left = len(change.moves) - MOST_MOVES
    more = f'<p class="note">{words["more"].format(count=left)}</p>' if left > 0 else ""
    return (
        f'<div class="scroll" tabindex="0"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{more}"
    )


def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")
