"""A stored boundary version against the rules of coverage: what is wrong before it may count."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.metadata import version as release_of
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np
import shapely
from sqlalchemy import text

from gis.coverage import RULES, USUAL, Findings, find_defects
from gis.coverage.screen import plane_of
from gis.errors import JingweiError
from gis.partition import Features, Partition, geometries
from layers.versions import VersionNotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapely import MultiPolygon
    from sqlalchemy import Row
    from sqlalchemy.orm import Session

_UNITS = """
    select code, name, {parent} as parent, {people}, ST_AsBinary(geom) as shape
    from {table} where version_id = :version order by code
"""


class Told(Protocol):
    """What a refusal says of a finding, fresh or stored."""

    @property
    def rule_id(self) -> str:
        """Number of the rule."""

    @property
    def text_zh(self) -> str:
        """What is wrong, in Chinese."""

    @property
    def text_en(self) -> str:
        """What is wrong."""


class CheckFailedError(JingweiError):
    """A version has faults that forbid publishing it."""

    def __init__(self, findings: Sequence[Told]) -> None:
        self.findings = findings
        first = findings[0]
        more = f" and {len(findings) - 1} more" if len(findings) > 1 else ""
        super().__init__(f"it has blocking faults: {first.text_en} ({first.rule_id}){more}")


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """
    Everything a check of a version looks at, and a hash of exactly that.

    Coordinates are degrees CGCS2000. The hash covers the rules, too: it changes with the release.
    """

    grids: Partition
    frame: MultiPolygon
    communities: Partition
    buildings: Features
    compounds: Features
    streets: Features
    hash: str

    @property
    def plane(self) -> str:
        """The planar CRS in which findings are measured and drawn."""
        everything = [self.grids.geometries, self.communities.geometries, geometries([self.frame])]
        shapes = np.concatenate(everything)
        return plane_of(Features(("",) * len(shapes), shapes))


def read_content(session: Session, version_id: int) -> Content:
    """
    Read what is checked of a version, draft or published.

    Raises
    ------
    VersionNotFoundError
        If there is no such version.
    """
    frame = session.execute(
        text("select ST_AsBinary(frame) from boundary_versions where id = :version"),
        {"version": version_id},
    ).scalar_one_or_none()
    if frame is None:
        raise VersionNotFoundError(f"there is no boundary version {version_id}")
    grids = _rows(session, "grids", "community_code", "residents, households", version_id)
    communities = _rows(session, "communities", "subdistrict_code", "0, 0", version_id)
    buildings, compounds, streets = places = [
        _place_rows(session, table) for table in ("buildings", "compounds", "streets")
    ]
    return Content(
        Partition(
            tuple(row.code for row in grids),
            _shapes(grids),
            tuple(row.name for row in grids),
            parent_codes=tuple(row.parent for row in grids),
            residents=np.array([row.residents for row in grids], np.float64),
            households=np.array([row.households for row in grids], np.float64),
        ),
        cast("MultiPolygon", shapely.from_wkb(bytes(frame))),
        Partition(
            tuple(row.code for row in communities),
            _shapes(communities),
            tuple(row.name for row in communities),
        ),
        _features(buildings),
        _features(compounds),
        _features(streets),
        hash=_hash(bytes(frame), grids, communities, *places),
    )


def check_content(content: Content) -> Findings:
    """
    Check the grids of a version against its frame, parents and places.

    Returns
    -------
    findings
        The worst first; see `gis.coverage.find_defects`.
    """
    return find_defects(
        content.grids,
        content.frame,
        parents=content.communities,
        buildings=content.buildings,
        compounds=content.compounds,
        streets=content.streets,
    )


def check_version(session: Session, version_id: int) -> Findings:
    """Read and check a version; raises and returns as the two steps do."""
    return check_content(read_content(session, version_id))


def _rows(
    session: Session, table: str, parent: str, people: str, version_id: int
) -> Sequence[Row[Any]]:
    query = _UNITS.format(table=table, parent=parent, people=people)
    return session.execute(text(query), {"version": version_id}).all()


def _place_rows(session: Session, table: str) -> Sequence[Row[Any]]:
    query = f"select code, name, ST_AsBinary(geom) as shape from {table} order by code"  # noqa: S608
    return session.execute(text(query)).all()


def _features(rows: Sequence[Row[Any]]) -> Features:
    return Features(
        tuple(row.code for row in rows), _shapes(rows), tuple(row.name or "" for row in rows)
    )


def _shapes(rows: Sequence[Row[Any]]) -> Any:  # noqa: ANN401
    return geometries(shapely.from_wkb([bytes(row.shape) for row in rows]))


def _hash(frame: bytes, *tables: Sequence[Row[Any]]) -> str:
    told = hashlib.blake2b(digest_size=16)
    told.update(repr((release_of("jingwei"), sorted(RULES.items()), USUAL)).encode())
    told.update(frame)
    for rows in tables:
        told.update(f"{len(rows)} rows".encode())
        for row in rows:
            told.update(repr(row[:-1]).encode())
            told.update(bytes(row.shape))
    return told.hexdigest()
