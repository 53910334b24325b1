"""Codes of units and how many people are in them."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.coverage.findings import Action, Finding, Fix
from gis.coverage.rules import Kind

if TYPE_CHECKING:
    from gis.coverage.findings import Findings
    from gis.coverage.site import Site
    from gis.partition import Floats

GRID_CODE_DIGITS = 15
_SERIAL_DIGITS = 3
_LOOK_ALIKE = str.maketrans("OoIl|SBZ", "00111582")


def code_findings(site: Site) -> Findings:
    """Name codes that are malformed, used twice, of another parent, or out of order."""
    codes = site.units.codes
    digits = _digits(site)
    malformed = [
        row
        for row, code in enumerate(codes)
        if digits is not None and not _is_well_formed(code, digits)
    ]
    findings = [_malformed(site, row, digits or 0) for row in malformed]
    of_code: dict[str, list[int]] = defaultdict(list)
    for row, code in enumerate(codes):
        of_code[code].append(row)
    twice = {code: rows for code, rows in of_code.items() if len(rows) > 1}
    for rows in twice.values():
        others = [row for row in rows[1:] if site.alike[row] == row]
        if others:  # an outline delivered twice is one finding, the duplicate
            findings.append(_finding(site, Kind.DUPLICATE_CODE, (rows[0], *others)))
    if digits is not None and site.parents is not None:
        findings += _of_other_parents(site, set(malformed), digits)
        findings += _out_of_order(site, set(malformed))
    return findings


def _is_well_formed(code: str, digits: int) -> bool:
    is_number = code.isascii() and code.isdigit() and len(code) == digits
    return is_number and not code.endswith("0" * _SERIAL_DIGITS)


def _malformed(site: Site, row: int, digits: int) -> Finding:
    meant = _meant(site, row, digits)
    found = _finding(site, Kind.MALFORMED_CODE, (row,), detail=str(digits))
    return replace(found, fix=Fix(Action.RENAME, meant)) if meant else found


def _meant(site: Site, row: int, digits: int) -> str | None:
    """
    Tell which code was meant, if only one can have been: None otherwise.

    A letter read for a digit, or one digit too few or too many for the next serial that is free
    in the declared parent.
    """
    code, used, home = site.units.codes[row], set(site.units.codes), int(site.home[row])
    parent = site.parents.codes[home] if site.parents is not None and home >= 0 else ""
    read = unicodedata.normalize("NFKC", code).strip().translate(_LOOK_ALIKE)
    if _is_well_formed(read, digits) and read.startswith(parent) and read not in used:
        return read
    if len(parent) != digits - _SERIAL_DIGITS:
        return None
    serials = {one[len(parent) :] for one in used if _is_well_formed(one, digits)
               and one.startswith(parent)}  # fmt: skip
    last = max(map(int, serials), default=0)
    free = [f"{number:0{_SERIAL_DIGITS}d}" for number in range(1, last + 2)]
    free = [parent + serial for serial in free if serial not in serials]
    meant = [one for one in free[: max(1, len(free) - 1)] if _is_one_off(read, one)]
    return meant[0] if len(meant) == 1 else None


def _is_one_off(one: str, other: str) -> bool:
    """Tell whether one text becomes the other by leaving out one character."""
    short, long = sorted((one, other), key=len)
    return len(long) == len(short) + 1 and any(
        long[:at] + long[at + 1 :] == short for at in range(len(long))
    )


def _digits(site: Site) -> int | None:
    """Say how many digits a code has; None if the file has codes of its own kind."""
    if site.terms.code_digits is not None:
        return site.terms.code_digits
    codes = site.units.codes
    usual = sum(1 for code in codes if len(code) == GRID_CODE_DIGITS and code.isdigit())
    return GRID_CODE_DIGITS if codes and usual * 2 > len(codes) else None


def _of_other_parents(site: Site, malformed: set[int], digits: int) -> Findings:
    assert site.parents is not None  # noqa: S101 - the caller has looked
    prefix = digits - _SERIAL_DIGITS
    found = []
    for row, code in enumerate(site.units.codes):
        home = int(site.home[row])
        if row in malformed or home < 0 or len(site.parents.codes[home]) != prefix:
            continue
        declared = site.units.parent_codes[row] if site.units.parent_codes else None
        if code[:prefix] != site.parents.codes[home] and declared == site.parents.codes[home]:
            found.append(
                _finding(site, Kind.CODE_NOT_OF_PARENT, (row,), detail=site.parents.codes[home])
            )
    return found


def _out_of_order(site: Site, malformed: set[int]) -> Findings:
    """
    Name parents in which serials do not run from west to east and from north to south.

    By columns or by rows, no unit lies both west and north of one with a smaller serial.
    """
    assert site.parents is not None  # noqa: S101 - the caller has looked
    children: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for row, code in enumerate(site.units.codes):
        if row not in malformed and site.home[row] >= 0 and site.polygons[row] is not None:
            children[int(site.home[row])].append((code, row))
    findings = []
    for parent, listed in sorted(children.items()):
        listed.sort()
        middles = shapely.get_coordinates(
            shapely.centroid(site.polygons[[row for _, row in listed]])
        )
        slack = site.terms.serial_slack_m
        late = sum(
            bool(((middles[:i] - middles[i]) * (1, -1) > slack).all(axis=1).any())
            for i in range(len(middles))
        )
        if late:
            rows = tuple(row for _, row in listed)
            code = site.parents.codes[parent]
            findings.append(
                Finding(Kind.SERIAL_ORDER, rows, (code,), None, owners=(code,),
                        detail=str(late), fix=Fix(Action.RENAME))
            )  # fmt: skip
    return findings


def size_findings(site: Site) -> Findings:
    """Name units with fewer or more people or households than agreed; only where a range is."""
    findings = []
    for counts, limits, what in (
        (site.units.residents, site.terms.residents, ("人", "residents")),
        (site.units.households, site.terms.households, ("户", "households")),
    ):
        if limits is None or not len(counts):
            continue
        for row in _outside(counts, limits):
            has, least, most = (f"{number:.0f}" for number in (counts[row], *limits))
            called = site.name(row)
            zh = f"{called}有 {has} {what[0]}，约定为 {least} 至 {most} {what[0]}；请调整边界。"
            en = f"{called} has {has} {what[1]}; agreed are {least} to {most}. Move its border."
            told = _finding(site, Kind.POPULATION, (row,), detail=has)
            findings.append(replace(told, text_zh=zh, text_en=en))
    return findings


def _outside(counts: Floats, limits: tuple[float, float]) -> list[int]:
    return [int(row) for row in np.flatnonzero((counts < limits[0]) | (counts > limits[1]))]


def _finding(site: Site, kind: Kind, rows: tuple[int, ...], detail: str = "") -> Finding:
    shape = site.polygons[rows[0]]
    codes = tuple(site.units.codes[row] for row in rows)
    return Finding(kind, rows, codes, shape, owners=codes[:1], detail=detail)
