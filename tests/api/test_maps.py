"""Maps in one file: everything they show is inside, and a part from elsewhere is refused."""

import re

import folium
import pytest

from api.maps import offline_map, to_html
from gis.crs import LonLatBounds
from gis.errors import JingweiError

BOUNDS = LonLatBounds(111.7, 37.2, 111.8, 37.3)


def test_a_page_loads_nothing_and_holds_its_libraries() -> None:
    page = to_html(offline_map(BOUNDS), lang="zh-CN", title="一 < 二")
    assert not re.findall(r'<(?:script|link|img)\b[^>]*(?:src|href)="', page)
    assert "leaflet" in page
    assert "<title>一 &lt; 二</title>" in page
    assert '<html lang="zh-CN">' in page


def test_a_part_that_would_ask_another_host_is_refused() -> None:
    city = offline_map(BOUNDS)
    city.get_root().header.add_child(  # type: ignore[attr-defined]  # a branca Figure
        folium.Element('<link href="https://elsewhere.example/a.css" rel="preload">')
    )
    with pytest.raises(JingweiError, match="another host"):
        to_html(city, lang="en", title="x")


def test_a_library_that_is_not_ours_is_refused() -> None:
    city = offline_map(BOUNDS)
    city.default_js = [*city.default_js, ("other", "../../other.js")]
    with pytest.raises(JingweiError, match="not among our own"):
        to_html(city, lang="en", title="x")
