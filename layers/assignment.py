"""From a declared point to the responsible grid, with the reason in words."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gis.crs import check_lonlat
from gis.datum import Datum, point_to_cgcs2000
from gis.errors import CodeError
from gis.locator import How, Location, Neighbour
from layers.boundaries import CityMap, Unit
from layers.models import Block, Building, Queue, VersionBlock

KM = 1000.0
SAME_PLACE_M = 0.001  # a millimetre: below what any survey resolves
OUTSIDE = ("城市外界", "the outside")
BY_BUILDING = "building"  # found by the building that was named, not by the point


@dataclass(frozen=True, slots=True)
class Reason:
    """Why this grid, in a sentence one can read to the caller."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class BuildingPlace:
    """A named building and the grid it belongs to in one version."""

    code: str
    address: str
    grid_code: str | None


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where a point is and which grid must answer for it."""

    lon: float
    lat: float
    how: str
    grid: Unit | None
    community: Unit | None
    subdistrict: Unit | None
    border_distance_m: float
    nearest: Neighbour | None
    neighbours: tuple[Neighbour, ...]
    reason: Reason

    @property
    def queue(self) -> Queue:
        """Who acts next: the grid, or the dispatch centre when no grid was found."""
        return Queue.DISPATCH if self.grid is None else Queue.GRID


def assign(
    city: CityMap, lon: float, lat: float, datum: Datum, building: BuildingPlace | None = None
) -> Assignment:
    """
    Assign a point, given in degrees in its declared datum, to the responsible grid.

    A named building wins over the point; if the two disagree the reason says so.

    Raises
    ------
    CoordinateError
        If the point is not finite, out of range, or lon and lat look swapped.
    """
    check_lonlat(lon, lat, city.bounds)
    there = point_to_cgcs2000(lon, lat, datum)
    found = city.locator.locate_one(*there)
    if building is not None and building.grid_code is not None:
        return _by_building(city, there, found, building, building.grid_code)
    return _describe(city, there, found, str(found.how.value), found.code, _reason(city, found))


def get_building(session: Session, city: CityMap, code: str) -> BuildingPlace:
    """
    Return a building and its grid in the version of `city`.

    The grid is that of the building's block; without a block, that of a point inside it.

    Raises
    ------
    CodeError
        If there is no such building.
    """
    row = session.execute(
        select(
            Building.address,
            Building.name,
            VersionBlock.grid_code,
            func.ST_X(func.ST_PointOnSurface(Building.geom)),
            func.ST_Y(func.ST_PointOnSurface(Building.geom)),
        )
        .outerjoin(Block, Block.code == Building.block_code)
        .outerjoin(
            VersionBlock,
            (VersionBlock.block_id == Block.id) & (VersionBlock.version_id == city.version.id),
        )
        .where(Building.code == code)
    ).one_or_none()
    if row is None:
        raise CodeError(f"there is no building {code!r}: leave it out, or find its code by search")
    address, name, grid_code, lon, lat = row
    return BuildingPlace(code, address or name, grid_code or city.locator.find(lon, lat))


def _by_building(
    city: CityMap,
    there: tuple[float, float],
    found: Location,
    building: BuildingPlace,
    grid_code: str,
) -> Assignment:
    grid = city.grids[grid_code]
    zh = f"报告指明楼宇「{building.address}」，它属于{grid.name}。"
    en = f"The report names the building {building.address}, which belongs to {_en(grid)}."
    if found.code != grid_code:
        other = city.grids.get(found.code or "")
        zh += f"但坐标落在{other.name if other else '所有网格之外'}，与楼宇不一致，请核对。"
        en += f" The point lies in {_en(other) if other else 'no grid'} instead: please check."
    return _describe(city, there, found, BY_BUILDING, grid_code, Reason(zh, en))


def _describe(
    city: CityMap,
    there: tuple[float, float],
    found: Location,
    how: str,
    grid_code: str | None,
    reason: Reason,
) -> Assignment:
    nearest = (
        Neighbour(found.nearest, found.nearest_distance_m) if found.nearest is not None else None
    )
    return Assignment(
        lon=there[0],
        lat=there[1],
        how=how,
        grid=city.grids[grid_code] if grid_code else None,
        community=city.community_of(grid_code) if grid_code else None,
        subdistrict=city.subdistrict_of(grid_code) if grid_code else None,
        border_distance_m=found.border_distance_m,
        nearest=nearest,
        neighbours=tuple(near for near in found.neighbours if near.code != grid_code),
        reason=reason,
    )


def _reason(city: CityMap, found: Location) -> Reason:
    if found.how is How.OUTSIDE or found.code is None:
        return _outside(city, found)
    grid = city.grids[found.code]
    if found.how is How.EDGE:
        touching = [n for n in found.neighbours if n.distance_m < SAME_PLACE_M]
        shared_zh, shared_en = _names(_units(city, touching)) if touching else OUTSIDE
        return Reason(
            f"该点正好在{grid.name}与{shared_zh}的边界线上；按规则归编码在前的{grid.name}。",
            f"The point is exactly on the border of {_en(grid)} and {shared_en}; "
            f"by rule it goes to the code that sorts first, {_en(grid)}.",
        )
    if found.how is How.GAP:
        return Reason(
            f"该点不在任何网格内，落在网格之间的空隙；最近的{grid.name}相距"
            f"{_zh(found.nearest_distance_m)}，按规则归它，请核对边界。",
            f"The point is in a gap between grids; the nearest, {_en(grid)}, is "
            f"{_en_distance(found.nearest_distance_m)} away and answers by rule. "
            "Please check the border.",
        )
    return _inside(grid, _units(city, found.neighbours), found.border_distance_m)


def _inside(grid: Unit, others: list[Unit], border_m: float) -> Reason:
    zh = f"该点在{grid.name}范围内，距边界{_zh(border_m)}。"
    en = f"The point is inside {_en(grid)}, {_en_distance(border_m)} from its border."
    if others:
        near_zh, near_en = _names(others)
        zh += f"离边界很近，对面是{near_zh}，请向来电人核实位置。"
        en += f" Close to the border with {near_en}: confirm the place with the caller."
    return Reason(zh, en)


def _outside(city: CityMap, found: Location) -> Reason:
    zh, en = "该点不在任何网格内", "The point is in no grid"
    if found.nearest is not None:
        near = city.grids[found.nearest]
        zh += f"，最近的是{near.name}，相距{_zh(found.nearest_distance_m)}"
        en += f"; the nearest is {_en(near)}, {_en_distance(found.nearest_distance_m)} away"
    return Reason(
        f"{zh}。已转调度中心人工处理。",
        f"{en}. It goes to the dispatch centre, to be sorted by hand.",
    )


def _units(city: CityMap, neighbours: Iterable[Neighbour]) -> list[Unit]:
    return [city.grids[near.code] for near in neighbours]


def _names(units: list[Unit]) -> tuple[str, str]:
    return "、".join(u.name for u in units), ", ".join(_en(u) for u in units)


def _en(unit: Unit) -> str:
    return unit.name_en or unit.name


def _metres(distance_m: float) -> str:
    digits = 1 if distance_m < 10 else 0  # noqa: PLR2004  decimetres matter only close by
    return f"{distance_m:.{digits}f}"


def _zh(distance_m: float) -> str:
    return f"{distance_m / 1000:.1f} 公里" if distance_m >= KM else f"{_metres(distance_m)} 米"


def _en_distance(distance_m: float) -> str:
    return f"{distance_m / 1000:.1f} km" if distance_m >= KM else f"{_metres(distance_m)} m"
