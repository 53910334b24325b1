"""Service regions, centres and officers: role names only, numbers that cannot ring."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from .names import community_english, english, pinyin
from .records import Codes, Layer, region_code
from .sketch import rows

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from .drawing import Drawing

# No local number in China begins with 0, so 0358 (Lüliang) 000-xxxx reaches nobody.
PHONE = "0358-000-{:04d}"
REGIONAL = {
    "141182001": ("建昌文体中心", "24/7"),
    "141182002": ("市文化馆", "24/7"),
    "141182003": ("市老干部活动中心", "Mo-Su 08:00-21:00"),
}
OFFICE_HOURS = (
    "Mo-Fr 08:30-12:00,14:30-18:00; PH off",
    "Mo-Fr 08:30-12:00,14:30-18:00; Sa 09:00-12:00; PH off",
    "Mo-Su 08:30-12:00,14:30-18:00; PH off",
)
SERVICES = {
    "party": ("党员服务", "Party members"),
    "civil_affairs": ("民政办理", "Civil affairs"),
    "social_security": ("社保医保", "Social and medical insurance"),
    "certificates": ("证明开具", "Certificates"),
    "mediation": ("矛盾调解", "Mediation"),
    "elder_care": ("养老助餐", "Care and meals for older people"),
    "child_care": ("儿童之家", "Children"),
    "reading": ("图书阅览", "Reading room"),
    "volunteers": ("志愿服务", "Volunteers"),
    "dispatch": ("网格调度", "Grid dispatch"),
    "legal_aid": ("法律咨询", "Legal advice"),
}
BASIC = ["party", "civil_affairs", "social_security", "certificates"]
EXTRA = ["mediation", "elder_care", "child_care", "reading", "volunteers", "legal_aid"]


def service_regions() -> list[dict[str, Any]]:
    """List the three service regions with their regional centres."""
    return [
        {
            "code": region_code(row["nbs_code_2023"]),
            "name": f"{row['name'].removesuffix('街道')}片区",
            "name_en": f"{pinyin(row['name'].removesuffix('街道'))} Service Region",
            "centre_code": f"{row['nbs_code_2023']}-P00",
        }
        for row in rows("subdistricts.csv")
    ]


def centres(drawing: Drawing, codes: Codes, layers: list[Layer]) -> Layer:
    """List 3 regional and 38 community centres as points inside their buildings."""
    houses = next(layer for layer in layers if layer.name == "buildings")
    found = Layer("centres")
    by_title: dict[str, tuple[dict[str, Any], BaseGeometry]] = {}
    titles = {codes.building[row]: building.title for row, building in enumerate(drawing.buildings)}
    for properties, shape in houses.rows:
        by_title.setdefault(titles[properties["code"]], (properties, shape))
    for number, (subdistrict, (place, hours)) in enumerate(sorted(REGIONAL.items()), 1):
        properties, shape = by_title[place]
        region = next(
            row["name"] for row in rows("subdistricts.csv") if row["nbs_code_2023"] == subdistrict
        )
        short = region.removesuffix("街道")
        found.add(
            shape.representative_point(),
            code=f"{subdistrict}-P00",
            name=f"{short}片区党群服务中心（{place}）",
            name_en=f"{pinyin(short)} Regional Service Centre ({english(place)})",
            kind="regional",
            region_code=region_code(subdistrict),
            community_code=properties["community_code"],
            opening_hours=hours,
            services=sorted(SERVICES),
            phone=PHONE.format(9000 + number),
            step_free=True,
            address=properties["address"],
        )
    for number, community in enumerate(drawing.communities, 1):
        properties, shape = by_title[f"{community.name}党群服务中心"]
        extra = [code for place, code in enumerate(EXTRA) if (number * 7 + place * 5) % 3 != 0]
        found.add(
            shape.representative_point(),
            code=f"{community.code}-P01",
            name=f"{community.name}党群服务中心",
            name_en=f"{community_english(community.name)} Service Centre",
            kind="community",
            region_code=region_code(community.subdistrict_code),
            community_code=community.code,
            opening_hours=OFFICE_HOURS[number % 3],
            services=sorted([*BASIC, *extra]),
            phone=PHONE.format(8000 + number),
            step_free=number % 4 != 1,
            address=properties["address"],
        )
    return found.ordered()


def officers(layers: list[Layer]) -> list[dict[str, Any]]:
    """Give each grid one officer by role; the next grid's officer of the community stands in."""
    grids = next(layer for layer in layers if layer.name == "grids").rows
    per: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for properties, _ in grids:
        per[properties["community_code"]].append(properties)
    shapes = {properties["code"]: shape for properties, shape in grids}
    found = []
    for number, (properties, shape) in enumerate(grids, 1):
        own = [grid["code"] for grid in per[properties["community_code"]]]
        if len(own) > 1:
            stand_in = own[(own.index(properties["code"]) + 1) % len(own)]
        else:
            others = [code for code in shapes if code not in own]
            stand_in = max(others, key=lambda code: (shape.intersection(shapes[code]).length, code))
        found.append(
            {
                "code": f"{properties['code']}-G01",
                "role_name": f"{properties['name']} 网格员",
                "role_name_en": f"Grid officer, {properties['name_en']}",
                "grid_code": properties["code"],
                "duty_line": PHONE.format(number),
                "stand_in_code": f"{stand_in}-G01",
            }
        )
    return found
