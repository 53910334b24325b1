"""Storing what was prepared: all of it in one transaction, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import shapely
from geoalchemy2.shape import from_shape
from shapely import LineString, MultiLineString, MultiPolygon, Polygon
from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DBAPIError

from gis.crs import planar_crs
from gis.errors import JingweiError
from layers.boundaries import publish
from layers.files.preparing import Prepared, Refused
from layers.models import (
    SRID,
    Base,
    BoundaryVersion,
    Building,
    Community,
    Compound,
    Grid,
    Street,
    Subdistrict,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from geoalchemy2 import WKBElement
    from shapely.geometry.base import BaseGeometry
    from sqlalchemy.orm import Session

    Progress = Callable[[int, int], None]

PLACES: dict[str, type[Base]] = {"compounds": Compound, "buildings": Building, "streets": Street}
CHUNK = 500
USUAL: dict[str, dict[str, Any]] = {  # what a new place is where the file does not say
    "compounds": {"aliases": [], "kind": "walled"},
    "buildings": {"kind": "slab", "floors": 1, "entrances": 1, "households": 0, "residents": 0,
                  "residents_60_plus": 0},
    "streets": {"name": None, "bridge": False, "steps": False},
}  # fmt: skip


class ImportRefusedError(JingweiError):
    """The rows cannot be stored; nothing was written."""


@dataclass(frozen=True, slots=True)
class About:
    """What a boundary version is called and who brought it."""

    author: str
    label: str
    city_name: str | None = None
    scheme: str = "NBS"
    edition: str = "2023"


def store_places(session: Session, prepared: Prepared, progress: Progress | None = None) -> int:
    """
    Store compounds, buildings or streets; a row whose code is there already replaces it.

    Returns
    -------
    taken
        How many rows were stored.

    Raises
    ------
    ImportRefusedError
        If the database refuses a row.
    """
    table = cast("Table", PLACES[prepared.form.layer].__table__)
    empty = dict.fromkeys(name for row in prepared.rows for name in row)
    rows = [
        {**empty, **USUAL[prepared.form.layer], **row, "geom": element(shape)}
        for row, shape in zip(prepared.rows, prepared.shapes, strict=True)
    ]
    given = {"geom", *(name for row in prepared.rows for name in row)} - {"code"}
    for start in range(0, len(rows), CHUNK):
        statement = upsert(table).values(rows[start : start + CHUNK])
        changes = {name: statement.excluded[name] for name in given}
        _run(session, statement.on_conflict_do_update(index_elements=["code"], set_=changes))
        if progress is not None:
            progress(min(start + CHUNK, len(rows)), len(rows))
    return len(rows)


def store_grids(
    session: Session,
    grids: Prepared,
    about: About,
    *,
    parents: tuple[Prepared, Prepared] | None = None,
    publish_from: datetime | None = None,
    progress: Progress | None = None,
) -> BoundaryVersion:
    """
    Store grids as a new boundary version: a draft, or in force from a time on.

    Grids of a community that does not exist are added to `grids.refused` and left out.

    Parameters
    ----------
    parents
        Subdistricts and communities; those of the version in force if not given.
    publish_from
        Put the version in force from then on.

    Raises
    ------
    ImportRefusedError
        If there are no parents, nothing is left to store, the database refuses a row, or the
        version is to be published with refused rows.
    CheckFailedError
        If the grids are to be published and have blocking faults.
    VersionConflictError
        If another version is planned after `publish_from`.
    """
    base = _latest(session)
    if base is None and parents is None:
        raise ImportRefusedError(
            "there is no version to take subdistricts and communities from: give their files "
            "with --subdistricts and --communities"
        )
    version = _draft(session, base, about, parents)
    if parents is None:
        assert base is not None  # noqa: S101 - looked at above
        _copy_parents(session, base.id, version.id)
    else:
        _insert(session, Subdistrict, _units(parents[0], version.id))
        _insert(session, Community, _units(parents[1], version.id))
    rows = _grid_rows(session, grids, version.id)
    for start in range(0, len(rows), CHUNK):
        _insert(session, Grid, rows[start : start + CHUNK])
        if progress is not None:
            progress(min(start + CHUNK, len(rows)), len(rows))
    _run(session, text(PLAN), version=version.id)
    if "residents" not in grids.mapping:
        _run(session, text(PEOPLE), version=version.id)
    if publish_from is not None:
        if grids.refused:
            raise ImportRefusedError(
                f"with {len(grids.refused)} refused rows the grids are not published: import them "
                "without --publish-from, or mend the rows first"
            )
        publish(session, version, publish_from)
    return version


# Each block to the grid it lies in: a block is the smallest thing a planner moves.
PLAN = """
    insert into version_blocks (version_id, block_id, grid_code)
    select :version, b.id, min(g.code) from blocks b
    join grids g on g.version_id = :version and ST_Covers(g.geom, ST_PointOnSurface(b.geom))
    group by b.id
