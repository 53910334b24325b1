"""Coordinates as people paste them: pairs, GeoURIs, links shared from map programs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from gis.datum import Datum

if TYPE_CHECKING:
    from collections.abc import Callable

_NUMBER = r"[-+]?\d{1,3}(?:\.\d+)?"
_PAIR = re.compile(rf"(?<![A-Za-z\d.])({_NUMBER})\s*°?\s*[,，;；/\s]\s*({_NUMBER})\s*°?(?![\d.])")
_SEXAGESIMAL = re.compile(
    r"""(?P<before>[NSEW北南东西])?\s*(?P<d>\d{1,3})\s*[°度]\s*(?P<m>\d{1,2})\s*['′分]\s*
    (?:(?P<s>\d{1,2}(?:\.\d+)?)\s*(?:["″秒]|''))?\s*(?P<after>[NSEW])?""",
    re.VERBOSE,
)
_GEO = re.compile(rf"^geo:({_NUMBER}),({_NUMBER})", re.IGNORECASE)
_LINK = re.compile(r"https?://\S+")
_LATITUDES = 90.0
# What people write beside a pair, and the datum it means.
_HINTS = (
    (Datum.GCJ02, ("高德", "腾讯", "微信", "火星", "gcj", "amap")),
    (Datum.BD09, ("百度", "bd09", "bd-09", "baidu")),
    (Datum.CGCS2000, ("cgcs2000", "天地图", "国家2000", "大地2000")),
    (Datum.WGS84, ("wgs", "gps", "北斗")),
)


@dataclass(frozen=True, slots=True)
class Pasted:
    """A pair in degrees, the datum if the text tells it, and what told it."""

    lon: float
    lat: float
    datum: Datum | None = None
    told_by: str = ""


def read_coordinates(text: str) -> Pasted | None:
    """
    Read a pasted position; None if the text holds none.

    A link or GeoURI says its datum. A bare pair does not: `datum` stays None unless a word beside
    it tells. Which number is the longitude is told by size; both below 90 is taken as lon, lat.

    References
    ----------
    RFC 5870 (geo: is lat, lon in WGS 84); the URI interfaces of Amap (position = lon, lat),
    Baidu (location = lat, lng in BD-09 unless coord_type says otherwise) and Tencent
    (coord: lat, lng), as their documents described them.
    """
    geo = _GEO.match(text.strip())
    if geo is not None:
        return Pasted(float(geo[2]), float(geo[1]), Datum.WGS84, "GeoURI")
    link = _LINK.search(text)
    if link is not None:
        return _of_link(link[0])
    pair = _sexagesimal(text) or _pair(text)
    if pair is None:
        return None
    lowered = text.lower()
    for datum, words in _HINTS:
        for word in words:
            if word in lowered:
                return Pasted(*pair, datum, word)
    return Pasted(*pair)


def _pair(text: str) -> tuple[float, float] | None:
    found = _PAIR.search(text)
    if found is None or "." not in found[0]:
        return None
    return _lon_first(float(found[1]), float(found[2]))


def _lon_first(one: float, other: float) -> tuple[float, float]:
    return (other, one) if abs(other) > _LATITUDES >= abs(one) else (one, other)


def _sexagesimal(text: str) -> tuple[float, float] | None:
    parts = [*_SEXAGESIMAL.finditer(text.upper())]
    if len(parts) != 2:  # noqa: PLR2004  a pair
        return None
    values = []
    for part in parts:
        value = int(part["d"]) + int(part["m"]) / 60 + float(part["s"] or 0) / 3600
        side = part["before"] or part["after"] or ""
        values.append((-value if side in set("SW南西") else value, side))
    (one, side), (other, _) = values
    if side and side in "NS北南":
        return other, one
    return _lon_first(one, other)


# ---- links -----------------------------------------------------------------------------------


def _of_link(link: str) -> Pasted | None:
    parts = urlsplit(link)
    host = parts.hostname or ""
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    for name, read in _READERS.items():
        if host == name or host.endswith(f".{name}"):
            return read(asked)
    return None


def _amap(asked: dict[str, str]) -> Pasted | None:
    datum = Datum.WGS84 if asked.get("coordinate") == "wgs84" else Datum.GCJ02
    for name, is_lon_first in (("position", True), ("lnglat", True), ("q", False), ("p", False)):
        found = _PAIR.search(unquote(asked.get(name, "")))
        if found is not None:
            one, other = float(found[1]), float(found[2])
            lon, lat = (one, other) if is_lon_first else (other, one)
            return Pasted(lon, lat, datum, "高德地图链接")
    return None


def _baidu(asked: dict[str, str]) -> Pasted | None:
    datums = {"gcj02": Datum.GCJ02, "wgs84": Datum.WGS84}
    datum = datums.get(asked.get("coord_type", ""), Datum.BD09)
    found = _PAIR.search(asked.get("location") or asked.get("latlng") or "")
    if found is None:
        return None
    return Pasted(float(found[2]), float(found[1]), datum, "百度地图链接")


def _tencent(asked: dict[str, str]) -> Pasted | None:
    told = asked.get("marker") or asked.get("coord") or asked.get("pointx", "")
    if "pointy" in asked:
        told = f"{asked['pointy']},{told}"
    found = _PAIR.search(told)
    if found is None:
        return None
    return Pasted(float(found[2]), float(found[1]), Datum.GCJ02, "腾讯地图链接")


_READERS: dict[str, Callable[[dict[str, str]], Pasted | None]] = {
    "amap.com": _amap,
    "gaode.com": _amap,
    "map.baidu.com": _baidu,
    "map.qq.com": _tencent,
}
