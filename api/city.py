"""The city at a glance, its grids one by one, and vector tiles."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response, status

from api.deps import AtlasDep, SessionDep, StateDep
from api.errors import NotFoundError
from api.schemas import Answer, OfficerOut, Text, UnitOut, VersionOut
from gis.crs import LonLatBounds
from layers.cases.case_types import CASE_TYPES
from layers.census import count_city, get_grid

router = APIRouter(tags=["city"])
SYNTHETIC = Text(
    zh="合成示例数据：名称、编码与轮廓为真实公开资料，其余边界、楼宇、人口与电话均为虚构。",
    en="Synthetic sample: names, codes and the outline are real and public; all other "
    "boundaries, buildings, counts and phone numbers are made up.",
)
DISPATCH_CENTRE = Text(zh="城市党建网格调度中心", en="City grid dispatch centre")
MVT = "application/vnd.mapbox-vector-tile"


class Category(Text):
    """A kind of incident."""

    code: str


class DispatchCentre(Text):
    """Who answers when no grid does."""

    duty_line: str | None


class Counts(Answer):
    """How many there are in the version in force."""

    subdistricts: int
    communities: int
    grids: int
    compounds: int
    buildings: int
    households: int
    residents: int


class CityOut(Answer):
    """The city, the version in force and what may be reported."""

    code: str
    name: Text
    synthetic: bool
    synthetic_note: Text | None
    credit: str | None
    review_number: str | None
    bbox: tuple[float, float, float, float]
    version: VersionOut
    counts: Counts
    categories: list[Category]
    dispatch_centre: DispatchCentre


class GridOut(UnitOut):
    """One grid in force: its place in the city, its people by count, its officer."""

    households: int
    residents: int
    residents_60_plus: int
    community: UnitOut
    subdistrict: UnitOut
    bbox: tuple[float, float, float, float]
    officer: OfficerOut | None
    version: VersionOut


@router.get("/city")
def get_city(state: StateDep, session: SessionDep) -> CityOut:
    """Return the city, the boundary version in force and its counts."""
    city = state.atlas.at()
    settings = state.settings
    return CityOut(
        code=city.version.city_code,
        name=Text(
            zh=city.version.city_name, en=city.version.city_name_en or city.version.city_name
        ),
        synthetic=city.version.synthetic,
        synthetic_note=SYNTHETIC if city.version.synthetic else None,
        credit=settings.map_credit,
        review_number=settings.map_review_number,
        bbox=_box(city.bounds),
        version=VersionOut.model_validate(city.version),
        counts=Counts.model_validate(count_city(session, city.version.id)),
        categories=[
            Category(code=code, zh=kind.zh, en=kind.en) for code, kind in CASE_TYPES.items()
        ],
        dispatch_centre=DispatchCentre(
            zh=DISPATCH_CENTRE.zh, en=DISPATCH_CENTRE.en, duty_line=settings.dispatch_line
        ),
    )


@router.get("/grids/{code}", responses={404: {"description": "There is no such grid in force."}})
def get_one_grid(code: str, session: SessionDep, atlas: AtlasDep) -> GridOut:
    """Return one grid of the version in force."""
    city = atlas.at()
    unit = city.grids.get(code)
    grid = get_grid(session, city.version.id, code)
    if unit is None or grid is None:
        raise NotFoundError(f"there is no grid {code!r} in the version in force")
    officer = atlas.roster.on_duty(code, datetime.now(UTC))
    return GridOut(
        **UnitOut.model_validate(unit).model_dump(),
        households=grid.households,
        residents=grid.residents,
        residents_60_plus=grid.residents_60_plus,
        community=UnitOut.model_validate(city.community_of(code)),
        subdistrict=UnitOut.model_validate(city.subdistrict_of(code)),
        bbox=grid.bbox,
        officer=OfficerOut.model_validate(officer) if officer else None,
        version=VersionOut.model_validate(city.version),
    )


@router.get(
    "/tiles/{z}/{x}/{y}.mvt",
    response_class=Response,
    responses={
        200: {"content": {MVT: {}}},
        304: {"description": "The tile has not changed."},
    },
)
def get_tile(
    z: Annotated[int, Path(ge=0, le=20)], x: int, y: int, request: Request, state: StateDep
) -> Response:
    """Return one vector tile (Web Mercator) of the version in force."""
    edition = (state.atlas.at().version.id, state.atlas.places_edition)
    with state.sessions() as session:  # connects only when the tile must be drawn
        tile = state.tiles.get(session, edition, z, x, y)
    headers = {"ETag": f'"{tile.tag}"', "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    return Response(tile.content, media_type=MVT, headers=headers)


def _box(bounds: LonLatBounds) -> tuple[float, float, float, float]:
    west, south, east, north = bounds
    return west, south, east, north
