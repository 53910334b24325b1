"""Spoiling the survey: every kind of fault, put where there is room for it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon

from .faults import SEED, Fault, crossed, give, halves, longest_piece, take
from .survey import Survey, delivered_grids, shift_sheet

if TYPE_CHECKING:
    from .drawing import Drawing
    from .records import Codes, Layer

GAPS_M = (1.2, 3.0, 7.5, 16.0)
SLIVER_GAPS_M = (0.05, 0.15, 0.4)
OVERLAPS_M = (1.5, 4.0, 9.0, 18.0)
SLIVER_OVERLAPS_M = (0.06, 0.2, 0.45)
CROSSINGS_M = (28.0, 45.0)


def _sliced(survey: Survey, kind: str, width_m: float, zh: str, en: str) -> None:
    """Draw one border a second time, a width off: apart, across, or over another community."""
    one, two, ground = survey.lens_on_a_border(width_m, same_community=kind != "crosses_parent")
    if kind in {"gap", "sliver_gap", "crosses_parent"}:
        survey.grids[two] = take(survey.clean[two], ground)
    if kind in {"overlap", "sliver_overlap", "crosses_parent"}:
        survey.grids[one] = give(survey.clean[one], ground)
    place = ground.representative_point()
    survey.note(Fault(kind, [one, two], place, zh, en, ground.area, width_m))


def redraw_borders(survey: Survey) -> None:
    """Draw borders twice, in many widths; the widest first, as they need most room."""
    for width in CROSSINGS_M:
        zh, en = "网格越过所属社区的边界", "The grid reaches over the border of its community"
        _sliced(survey, "crosses_parent", width, zh, en)
    for width in GAPS_M:
        zh, en = f"两网格之间留有约{width}米宽的空隙", f"A gap {width} m wide between two grids"
        _sliced(survey, "gap", width, zh, en)
    for width in OVERLAPS_M:
        zh, en = f"两网格重叠约{width}米宽", f"Two grids overlap, {width} m wide"
        _sliced(survey, "overlap", width, zh, en)
    for width in SLIVER_GAPS_M:
        zh = f"共用边界重绘不一致，空隙宽约{width}米"
        _sliced(survey, "sliver_gap", width, zh, f"The border was drawn twice, {width} m apart")
    for width in SLIVER_OVERLAPS_M:
        zh = f"共用边界重绘不一致，重叠宽约{width}米"
        _sliced(
            survey, "sliver_overlap", width, zh, f"The border was drawn twice, {width} m across"
        )


def unmatched_vertices(survey: Survey, count: int = 4) -> None:
    """Set a vertex on one side of a border only: no ground is lost, but moving it would tear."""
    for _ in range(count):
        one, two, line = survey.pairs(same_community=True)[0]
        survey.dotted[one] = longest_piece(line)
        place = survey.dotted[one].interpolate(0.55, normalized=True)
        survey.note(
            Fault(
                "unmatched_vertex",
                [one, two],
                place,
                "共用边上一侧多一个折点",
                "A vertex on one side of a shared edge only",
                0.0,
                0.0,
            )
        )


def _rounds_a_border(part: Polygon, ground: Polygon, home: Polygon) -> bool:
    """Tell whether a cut ends on the outline of the grid, where a rounded vertex would tear it."""
    old = {tuple(point) for point in shapely.get_coordinates(ground).round(2).tolist()}
    new = [p for p in shapely.get_coordinates(part).round(2).tolist() if tuple(p) not in old]
    return home.exterior.distance(shapely.MultiPoint(new)) < 0.05


def cut_compounds(survey: Survey, count: int = 3) -> None:
    """Lead a grid line through compounds, as when a map of the walls was missing."""
    done = 0
    rows = [
        row
        for row, (_, _, kind) in sorted(survey.drawing.compounds.items())
        if kind in {"walled", "open"}
    ]
    for row in np.random.default_rng(SEED).permutation(rows).tolist():
        ground = survey.drawing.blocks[row].polygon
        home = survey.codes.grid[survey.drawing.grid_of[row]]
        for other in sorted(survey.near[home]):
            line = shapely.intersection(ground, survey.clean[other])
            if {home, other} & survey.used or home[:12] != other[:12] or line.length < 25.0:
                continue
            part = halves(ground, survey.clean[other])
            if part is None or not 0.2 < part.area / ground.area < 0.8:
                continue
            if _rounds_a_border(part, ground, survey.clean[home]):
                continue
            grown = shapely.union(survey.clean[other], part, grid_size=0.01)
            left = shapely.difference(survey.clean[home], part, grid_size=0.01)
            if not (isinstance(grown, Polygon) and isinstance(left, Polygon)):
                continue
            survey.grids[other], survey.grids[home] = grown, left
            code = survey.codes.compound[row]
            fault = Fault(
                "compound_cut",
                [home, other],
                part.representative_point(),
                "网格线从小区中间穿过",
                "A grid line runs through a compound",
                grown.intersection(ground).area,
            )
            fault.more["compound_code"] = code
            survey.note(fault)
            done += 1
            break
        if done == count:
            return
    raise LookupError("too few compounds lie on a free border: change the seed")


def leave_out_buildings(survey: Survey, count: int = 3) -> None:
    """Forget a built-up block, so that its buildings are in no grid."""
    people: dict[int, list[int]] = defaultdict(list)
    for row, building in enumerate(survey.drawing.buildings):
        people[building.block].append(row)
    done = 0
    for row in np.random.default_rng(SEED + 1).permutation(sorted(people)).tolist():
        block = survey.drawing.blocks[row]
        home = survey.codes.grid[survey.drawing.grid_of[row]]
        if (
            home in survey.used
            or block.polygon.area > 9000.0
            or block.use not in {"old", "compound"}
        ):
            continue
        left = shapely.difference(survey.clean[home], block.polygon, grid_size=0.01)
        if not isinstance(left, Polygon) or left.area < 2 * block.polygon.area:
            continue
        survey.grids[home] = left
        fault = Fault(
            "building_in_no_grid",
            [home],
            block.polygon.representative_point(),
            "整块用地漏划，楼宇不属于任何网格",
            "A block was forgotten: its buildings are in no grid",
            block.polygon.area,
        )
        fault.more["building_codes"] = sorted(survey.codes.building[house] for house in people[row])
        fault.more["block_code"] = survey.codes.block[row]
        survey.note(fault)
        done += 1
        if done == count:
            return
    raise LookupError("too few small built-up blocks are free: change the seed")


def exclave(survey: Survey) -> None:
    """Book a block in the middle of another grid to a grid it does not touch."""
    for row, block in enumerate(survey.drawing.blocks):
        host = survey.codes.grid[survey.drawing.grid_of[row]]
        if (
            host in survey.used
            or block.use not in {"compound", "old"}
            or block.polygon.area < 3000.0
        ):
            continue
        for owner in sorted(survey.clean):
            apart = owner[:12] == host[:12] and owner != host and owner not in survey.used
            if not apart or survey.clean[owner].distance(block.polygon) < 60.0:
                continue
            left = shapely.difference(survey.clean[host], block.polygon, grid_size=0.01)
            if not isinstance(left, Polygon):
                continue
            survey.grids[host] = left
            survey.grids[owner] = MultiPolygon([survey.clean[owner], block.polygon])
            fault = Fault(
                "exclave",
                [owner, host],
                block.polygon.representative_point(),
                "网格有一块飞地，位于另一网格之内",
                "Part of the grid lies apart, inside another grid",
                block.polygon.area,
            )
            fault.more["block_code"] = survey.codes.block[row]
            survey.note(fault)
            return
    raise LookupError("no grid can take an exclave: change the seed")


def clerical(survey: Survey) -> None:
    """Make the faults of the table, not of the drawing."""
    free = [code for code in survey.order if code not in survey.used]
    doubled = free[0]
    survey.twice.append(doubled)
    place = survey.clean[doubled].representative_point()
    survey.note(
        Fault(
            "duplicate",
            [doubled],
            place,
            "同一网格录入两次",
            "The same grid was delivered twice",
            survey.clean[doubled].area,
        )
    )
    for code in [code for code in survey.order if code not in survey.used]:
        others = sorted({other[:12] for other in survey.near[code]} - {code[:12]})
        if others:
            survey.parents[code] = others[0]
            fault = Fault(
                "wrong_parent",
                [code],
                survey.clean[code].representative_point(),
                "所属社区代码填错",
                "The community code is another one's",
            )
            fault.more.update(given_parent=others[0], true_parent=code[:12])
            survey.note(fault)
            break
    for too_short in (True, False):
        code = next(code for code in survey.order if code not in survey.used)
        survey.shown[code] = code[:-1] if too_short else code[:-3] + "O" + code[-2:]
        fault = Fault(
            "malformed_code",
            [survey.shown[code]],
            survey.clean[code].representative_point(),
            "网格代码位数不对或含字母",
            "The grid code has a wrong length or a letter in it",
        )
        fault.more["true_code"] = code
        survey.note(fault)
        survey.used |= {code} | survey.near[code]


def cross_a_ring(survey: Survey) -> None:
    """Let one ring cross itself on the outer limit."""
    outer = survey.drawing.frame.exterior
    for code in survey.order:
        if code in survey.used or survey.clean[code].exterior.intersection(outer).length < 200.0:
            continue
        spoilt = crossed(survey.clean[code])
        if spoilt is not None and outer.distance(spoilt[1]) < 0.02:
            survey.grids[code], place = spoilt
            survey.note(
                Fault(
                    "invalid_ring",
                    [code],
                    place,
                    "边界线自相交（两个折点顺序颠倒）",
                    "The outline crosses itself: two vertices are swapped",
                )
            )
            return
    raise LookupError("no ring on the outer limit can cross itself: change the seed")


def deliver(drawing: Drawing, codes: Codes, layers: list[Layer]) -> tuple[list[Layer], list[Fault]]:
    """
    Spoil the grids and give back the layers of the survey with the list of its faults.

    Returns
    -------
    layers, faults
        faulty grids beside the clean frame, subdistricts and communities; the truth.
    """
    survey = Survey(drawing, codes)
    sheet = shift_sheet(survey)
    cut_compounds(survey)
    cross_a_ring(survey)
    exclave(survey)
    leave_out_buildings(survey)
    redraw_borders(survey)
    unmatched_vertices(survey)
    clerical(survey)
    clean = next(layer for layer in layers if layer.name == "grids")
    kept = [layer for layer in layers if layer.name in {"frame", "subdistricts", "communities"}]
    return [*kept, delivered_grids(survey, clean, sheet)], survey.faults
