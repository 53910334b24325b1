"""What is wrong with grids as they were delivered, for the report of an import."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layers.files.reading import Shapes

_GRID_CODE = re.compile(r"\d{12}(?!000)\d{3}")
_LEAST_M2 = 0.001


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: which rule, whose, a sentence in Chinese and one in English."""

    rule: str
    codes: tuple[str, ...]
    text_zh: str
    text_en: str


def find_faults(codes: Sequence[str], shapes: Shapes) -> list[Fault]:
    """
    Find what is wrong with grids.

    Parameters
    ----------
    codes
        n codes as delivered.
    shapes
        (n,) geometries in metres; None where there is none.
    """
    return [*_code_faults(codes), *_shape_faults(codes, shapes), *_coverage_faults(codes, shapes)]


def _code_faults(codes: Sequence[str]) -> list[Fault]:
    wrong = [
        Fault("malformed_code", (code,), f"网格代码 {code} 不是15位数字",
              f"grid code {code} is not 15 digits")
        for code in codes
        if not _GRID_CODE.fullmatch(code)
    ]  # fmt: skip
    twice = [
        Fault("duplicate_code", (code,), f"网格代码 {code} 出现 {count} 次",
              f"grid code {code} is used {count} times")
        for code, count in Counter(codes).items()
        if count > 1
    ]  # fmt: skip
    return wrong + twice


def _shape_faults(codes: Sequence[str], shapes: Shapes) -> list[Fault]:
    faults = []
    for code, shape in zip(codes, shapes, strict=True):
        if shape is None or shape.is_empty or shape.geom_type not in {"Polygon", "MultiPolygon"}:
            faults.append(
                Fault("broken_geometry", (code,), f"{code} 没有可用的面", f"{code} has no polygon")
            )
        elif not shape.is_valid:
            why = shapely.is_valid_reason(shape)
            faults.append(
                Fault("invalid_ring", (code,), f"{code} 边界线自相交（{why}）",
                      f"the outline of {code} is not valid ({why})")
            )  # fmt: skip
        elif shape.geom_type == "MultiPolygon" and len(shape.geoms) > 1:
            faults.append(
                Fault("exclave", (code,), f"{code} 由 {len(shape.geoms)} 块组成",
                      f"{code} is in {len(shape.geoms)} parts")
            )  # fmt: skip
    return faults


def _coverage_faults(codes: Sequence[str], shapes: Shapes) -> list[Fault]:
    rows = [
        row
        for row, shape in enumerate(shapes)
        if shape is not None and "Polygon" in shape.geom_type and shape.is_valid
    ]
    polygons = np.array([shapes[row] for row in rows], dtype=object)
    faults = []
    tree = shapely.STRtree(polygons)
    first, second = tree.query(polygons, predicate="intersects")
    for i, j in zip(*(part[first < second] for part in (first, second)), strict=True):
        size = shapely.area(shapely.intersection(polygons[i], polygons[j]))
        if size > _LEAST_M2:
            pair = (codes[rows[i]], codes[rows[j]])
            faults.append(
                Fault("overlap", pair, f"{pair[0]} 与 {pair[1]} 重叠 {size:.2f} 平方米",
                      f"{pair[0]} and {pair[1]} overlap by {size:.2f} m²")
            )  # fmt: skip
    together = shapely.union_all(polygons) if len(polygons) else shapely.MultiPolygon()
    for part in shapely.get_parts(together):
        for ring in part.interiors:
            size = shapely.Polygon(ring).area
            near = tuple(sorted(codes[rows[i]] for i in tree.query(ring, predicate="intersects")))
            if size > _LEAST_M2:
                faults.append(
                    Fault("gap", near, f"{'、'.join(near)} 之间有 {size:.2f} 平方米空隙",
                          f"a gap of {size:.2f} m² between {', '.join(near)}")
                )  # fmt: skip
    return faults
