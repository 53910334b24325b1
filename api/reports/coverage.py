"""The report of a check or a repair: a map, the findings with their sentences, before and after."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import folium
import numpy as np
import shapely
from shapely.geometry import mapping

from api.maps import offline_map, to_html
from gis.coverage import Severity
from gis.coverage.rules import SEVERITY_ZH
from gis.coverage.screen import POLYGONS
from gis.crs import LonLatBounds
from layers.files.checked import to_degrees
from layers.files.whole import write_whole

if TYPE_CHECKING:
    from gis.coverage import Finding
    from gis.partition import Geometries, Partition
    from layers.files.checked import Checked
    from layers.files.repairing import Mended

HERE = Path(__file__).parent
MOST_GRIDS = 3000  # a page with more is too heavy: only those concerned are drawn
_DECIMALS = 8  # a millimetre
_LINES = {
    "grids": "#8d99a8",
    "parents": "#7a3b6b",
    "frame": "#1d2733",
    "changed_before": "#b3261e",
    "changed_after": "#1b6b3a",
}
_WORDS = {
    "zh": {
        "check": "网格边界检查报告", "repair": "网格边界修补报告", "all": "全部",
        "before": "修补前", "after": "修补后", "fixed": "已修补", "left": "留待人工处理",
        "automatic": "可自动修补", "none": "没有发现问题。", "grids": "网格",
        "parents": "上级边界", "frame": "城区范围", "changed_before": "修补前的网格线",
        "changed_after": "修补后的网格线", "units": "{count} 个网格，坐标系 {crs}",
        "states": "修补前后", "severities": "按程度筛选", "findings": "问题清单", "map": "地图",
    },
    "en": {
        "check": "Check of grid borders", "repair": "Repair of grid borders", "all": "All",
        "before": "Before", "after": "After", "fixed": "mended", "left": "left for a person",
        "automatic": "mends itself", "none": "Nothing was found.", "grids": "grids",
        "parents": "borders of the level above", "frame": "outer limit",
        "changed_before": "grids before the repair", "changed_after": "grids after the repair",
        "units": "{count} grids, coordinates in {crs}", "states": "Before and after",
        "severities": "By severity", "findings": "Findings", "map": "Map",
    },
}  # fmt: skip


def write_report(
    path: Path, checked: Checked, *, lang: str = "zh", mended: Mended | None = None
) -> None:
    """
    Write a report as one HTML file.

    Parameters
    ----------
    checked
        The survey and its findings; those after the repair if there was one.
    lang
        "zh" or "en".
    mended
        The repair, to show before and after.

    Raises
    ------
    NotBuiltError
        If the browser libraries that go into it have not been built.
    WriteError
        If the file cannot be written.
    """
    write_whole(path, make_report(checked, lang=lang, mended=mended))


def make_report(checked: Checked, *, lang: str = "zh", mended: Mended | None = None) -> str:
    """Return the report as a page; see `write_report`."""
    words = _WORDS[lang]
    before = mended.before if mended else checked
    drawn = _drawn(before, checked if mended else None, mended)
    bounds = _bounds([shapes for shapes, _ in drawn.values()])
    city = offline_map(bounds)
    names = {}
    for name, (shapes, properties) in drawn.items():
        layer = _layer(name, shapes, properties)
        layer.add_to(city)
        names[name] = layer.get_name()
    title = words["repair" if mended else "check"]
    content = {
        "map": city.get_name(),
        "layers": names,
        "words": words,
        "mended": mended is not None,
        "bounds": [[bounds.south, bounds.west], [bounds.north, bounds.east]],
        "legend": [[_LINES[name], words[name]] for name in names if name in _LINES],
        "findings": _listed(before, checked if mended else None, lang),
    }
    root: Any = city.get_root()  # a branca Figure, typed as any element
    root.html.add_child(folium.Element(_panel(before, title, words, mended=mended is not None)))
    root.html.add_child(folium.Element(_scripts(content)))
    root.header.add_child(folium.Element(f"<style>{_read('coverage.css')}</style>"))
    return to_html(city, lang="zh-CN" if lang == "zh" else "en", title=title)


Drawn = dict[str, tuple["Geometries", list[dict[str, Any]]]]


def _drawn(before: Checked, after: Checked | None, mended: Mended | None) -> Drawn:
    """List the layers of the map: shapes in degrees and what the page has to know of each."""
    survey = before.survey
    drawn: Drawn = {}
    changed = set(mended.changed_rows) if mended else set()
    rows = [row for row in _rows_to_draw(before) if row not in changed]
    drawn["grids"] = _outlines(survey.units, rows)
    if survey.parents is not None and len(survey.parents) <= MOST_GRIDS:
        drawn["parents"] = _outlines(survey.parents, range(len(survey.parents)))
    if survey.frame is not None:
        frame = np.array([survey.frame], object)
        drawn["frame"] = to_degrees(frame, survey.units.crs), [{}]
    if mended is not None:
        new_row = {row: number for number, row in enumerate(mended.kept)}
        drawn["changed_before"] = _outlines(survey.units, sorted(changed))
        still = [new_row[row] for row in sorted(changed) if row in new_row]
        drawn["changed_after"] = _outlines(mended.repaired.partition, still)
    drawn["ground_before"] = _grounds(before)
    if after is not None:
        drawn["ground_after"] = _grounds(after)
    return drawn


def _rows_to_draw(checked: Checked) -> list[int]:
    units = checked.survey.units
    if len(units) <= MOST_GRIDS:
        return list(range(len(units)))
    named = {
        row for finding in checked.findings if finding.layer == "grids" for row in finding.rows
    }
    return sorted(named)[:MOST_GRIDS]


def _outlines(units: Partition, rows: Any) -> tuple[Geometries, list[dict[str, Any]]]:  # noqa: ANN401 - any iterable of numbers
    listed = list(rows)
    shapes = units.geometries[listed].copy()
    shapes[~np.isin(shapely.get_type_id(shapes), POLYGONS)] = None
    called = [{"name": units.name(row), "code": units.codes[row]} for row in listed]
    return to_degrees(shapes, units.crs), called


def _grounds(checked: Checked) -> tuple[Geometries, list[dict[str, Any]]]:
    keys = [
        {"key": finding.key, "severity": finding.severity.value} for finding in checked.findings
    ]
    return checked.shapes, keys


def _bounds(layers: list[Geometries]) -> LonLatBounds:
    shapes = np.concatenate(layers)
    there = shapes[~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)]
    if not len(there):
        return LonLatBounds(73.0, 18.0, 135.0, 54.0)
    west, south, east, north = shapely.total_bounds(there).tolist()
    return LonLatBounds(west, south, east, north)


def _layer(name: str, shapes: Geometries, properties: list[dict[str, Any]]) -> folium.GeoJson:
    features = [
        {"type": "Feature", "properties": about, "geometry": mapping(_rounded(shape))}
        for shape, about in zip(shapes, properties, strict=True)
        if shape is not None and not shape.is_empty
    ]
    return folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        name=name,
        style_function=_style_of(name),
        marker=folium.CircleMarker(radius=0),
        interactive=False,
    )


def _rounded(shape: Any) -> Any:  # noqa: ANN401 - Shapely's stubs
    return shapely.transform(shape, lambda xy: xy.round(_DECIMALS))


def _style_of(name: str) -> Any:  # noqa: ANN401 - as Folium types it
    if name.startswith("ground"):
        colours = {"blocking": "#b3261e", "warning": "#9a5b00", "note": "#2f5f9e"}

        def style(feature: dict[str, Any]) -> dict[str, Any]:
            colour = colours[feature["properties"]["severity"]]
            return {"color": colour, "weight": 1.5, "fillColor": colour, "fillOpacity": 0.35}

        return style
    weights = {"grids": 1, "parents": 2.5, "frame": 3}
    plain = {"color": _LINES[name], "weight": weights.get(name, 2), "fill": False}
    return lambda _: plain


def _listed(before: Checked, after: Checked | None, lang: str) -> list[dict[str, Any]]:
    """List the findings of the page, those that only the repaired file has last."""
    left = {finding.key for finding in (after or before).findings}
    known = {finding.key for finding in before.findings}
    listed = [_told(finding, lang, left=finding.key in left) for finding in before.findings]
    return listed + [
        {**_told(finding, lang, left=True), "new": True}
        for finding in (after.findings if after else ())
        if finding.key not in known
    ]


def _told(finding: Finding, lang: str, *, left: bool) -> dict[str, Any]:
    zh = lang == "zh"
    severity = SEVERITY_ZH[finding.severity] if zh else finding.severity.value
    name = finding.rule.name_zh if zh else finding.rule.name_en
    return {
        "key": finding.key,
        "severity": finding.severity.value,
        "name": f"{severity} · {name}",
        "text": finding.text_zh if zh else finding.text_en,
        "automatic": finding.fix.automatic,
        "left": left,
        "at": None if finding.lon is None or finding.lat is None
        else [round(finding.lon, _DECIMALS), round(finding.lat, _DECIMALS)],
    }  # fmt: skip


def _panel(before: Checked, title: str, words: dict[str, str], *, mended: bool) -> str:
    survey = before.survey
    units = words["units"].format(count=len(survey.units), crs=survey.source.crs)
    return (
        '<main class="report"><header>'
        f"<h1>{escape(title)}</h1><p>{escape(survey.delivered.path.name)}: {escape(units)}</p>"
        f"{_states(words) if mended else ''}{_severities(words)}</header>"
        f'<ul class="findings" aria-label="{words["findings"]}"></ul></main>'
    )


def _states(words: dict[str, str]) -> str:
    buttons = "".join(
        f'<button type="button" data-state="{state}">{words[state]}</button>'
        for state in ("before", "after")
    )
    return f'<div class="bar" role="group" aria-label="{words["states"]}">{buttons}</div>'


def _severities(words: dict[str, str]) -> str:
    zh = words is _WORDS["zh"]
    named = {one.value: SEVERITY_ZH[one] if zh else one.value for one in Severity}
    buttons = f'<button type="button" data-severity="all">{words["all"]} '
    buttons += '<span class="count"></span></button>'
    for severity, word in named.items():
        buttons += (
            f'<button type="button" data-severity="{severity}">'
            f'<span class="dot {severity}"></span>{word} <span class="count"></span></button>'
        )
    return f'<div class="bar" role="group" aria-label="{words["severities"]}">{buttons}</div>'


def _scripts(content: dict[str, Any]) -> str:
    told = json.dumps(content, ensure_ascii=False).replace("</", r"<\/")
    return (
        f'<script type="application/json" id="report-content">{told}</script>'
        f"<script>{_read('coverage.js')}</script>"
    )


def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")
