"""The survey as delivered: the grids of the same city with the faults surveyors leave in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from shapely import LineString, Point, Polygon, STRtree
from shapely.geometry.base import BaseGeometry

from gis.datum import wgs84_to_gcj02

from .drawing import Drawing
from .faults import Fault, crossed, give, halves, lens, shared_line, take, with_vertex
from .ground import Floats, to_degrees
from .records import Codes, Layer

SEED = 2023
SHIFTED_COMMUNITY = "141182001013"
GAPS_M = (1.2, 3.0, 7.5, 16.0)
SLIVER_GAPS_M = (0.05, 0.15, 0.4)
OVERLAPS_M = (1.5, 4.0, 9.0, 18.0)
SLIVER_OVERLAPS_M = (0.06, 0.2, 0.45)


class Survey:
    """Grids being spoilt, one fault at a time, each at grids no other fault has touched."""

    def __init__(self, drawing: Drawing, codes: Codes) -> None:
        """Start from the clean grids in local metres."""
        self.drawing, self.codes = drawing, codes
        self.grids: dict[str, BaseGeometry] = {
            code: drawing.grids[key] for key, code in codes.grid.items()
        }
        self.clean: dict[str, Polygon] = {
            code: drawing.grids[key] for key, code in codes.grid.items()
        }
        self.parents = {code: code[:12] for code in self.grids}
        self.shown = {code: code for code in self.grids}
        self.twice: list[str] = []
        self.faults: list[Fault] = []
        self._houses = STRtree([building.polygon for building in drawing.buildings])
        self._near: dict[str, set[str]] = defaultdict(set)
        order = sorted(self.clean)
        tree = STRtree([self.clean[code] for code in order])
        for a, b in zip(
            *tree.query([self.clean[code] for code in order], "touches").tolist(), strict=True
        ):
            self._near[order[a]].add(order[b])
        self.used = {code for code in order if code.startswith(SHIFTED_COMMUNITY)}
        self.used |= {other for code in sorted(self.used) for other in self._near[code]}
        rng = np.random.default_rng(SEED)
        self.order = [str(code) for code in rng.permutation(order)]

    def pairs(self, *, same_community: bool) -> list[tuple[str, str, LineString]]:
        """List untouched neighbours with the line they share."""
        found = []
        for one in self.order:
            for two in sorted(self._near[one]):
                if {one, two} & self.used or (one[:12] == two[:12]) != same_community:
                    continue
                line = shared_line(self.clean[one], self.clean[two])
                if line is not None and line.length > 60.0:
                    found.append((one, two, line))
        return found

    def is_built(self, ground: BaseGeometry) -> bool:
        """Tell whether a building stands on some ground."""
        return bool(len(self._houses.query(ground, "intersects")))

    def note(self, fault: Fault) -> None:
        """Keep a fault and leave its grids, and those around, alone from now on."""
        self.faults.append(fault)
        codes = [code for code in fault.grid_codes if code in self._near]
        self.used |= set(codes) | {other for code in codes for other in self._near[code]}

    def slice(
        self,
        kind: str,
        width_m: float,
        apply: Callable[[str, str, Polygon], None],
        zh: str,
        en: str,
    ) -> None:
        """Put a lens of a width on the first border that has room for it."""
        for one, two, line in self.pairs(same_community=kind != "crosses_parent"):
            for side in (1.0, -1.0):
                ground = lens(line, width_m, side=side)
                if ground is None or not self.clean[two].covers(ground) or self.is_built(ground):
                    continue
                if self.clean[two].exterior.intersection(ground).length > ground.length / 2 + 0.5:
                    continue
                apply(one, two, ground)
                self.note(
                    Fault(
                        kind,
                        [one, two],
                        ground.representative_point(),
                        zh,
                        en,
                        ground.area,
                        width_m,
                    )
                )
                return
        raise LookupError(f"no border has room for a {kind} of {width_m} m: change the seed")


def _gap(survey: Survey) -> Callable[[str, str, Polygon], None]:
    def apply(_: str, two: str, ground: Polygon) -> None:
        survey.grids[two] = take(survey.clean[two], ground)

    return apply


def _overlap(survey: Survey) -> Callable[[str, str, Polygon], None]:
    def apply(one: str, _: str, ground: Polygon) -> None:
        survey.grids[one] = give(survey.clean[one], ground)

    return apply


def _handover(survey: Survey) -> Callable[[str, str, Polygon], None]:
    def apply(one: str, two: str, ground: Polygon) -> None:
        survey.grids[one] = give(survey.clean[one], ground)
        survey.grids[two] = take(survey.clean[two], ground)

    return apply


def gaps_and_overlaps(survey: Survey) -> None:
    """Draw one border twice, apart or across, in many widths."""
    for width in GAPS_M:
        survey.slice(
            "gap",
            width,
            _gap(survey),
            f"两网格之间留有约{width}米宽的空隙",
            f"A gap {width} m wide between two grids",
        )
    for width in SLIVER_GAPS_M:
        survey.slice(
            "sliver_gap",
            width,
            _gap(survey),
            f"共用边界重绘不一致，空隙宽约{width}米",
            f"The border was drawn twice, {width} m apart",
        )
    for width in OVERLAPS_M:
        survey.slice(
            "overlap",
            width,
            _overlap(survey),
            f"两网格重叠约{width}米宽",
            f"Two grids overlap, {width} m wide",
        )
    for width in SLIVER_OVERLAPS_M:
        survey.slice(
            "sliver_overlap",
            width,
            _overlap(survey),
            f"共用边界重绘不一致，重叠宽约{width}米",
            f"The border was drawn twice, {width} m across",
        )
    for width in (28.0, 45.0):
        survey.slice(
            "crosses_parent",
            width,
            _handover(survey),
            "网格越过所属社区的边界",
            "The grid reaches over the border of its community",
        )


def unmatched_vertices(survey: Survey, count: int = 4) -> None:
    """Set a vertex on one side of a border only: no ground is lost, but moving it would tear."""
    for _ in range(count):
        one, two, line = survey.pairs(same_community=True)[0]
        survey.grids[one], place = with_vertex(survey.clean[one], line)
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


def cut_compounds(survey: Survey, count: int = 3) -> None:
    """Lead a grid line through compounds, as when a map of the walls was missing."""
    done = 0
    rows = [
        row for row, (_, _, kind) in sorted(survey.drawing.compounds.items()) if kind == "walled"
    ]
    for row in np.random.default_rng(SEED).permutation(rows).tolist():
        ground = survey.drawing.blocks[row].polygon
        home = survey.codes.grid[survey.drawing.grid_of[row]]
        for other in sorted(survey._near[home]):
            line = shapely.intersection(ground, survey.clean[other])
            if {home, other} & survey.used or home[:12] != other[:12] or line.length < 40.0:
                continue
            part = halves(ground, survey.clean[other])
            if part is None or not 0.25 < part.area / ground.area < 0.75:
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
                part.area,
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
            survey.grids[owner] = shapely.MultiPolygon([survey.clean[owner], block.polygon])
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
        others = sorted({other[:12] for other in survey._near[code]} - {code[:12]})
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
    for spoil in (lambda code: code[:-1], lambda code: code[:-3] + "O" + code[-2:]):
        code = next(code for code in survey.order if code not in survey.used)
        survey.shown[code] = spoil(code)
        fault = Fault(
            "malformed_code",
            [survey.shown[code]],
            survey.clean[code].representative_point(),
            "网格代码位数不对或含字母",
            "The grid code has a wrong length or a letter in it",
        )
        fault.more["true_code"] = code
        survey.note(fault)
        survey.used |= {code} | survey._near[code]


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


def _shifted(shape: BaseGeometry) -> BaseGeometry:
    """Leave degrees in GCJ-02 under the label of CGCS2000."""

    def move(points: Floats) -> Floats:
        lon, lat = wgs84_to_gcj02(points[:, 0], points[:, 1])
        return np.round(np.column_stack([lon, lat]), 9)

    return shapely.transform(shape, move)


def deliver(drawing: Drawing, codes: Codes, layers: list[Layer]) -> tuple[list[Layer], list[Fault]]:
    """
    Spoil the grids and give back the layers of the survey with the list of its faults.

    Returns
    -------
    layers, faults
        faulty grids beside the clean frame, subdistricts and communities; the truth.
    """
    survey = Survey(drawing, codes)
    cross_a_ring(survey)
    exclave(survey)
    cut_compounds(survey)
    leave_out_buildings(survey)
    gaps_and_overlaps(survey)
    unmatched_vertices(survey)
    clerical(survey)
    sheet = sorted(code for code in survey.clean if code.startswith(SHIFTED_COMMUNITY))
    whole = shapely.coverage_union_all([survey.clean[code] for code in sheet])
    place = Point(whole.representative_point())
    survey.faults.append(
        Fault(
            "shifted_sheet",
            sheet,
            place,
            "整幅图误把 GCJ-02 坐标当作 CGCS2000，约偏移 560 米",
            "The whole sheet is in GCJ-02 but labelled CGCS2000, about 560 m off",
            whole.area,
        )
    )
    clean = next(layer for layer in layers if layer.name == "grids")
    spoilt = Layer("grids")
    for properties, _ in clean.rows:
        code = properties["code"]
        shape = to_degrees(survey.grids[code])
        if code in sheet:
            shape = _shifted(shape)
        told: dict[str, Any] = {
            **properties,
            "code": survey.shown[code],
            "community_code": survey.parents[code],
        }
        for _ in range(1 + survey.twice.count(code)):
            spoilt.rows.append((told, shape))
    kept = [layer for layer in layers if layer.name in {"frame", "subdistricts", "communities"}]
    return [*kept, spoilt], survey.faults


def faults_table(faults: list[Fault]) -> list[dict[str, Any]]:
    """List faults by kind, numbered, with places in degrees."""
    found = []
    for number, fault in enumerate(
        sorted(faults, key=lambda fault: (fault.kind, fault.grid_codes)), 1
    ):
        place = to_degrees(fault.place)
        found.append(
            {
                "id": f"F{number:02d}",
                "kind": fault.kind,
                "grid_codes": fault.grid_codes,
                "point": [round(place.x, 9), round(place.y, 9)],
                "area_m2": None if fault.area_m2 is None else round(fault.area_m2, 2),
                "width_m": fault.width_m,
                "note_zh": fault.note_zh,
                "note_en": fault.note_en,
                **fault.more,
            }
        )
    return found
