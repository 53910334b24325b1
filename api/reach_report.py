"""The report on whom the service centres reach: one page that needs no network."""

from html import escape

import folium
import numpy as np
import shapely

from api.maps import offline_map, to_html
from gis.crs import LonLatBounds
from layers.reach import OFF_ROAD_M, Reach

TIERS = {
    ("any", False): ("任一中心（白天）", "any centre, by day"),
    ("regional", False): ("片区中心", "regional centres"),
    ("community", False): ("社区中心", "community centres"),
    ("any", True): ("夜间开放的中心", "centres open at night"),
}
COLOURS = {15: "#c6dbef", 10: "#6baed6", 5: "#2171b5"}
STYLE = """
<style>
 body{margin:0;font:16px/1.5 system-ui,"Noto Sans CJK SC",sans-serif;color:#111}
 .folium-map{position:relative!important;width:100%!important;height:60vh!important}
 main{max-width:60rem;margin:0 auto;padding:1rem} table{border-collapse:collapse;margin:.5rem 0}
 th,td{border:1px solid #888;padding:.2rem .6rem;text-align:right} td:first-child{text-align:left}
 caption{text-align:left;font-weight:bold} .mark{background:#fff3cd;padding:.5rem}
</style>"""


def make_report(found: Reach, *, synthetic: bool) -> str:
    """
    Return the report as a page in Chinese and English.

    Raises
    ------
    NotBuiltError
        If the browser libraries it carries inside have not been built.
    """
    west, south, east, north = shapely.union_all([*found.areas.values()]).bounds
    city = offline_map(LonLatBounds(west, south, east, north))
    for minutes in sorted(found.areas, reverse=True):
        colour = COLOURS[minutes]
        folium.GeoJson(
            found.areas[minutes].__geo_interface__,
            name=f"{minutes} min",
            style_function=lambda _, colour=colour: {
                "color": colour, "weight": 1, "fillColor": colour, "fillOpacity": 0.5,
            },
        ).add_to(city)  # fmt: skip
    for centre in found.centres:
        folium.CircleMarker(
            [centre.lat, centre.lon],
            radius=9 if centre.kind == "regional" else 5,
            color="#a50f15",
            fill=True,
            fill_opacity=0.9,
            tooltip=escape(centre.name),
        ).add_to(city)
    page = to_html(city, lang="zh-CN", title="服务中心步行可达 · Reach of the service centres")
    return page.replace("</head>", f"{STYLE}</head>", 1).replace(
        "</body>", f"{_words(found, synthetic=synthetic)}</body>", 1
    )


def _words(found: Reach, *, synthetic: bool) -> str:
    total = int(found.homes.people.sum())
    lost = found.people(~np.isfinite(found.near.first_cost))
    mark = "合成示例数据，不代表实际情况。Synthetic sample, not a description of the real place."
    return f"""<main>
<h1>服务中心步行可达 <span lang="en">Reach of the service centres on foot</span></h1>
{f'<p class="mark">{mark}</p>' if synthetic else ""}
<p>共 {total:,} 人。距离按步行路网计算，不是直线；没有路径的 {lost:,} 人不计入任何范围。
步速 1.2 米/秒，60 岁以上按 0.8 米/秒；过主干路每次等候 20 秒。图中浅、中、深蓝为
15、10、5 分钟范围（道路两侧 {OFF_ROAD_M:.0f} 米内，不跨河）。
“夜间”指 {found.at_night:%H:%M} 开放的中心。</p>
<p lang="en">{total:,} people. Distances go by the walking network; the {lost:,} people without a
path are within no limit. 1.2 m/s, people of 60 and over 0.8 m/s; 20 s for each crossing of a main
road. Light to dark blue: within 15, 10, 5 minutes, {OFF_ROAD_M:.0f} m beside paths, never across
a river. At night: what is open at {found.at_night:%H:%M}.</p>
{_bands(found)}
<ul>
<li>最近的中心在另一街道（服务跨区） <span lang="en">nearest centre in another subdistrict</span>:
 {found.people(found.abroad):,}</li>
<li>直线近而步行远（有阻隔：河、墙、门） <span lang="en">near by the straight line, far on foot
 (a river, wall or gate between)</span>: {found.people(found.detour):,}</li>
</ul>
{_sites(found)}
{_loads(found)}
</main>"""


def _bands(found: Reach) -> str:
    rows = "".join(
        f"<tr><td>{' '.join(TIERS[b.tier, b.by_night])}<td>{b.limit} {b.unit}"
        f"<td>{b.people:,}<td>{b.people_share:.1%}<td>{b.older:,}<td>{b.older_share:.1%}"
        for b in found.bands
    )
    return (
        "<table><caption>覆盖人口 People within reach</caption><tr><th>中心 Centres<th>范围 Within"
        f"<th>人 People<th>占比<th>60+<th>占比</tr>{rows}</table>"
    )


def _sites(found: Reach) -> str:
    median, cover, sites = found.median, found.cover, found.homes.sites

    def named(rows: np.ndarray) -> str:
        return "、".join(escape(sites[row]) for row in rows) or "—"

    return (
        "<table><caption>新增选址 New sites</caption><tr><th>方法<th>今天 Today<th>新增后 With them"
        "<th>选址 Sites (buildings)<th>gap</tr>"
        f"<tr><td>平均步行距离 p-median<td>{median.today:.0f} m<td>{median.then:.0f} m"
        f"<td>{named(median.chosen)}<td>{median.gap:.1%}"
        f"<tr><td>300 米内人口 maximal covering<td>{cover.today:,.0f}<td>{cover.then:,.0f}"
        f"<td>{named(cover.chosen)}<td>{cover.gap:.1%}</table>"
    )


def _loads(found: Reach) -> str:
    names = {centre.code: centre.name for centre in found.centres}
    rows = "".join(
        f"<tr><td>{escape(names[load.code])}<td>{load.people:,}<td>{load.older:,}"
        f"<td>{load.capacity:,}{'*' if load.by_standard else ''}<td>{load.ratio:.0%}"
        for load in sorted(found.loads, key=lambda one: -one.ratio)
    )
    return (
        "<table><caption>各中心负荷 Load: people whose nearest centre it is</caption><tr>"
        "<th>中心 Centre<th>人 People<th>60+<th>容量 Capacity<th>负荷 Load</tr>"
        f"{rows}</table><p>* 未登记容量，按 GB 50180-2018 上限 "
        '<span lang="en">no capacity on record: the upper figure of GB 50180-2018</span></p>'
    )
