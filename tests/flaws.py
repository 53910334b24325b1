"""Flaws to make in the toy city: one that may be accepted, one that must be mended, a warning."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.cities import grid_code

# the grid shrinks away from its eastern neighbour: nobody's ground, of a width in degrees
_SHRINK = """
    update grids set geom = ST_Multi(ST_Intersection(geom, ST_MakeEnvelope(
        ST_XMin(geom), ST_YMin(geom), ST_XMax(geom) - :width, ST_YMax(geom), 4490)))
    where version_id = :v and code = :code
"""
# the grid grows over its eastern neighbour
_SPREAD = """
    update grids set geom = ST_Multi(ST_MakeEnvelope(
        ST_XMin(geom), ST_YMin(geom), ST_XMax(geom) + :width, ST_YMax(geom), 4490))
    where version_id = :v and code = :code
"""
WIDE, WIDER = 0.0001, 0.0002  # degrees: about 9 m and 18 m


def make_gap(session: Session, draft_id: int, width: float = WIDE) -> None:
    """Leave ground to nobody between the middle grid and the one to the east of it."""
    session.execute(sa.text(_SHRINK), {"v": draft_id, "code": grid_code(1, 1), "width": width})


def make_overlap(session: Session, draft_id: int, width: float = WIDE, *, column: int = 1) -> None:
    """Let a grid of the middle row cover ground of the one to the east of it."""
    session.execute(sa.text(_SPREAD), {"v": draft_id, "code": grid_code(column, 1), "width": width})


def cut_compound(session: Session) -> None:
    """Move the only compound onto the line between two grids: a warning."""
    session.execute(sa.text("update compounds set geom = ST_Translate(geom, 0.5 / 1024, 0)"))
