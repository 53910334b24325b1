"""Folium maps as one HTML file that needs no network: what every report shares."""

import base64
import re
from pathlib import Path
from typing import Any

import folium

from gis.crs import LonLatBounds
from gis.errors import JingweiError

VENDOR = Path(__file__).parent / "static" / "vendor" / "leaflet"
_LINK = re.compile(
    r'<script src="([^"]+)">\s*</script>|<link rel="stylesheet" href="([^"]+)"\s*/?>'
)
_LOADED = re.compile(r'<(?:script|link|img|iframe|source)\b[^>]*(?:src|href)="(?:https?:)?//[^"]+"')
_IMAGE = re.compile(r"url\((images/[\w.-]+)\)")


class NotBuiltError(JingweiError):
    """The browser libraries that reports carry inside have not been built."""


def offline_map(bounds: LonLatBounds) -> folium.Map:
    """
    Return an empty map over a box in degrees, without background tiles or remote files.

    Folium names its libraries by address on other hosts; here Leaflet alone is named, and
    `to_html` puts it into the page.
    """
    west, south, east, north = bounds
    city = folium.Map(tiles=None, control_scale=True, prefer_canvas=True)
    city.default_js = [("leaflet", "leaflet.js")]
    city.default_css = [("leaflet_css", "leaflet.css")]
    city.fit_bounds([[south, west], [north, east]])
    return city


def to_html(city: folium.Map, *, lang: str, title: str) -> str:
    """
    Return the map as a page that holds everything it shows.

    Raises
    ------
    NotBuiltError
        If the pages were not built.
    JingweiError
        If a part of the map names a file that is not among ours.
    """
    root: Any = city.get_root()  # a branca Figure, typed as any element
    root.header.add_child(folium.Element(f"<title>{_escape(title)}</title>"), name="title")
    page = _LINK.sub(_inline, root.render())
    page = page.replace("<html>", f'<html lang="{lang}">', 1)
    left = _LOADED.search(page)  # a link to follow, as in Leaflet's own words, loads nothing
    if left:
        raise JingweiError(f"the report would ask another host: {left.group()}")
    return page


def _inline(link: re.Match[str]) -> str:
    script, style = link.groups()
    if script:
        code = _read(script).replace("</script", r"<\/script")
        return f"<script>{code}</script>"
    return f"<style>{_IMAGE.sub(_embed, _read(style))}</style>"


def _embed(image: re.Match[str]) -> str:
    content = base64.b64encode(_file(image.group(1)).read_bytes()).decode()
    return f"url(data:image/png;base64,{content})"


def _read(name: str) -> str:
    return _file(name).read_text(encoding="utf-8")


def _file(name: str) -> Path:
    file = VENDOR / name
    if not VENDOR.is_dir():
        raise NotBuiltError("the pages are not built: run scripts/ensure, then try again")
    if not file.resolve().is_relative_to(VENDOR.resolve()) or not file.is_file():
        raise JingweiError(f"the report asks for {name!r}, which is not among our own files")
    return file


def _escape(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
