"""A stored boundary version against the rules of coverage: what is wrong before it may count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import shapely
from sqlalchemy import text

from gis.coverage import Findings, find_defects
from gis.errors import JingweiError
from gis.partition import Features, Partition, geometries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapely import MultiPolygon
    from sqlalchemy import Row
    from sqlalchemy.orm import Session

_UNITS = """
    select code, name, {parent} as parent, {people}, ST_AsBinary(geom) as shape
    from {table} where version_id = :version order by code
"""


class CheckFailedError(JingweiError):
    """A version has faults that forbid publishing it."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        first = findings[0]
        more = f" and {len(findings) - 1} more" if len(findings) > 1 else ""
        super().__init__(f"it has blocking faults: {first.text_en} ({first.rule_id}){more}")


def check_version(session: Session, version_id: int) -> Findings:
    """
    Check the grids of a version, draft or published, against its frame, parents and places.

    Returns
    -------
    findings
        The worst first; see `gis.coverage.find_defects`.
    """
    frame = session.execute(
        text("select ST_AsBinary(frame) from boundary_versions where id = :version"),
        {"version": version_id},
    ).scalar_one()
    grids = _rows(session, "grids", "community_code", "residents, households", version_id)
    communities = _rows(session, "communities", "subdistrict_code", "0, 0", version_id)
    return find_defects(
        Partition(
            tuple(row.code for row in grids),
            _shapes(grids),
            tuple(row.name for row in grids),
            parent_codes=tuple(row.parent for row in grids),
            residents=np.array([row.residents for row in grids], np.float64),
            households=np.array([row.households for row in grids], np.float64),
        ),
        cast("MultiPolygon", shapely.from_wkb(bytes(frame))),
        parents=Partition(
            tuple(row.code for row in communities),
            _shapes(communities),
            tuple(row.name for row in communities),
        ),
        buildings=_places(session, "buildings"),
        compounds=_places(session, "compounds"),
        streets=_places(session, "streets"),
    )


def _rows(
    session: Session, table: str, parent: str, people: str, version_id: int
) -> Sequence[Row[Any]]:
    query = _UNITS.format(table=table, parent=parent, people=people)
    return session.execute(text(query), {"version": version_id}).all()


def _places(session: Session, table: str) -> Features:
    query = f"select code, name, ST_AsBinary(geom) as shape from {table} order by code"  # noqa: S608
    rows = session.execute(text(query)).all()
    names = tuple(row.name or "" for row in rows)
    return Features(tuple(row.code for row in rows), _shapes(rows), names)


def _shapes(rows: Sequence[Row[Any]]) -> Any:  # noqa: ANN401
    return geometries(shapely.from_wkb([bytes(row.shape) for row in rows]))
