"""What the gazetteer knows: named places with their names of every kind, buildings below them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapely.geometry.base import BaseGeometry


class NameKind(StrEnum):
    """What sort of name it is."""

    OFFICIAL = "official"  # 标准名称
    COLLOQUIAL = "colloquial"  # 俗称
    FORMER = "former"  # 旧名
    SHORT = "short"  # 简称


KIND_ZH = {
    NameKind.OFFICIAL: "标准名称",
    NameKind.COLLOQUIAL: "俗称",
    NameKind.FORMER: "旧名",
    NameKind.SHORT: "简称",
}


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """
    One named place.

    Parameters
    ----------
    kind
        subdistrict, community, grid, centre, compound, street, building (one with a name of its
        own: a school, a shop with a door plate).
    code, name, name_en
        As stored; `code` is that of the first piece where a street comes in several.
    geometry
        In metres of the planar system of the version.
    others
        Further names and their kinds.
    within
        Name of the community it lies in.
    around
        Normalised names of its community and subdistrict.
    buildings
        By number or letter (`3`, `a`) the building entries of a compound, by number the door
        plates of a street.
    """

    kind: str
    code: str
    name: str
    geometry: BaseGeometry
    name_en: str | None = None
    others: tuple[tuple[str, NameKind], ...] = ()
    within: str | None = None
    around: frozenset[str] = frozenset()
    buildings: Mapping[str, Entry] = field(default_factory=dict)

    def names(self) -> tuple[tuple[str, NameKind], ...]:
        """Return all names, the official one first."""
        return ((self.name, NameKind.OFFICIAL), *self.others)
