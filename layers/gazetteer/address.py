"""An address taken apart: where in the city, the name, and the numbers behind it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from layers.gazetteer.words import NUMBER, is_latin, normalise, to_number

_PROVINCE = re.compile(r"^[一-鿿]{2,3}省(?:[一-鿿]{2,3}市(?=[一-鿿]{2,3}[市县区]))?")
_DASHED = re.compile(
    r"^(?P<name>.*?[^0-9-])?\s?(?P<b>[0-9]+)(?:[-#](?P<e>[0-9]+))?(?:-(?P<r>[0-9]+))?$"
)
_SAID = re.compile(
    rf"""^(?P<name>.*?)
    (?:(?P<b>{NUMBER}|[a-z])\s?(?:号?楼|号?栋|号?幢|号?座|\#楼?|号(?!院|楼)))
    (?:\s?(?P<e>{NUMBER})\s?(?:单元|门))?
    (?:\s?(?P<f>{NUMBER})\s?(?:层|楼))?
    (?:\s?-?(?P<r>{NUMBER})\s?(?:室|户|号|房)?)?$""",
    re.VERBOSE,
)
_ENTRANCE = re.compile(rf"^(?P<name>.*?)(?P<e>{NUMBER})单元(?P<r>.*)$")


@dataclass(frozen=True, slots=True)
class Address:
    """
    What an address says.

    `within` are the names of the subdistrict and community it begins with, `name` the compound,
    street or landmark, `number` that of the building or of the door plate, None where nothing is
    said. `is_plate` if the number was said as a plain 号, as a door plate is.
    """

    name: str
    within: tuple[str, ...] = ()
    number: str | None = None
    entrance: int | None = None
    room: str | None = None
    is_plate: bool = False

    @property
    def is_spelled(self) -> bool:
        """Whether the name is in letters: pinyin or initials."""
        return is_latin(self.name)


def parse(text: str, *, city: str = "", divisions: frozenset[str] = frozenset()) -> Address:
    """
    Take an address apart.

    Parameters
    ----------
    text
        As typed or heard: `太和桥小区3号楼2单元`, `三号楼二单元`, `3-2-301`, `thqxq 3`.
    city
        The city's name; it and what is above it may stand in front and say nothing.
    divisions
        Normalised names of subdistricts and communities that may stand before the name.

    References
    ----------
    GB/T 23705-2009 as cited: division + street or compound + building and further.
    """
    rest, within = _without_divisions(normalise(text), city, divisions)
    for form in (_SAID, _DASHED):
        found = form.match(rest)
        if found is not None:
            return _address(found, within)
    found = _ENTRANCE.match(rest)
    if found is not None and found["name"]:
        return Address(_name(found["name"]), within, entrance=to_number(found["e"]))
    return Address(_name(rest), within)


def _address(found: re.Match[str], within: tuple[str, ...]) -> Address:
    groups = found.groupdict()
    number = groups["b"]
    value = to_number(number)
    entrance, room = groups.get("e"), groups.get("r")
    behind = found.string[found.end("b") :].lstrip()
    return Address(
        _name(groups["name"] or ""),
        within,
        number=str(value) if value is not None else number,
        entrance=to_number(entrance) if entrance else None,
        room=room or None,
        is_plate=behind == "号",
    )


def _name(text: str) -> str:
    text = text.strip(" -的")
    return re.sub(r"[\s']", "", text) if is_latin(text) else text


def _without_divisions(
    text: str, city: str, divisions: frozenset[str]
) -> tuple[str, tuple[str, ...]]:
    """Take province, city, subdistrict and community off the front, unless nothing is left."""
    text = _cut(text, _PROVINCE.match(text))
    for name in filter(None, (city, city.rstrip("市县区"))):
        if text.startswith(name) and len(text) > len(name):
            text = text[len(name) :]
            break
    within: list[str] = []
    longest = max(map(len, divisions), default=0)
    while True:
        for size in range(min(longest, len(text) - 1), 2, -1):
            if text[:size] in divisions and not _is_part_of_a_word(text, size):
                within.append(text[:size])
                text = text[size:]
                break
        else:
            return text, tuple(within)


def _cut(text: str, found: re.Match[str] | None) -> str:
    return text[found.end() :] if found and found.end() < len(text) else text


def _is_part_of_a_word(text: str, size: int) -> bool:
    """Tell whether what follows belongs to the name: 府学街社区 + 第3网格, + 党群服务中心."""
    return text[size:].startswith(("第", "党", "服务", "居委", "居民", "卫生"))