"""
PEOPLE = """
    update grids set households = n.households, residents = n.residents,
        residents_60_plus = n.residents_60_plus
    from (
        select held.code, sum(b.households) as households, sum(b.residents) as residents,
            sum(b.residents_60_plus) as residents_60_plus
        from buildings b cross join lateral (
            select min(g.code) as code from grids g
            where g.version_id = :version and ST_Covers(g.geom, ST_PointOnSurface(b.geom))
        ) held group by held.code
    ) n where grids.version_id = :version and grids.code = n.code
"""


def _latest(session: Session) -> BoundaryVersion | None:
    return session.scalars(
        select(BoundaryVersion).where(func.upper_inf(BoundaryVersion.validity))
    ).one_or_none()


def _draft(
    session: Session,
    base: BoundaryVersion | None,
    about: About,
    parents: tuple[Prepared, Prepared] | None,
) -> BoundaryVersion:
    if parents is not None:
        communities = parents[1]
        if not communities.rows:
            raise ImportRefusedError("there is no community among the rows that can be taken")
        city_code = communities.rows[0]["code"][:6]
        frame = shapely.union_all(communities.shapes)
    if base is not None:
        about_city = {
            "city_code": base.city_code, "city_name": base.city_name,
            "city_name_en": base.city_name_en, "scheme": base.scheme, "edition": base.edition,
            "planar_srid": base.planar_srid, "synthetic": base.synthetic, "base_id": base.id,
            "frame": base.frame if parents is None else element(frame),
        }  # fmt: skip
    else:
        about_city = {
            "city_code": city_code, "city_name": about.city_name or city_code,
            "scheme": about.scheme, "edition": about.edition, "frame": element(frame),
            "planar_srid": int(planar_crs(frame.centroid.x).removeprefix("EPSG:")),
        }  # fmt: skip
    version = BoundaryVersion(
        label=about.label,
        author=about.author,
        note=f"imported {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        **cast("Any", about_city),
    )
    session.add(version)
    session.flush()
    return version


def _copy_parents(session: Session, base_id: int, version_id: int) -> None:
    for model in (Subdistrict, Community):
        table = cast("Table", model.__table__)
        names = [column.name for column in table.columns if column.name != "version_id"]
        copied = ", ".join(names)
        _run(
            session,
            text(
                f"insert into {table.name} (version_id, {copied}) "  # noqa: S608
                f"select :version, {copied} from {table.name} where version_id = :base"
            ),
            version=version_id,
            base=base_id,
        )


def _units(prepared: Prepared, version_id: int) -> list[dict[str, Any]]:
    rows = []
    for row, shape in zip(prepared.rows, prepared.shapes, strict=True):
        unit = {**row, "version_id": version_id, "geom": element(shape)}
        if prepared.form.layer == "communities":
            unit["subdistrict_code"] = row["code"][:9]
            unit.pop("service_region_code", None)
        rows.append(unit)
    return rows


def _grid_rows(session: Session, grids: Prepared, version_id: int) -> list[dict[str, Any]]:
    known = set(session.scalars(select(Community.code).where(Community.version_id == version_id)))
    rows = []
    for number, (row, shape) in enumerate(zip(grids.rows, grids.shapes, strict=True), 1):
        community = row["code"][:12]
        if community not in known:
            why = f"there is no community {community}"
            grids.refused.append(Refused(number, row["code"], why))
            continue
        filled = {"kind": "residential", "households": 0, "residents": 0, "residents_60_plus": 0}
        rows.append(
            {**filled, **row, "community_code": community, "version_id": version_id,
             "geom": element(shape)}
        )  # fmt: skip
    if not rows:
        raise ImportRefusedError("no grid of the file can be taken; the report says why")
    return rows


def _insert(session: Session, model: type[Any], rows: list[dict[str, Any]]) -> None:
    if not rows:
        raise ImportRefusedError(f"no row of {model.__tablename__} can be taken")
    _run(session, insert(cast("Table", model.__table__)).values(rows))


def _run(session: Session, statement: Any, **values: Any) -> None:  # noqa: ANN401
    try:
        session.execute(statement, values)
    except DBAPIError as error:
        said = getattr(getattr(error.orig, "diag", None), "message_primary", None) or error.orig
        raise ImportRefusedError(f"the database refuses it: {said}; nothing was written") from None


def element(shape: BaseGeometry) -> WKBElement:
    """Make what the tables hold of a shape in degrees: multipart."""
    if isinstance(shape, Polygon):
        shape = MultiPolygon([shape])
    elif isinstance(shape, LineString):
        shape = MultiLineString([shape])
    return from_shape(shape, srid=SRID)
