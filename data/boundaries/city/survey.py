"""The survey as delivered: the grids of the city on their way to being spoilt."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely import LineString, Polygon, STRtree

from gis.datum import wgs84_to_gcj02

from .faults import SEED, Fault, lens, shared_line, with_vertex
from .ground import DEGREE_DECIMALS, Floats, polygon_of, to_degrees
from .records import Codes, Layer

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from .drawing import Drawing

SHIFTED_COMMUNITY = "141182001013"
WIDE_KINDS = frozenset({"building_in_no_grid", "compound_cut", "exclave", "invalid_ring"})


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
        self.dotted: dict[str, LineString] = {}
        self.faults: list[Fault] = []
        self._houses = STRtree([building.polygon for building in drawing.buildings])
        self.near: dict[str, set[str]] = defaultdict(set)
        order = sorted(self.clean)
        tree = STRtree([self.clean[code] for code in order])
        for a, b in zip(
            *tree.query([self.clean[code] for code in order], "touches").tolist(), strict=True
        ):
            self.near[order[a]].add(order[b])
        self.used = {code for code in order if code.startswith(SHIFTED_COMMUNITY)}
        self.used |= {other for code in sorted(self.used) for other in self.near[code]}
        rng = np.random.default_rng(SEED)
        self.order = [str(code) for code in rng.permutation(order)]

    def pairs(self, *, same_community: bool) -> list[tuple[str, str, LineString]]:
        """List untouched neighbours with the line they share."""
        found = []
        for one in self.order:
            for two in sorted(self.near[one]):
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
        """Keep a fault and leave its grids alone from now on; around a large one the next too."""
        self.faults.append(fault)
        codes = {code for code in fault.grid_codes if code in self.near}
        self.used |= codes
        if fault.kind in WIDE_KINDS:
            self.used |= {other for code in codes for other in self.near[code]}

    def lens_on_a_border(
        self, width_m: float, *, same_community: bool = True
    ) -> tuple[str, str, Polygon]:
        """
        Find a border with room for a lens of a width, inside the second of the two grids.

        Raises
        ------
        LookupError
            If no free border has room.
        """
        for one, two, line in self.pairs(same_community=same_community):
            inside = self.clean[two]
            for side in (1.0, -1.0):
                ground = lens(line, width_m, side=side)
                if ground is None or not inside.covers(ground) or self.is_built(ground):
                    continue
                if inside.exterior.intersection(ground).length < ground.length / 2 + 0.5:
                    return one, two, ground
        raise LookupError(f"no border has room for a lens of {width_m} m: change the seed")


def _shifted(shape: BaseGeometry) -> BaseGeometry:
    """Leave degrees in GCJ-02 under the label of CGCS2000."""

    def move(points: Floats) -> Floats:
        lon, lat = wgs84_to_gcj02(points[:, 0], points[:, 1])
        rounded: Floats = np.column_stack([lon, lat]).round(DEGREE_DECIMALS)
        return rounded

    return shapely.transform(shape, move)


def shift_sheet(survey: Survey) -> list[str]:
    """Note the sheet that was delivered in another datum, and name its grids."""
    sheet = sorted(code for code in survey.clean if code.startswith(SHIFTED_COMMUNITY))
    whole = shapely.coverage_union_all([survey.clean[code] for code in sheet])
    survey.note(
        Fault(
            "shifted_sheet",
            sheet,
            whole.representative_point(),
            "整幅图误把 GCJ-02 坐标当作 CGCS2000，约偏移 560 米",
            "The whole sheet is in GCJ-02 but labelled CGCS2000, about 560 m off",
            whole.area,
        )
    )
    return sheet


def delivered_grids(survey: Survey, clean: Layer, sheet: list[str]) -> Layer:
    """Write the spoilt grids in the order of the clean ones, doubled ones twice."""
    spoilt = Layer("grids")
    for properties, _ in clean.rows:
        code = properties["code"]
        shape = to_degrees(survey.grids[code])
        if code in survey.dotted:
            # In degrees, so that the vertex lies on the border to a tenth of a millimetre.
            piece = LineString(to_degrees(survey.dotted[code]).coords)
            shape, _ = with_vertex(polygon_of(shape), piece, DEGREE_DECIMALS)
        if code in sheet:
            shape = _shifted(shape)
        told: dict[str, Any] = {
            **properties,
            "code": survey.shown[code],
            "community_code": survey.parents[code],
        }
        spoilt.rows.extend([(told, shape)] * (1 + survey.twice.count(code)))
    return spoilt


def faults_table(faults: list[Fault]) -> list[dict[str, Any]]:
    """List faults by kind, numbered, with places in degrees."""
    found = []
    for number, fault in enumerate(
        sorted(faults, key=lambda fault: (fault.kind, fault.grid_codes)), 1
    ):
        place = shapely.get_coordinates(to_degrees(fault.place))[0].tolist()
        found.append(
            {
                "id": f"F{number:02d}",
                "kind": fault.kind,
                "grid_codes": fault.grid_codes,
                "point": place,
                "area_m2": None if fault.area_m2 is None else round(fault.area_m2, 2),
                "width_m": fault.width_m,
                "note_zh": fault.note_zh,
                "note_en": fault.note_en,
                **fault.more,
            }
        )
    return found
