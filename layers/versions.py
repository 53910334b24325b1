"""Boundary versions of every state, drafts included."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from layers.models import BoundaryVersion, VersionState


class VersionNotFoundError(LookupError):
    """There is no boundary version of that number."""


def get_any_version(session: Session, version_id: int) -> BoundaryVersion:
    """
    Return a version, draft or published, by number.

    Raises
    ------
    VersionNotFoundError
        If there is none.
    """
    version = session.get(BoundaryVersion, version_id)
    if version is None:
        raise VersionNotFoundError(f"there is no boundary version {version_id}")
    return version


def list_all_versions(
    session: Session, *, state: VersionState | None = None, limit: int = 100
) -> list[BoundaryVersion]:
    """Return versions, the latest made first; those of one state if it is named."""
    query = select(BoundaryVersion).order_by(BoundaryVersion.id.desc()).limit(limit)
    if state is not None:
        query = query.where(BoundaryVersion.state == state)
    return list(session.scalars(query))
