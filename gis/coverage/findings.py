"""A finding: what is wrong, where, how large, whose, and what would mend it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import shapely
from shapely import Point

from gis.coverage.rules import RULES, Kind, Rule, Severity

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry


class Action(StrEnum):
    """What mends a finding."""

    GIVE = "give"  # ground of nobody to a unit
    TAKE = "take"  # ground of several away from all but one
    MOVE = "move"  # ground of one to another
    CLIP = "clip"  # ground outside the frame away
    INSERT_VERTEX = "insert_vertex"
    UNCROSS = "uncross"  # the ring
    CONVERT = "convert"  # coordinates to the datum they are labelled with
    SET_PARENT = "set_parent"
    RENAME = "rename"
    DROP_COPY = "drop_copy"
    ASK = "ask"  # only a person can tell


@dataclass(frozen=True, slots=True)
class Fix:
    """
    A proposed fix.

    `to` is the code of the unit that receives or keeps the ground, or the new code or parent code;
    `to_row` the row of that unit. If not `automatic` a person has to accept it: it would change
    more than the agreed width, drop a row, change a code, or rest on a guess. Action ASK proposes
    nothing.
    """

    action: Action
    to: str | None = None
    to_row: int | None = None
    automatic: bool = False


ASK = Fix(Action.ASK)


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One thing that is wrong.

    Parameters
    ----------
    kind
        Which rule was broken; `rule`, `rule_id` and `severity` follow.
    layer
        "grids", or "parents" for the level above.
    rows, codes
        The units concerned, in the order delivered: row numbers and codes. For buildings and
        compounds the codes of these come first and rows are those of the grids.
    geometry
        The faulty ground, line or point, in metres of the planar CRS; None if there is none.
    area_m2, width_m
        Its size; the width is the diameter of the largest circle inside. None where senseless.
    owners
        Codes of those whose ground it is or should be; empty if nobody can say.
    lon, lat
        A point on it, degrees CGCS2000; None without geometry.
    text_zh, text_en
        What, where, how large, whose, what to do: for a planner.
    detail
        A value the sentence needs: the code that was found, a count.
    fix
        What would mend it.
    """

    kind: Kind
    rows: tuple[int, ...]
    codes: tuple[str, ...]
    geometry: BaseGeometry | None
    area_m2: float | None = None
    width_m: float | None = None
    owners: tuple[str, ...] = ()
    lon: float | None = None
    lat: float | None = None
    text_zh: str = ""
    text_en: str = ""
    detail: str = ""
    fix: Fix = ASK
    layer: str = "grids"

    @property
    def rule(self) -> Rule:
        """The rule that was broken."""
        return RULES[self.kind]

    @property
    def rule_id(self) -> str:
        """Stable number of the rule, for example JW-C10."""
        return self.rule.id

    @property
    def severity(self) -> Severity:
        """What it means for publishing."""
        return self.rule.severity

    @property
    def key(self) -> str:
        """
        Name of this finding, the same in every run on the same file: to accept it by.

        Made of rule, units and place to the metre, so it does not change when other faults go.
        """
        place = self.place
        at = "" if place is None else f"{place.x:.0f},{place.y:.0f}"
        told = "|".join([self.layer, self.rule_id, *self.codes, at])
        return f"{self.rule_id}-{hashlib.sha256(told.encode()).hexdigest()[:8]}"

    @property
    def place(self) -> Point | None:
        """A point on the faulty ground, in metres."""
        if self.geometry is None or self.geometry.is_empty:
            return None
        return shapely.point_on_surface(self.geometry)


Findings = list[Finding]
