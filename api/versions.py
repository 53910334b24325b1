"""Boundary versions over HTTP: look at them, have them checked, settle what was found."""

from datetime import datetime
from typing import Annotated, Any, Self

from fastapi import APIRouter, Query, Response, status
from pydantic import BaseModel, ConfigDict, Field

from api.deps import SessionDep
from api.jobs import JobOut
from api.schemas import Answer
from layers.check_job import start_check
from layers.findings import get_check, is_current
from layers.models import BoundaryVersion, VersionState
from layers.versions import get_any_version, list_all_versions

router = APIRouter(prefix="/versions", tags=["versions"])
ABSENT: dict[int | str, dict[str, Any]] = {404: {"description": "There is no such version."}}


class VersionInfo(Answer):
    """One boundary version, draft or published."""

    id: int
    label: str
    state: VersionState
    city_code: str
    city_name: str
    author: str
    note: str
    synthetic: bool
    base_id: int | None = Field(description="The version it was made from.")
    restores_id: int | None = Field(description="The version it brings back, of a roll-back.")
    created_at: datetime
    published_at: datetime | None
    valid_from: datetime | None
    valid_to: datetime | None

    @classmethod
    def of(cls, version: BoundaryVersion) -> Self:
        """Describe a stored version."""
        columns = {name: getattr(version, name, None) for name in cls.model_fields}
        validity = version.validity
        columns["valid_from"] = validity.lower if validity else None
        columns["valid_to"] = validity.upper if validity else None
        return cls.model_validate(columns)


class CheckOut(Answer):
    """The latest check of a version."""

    checked_at: datetime
    content_hash: str
    current: bool = Field(description="Whether the version still holds exactly what was checked.")


class VersionDetail(VersionInfo):
    """One boundary version and its latest check."""

    check: CheckOut | None = None


class VersionList(Answer):
    """Versions, the latest made first."""

    versions: list[VersionInfo]


class AskedBy(BaseModel):
    """Who asks."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    actor: str = Field(
        default="web", min_length=1, max_length=60, description="A role, not a person's name."
    )


@router.get("")
def get_versions(
    session: SessionDep,
    state: VersionState | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> VersionList:
    """List boundary versions, drafts included."""
    found = list_all_versions(session, state=state, limit=limit)
    return VersionList(versions=[VersionInfo.of(version) for version in found])


@router.get("/{version_id}", responses=ABSENT)
def get_one_version(version_id: int, session: SessionDep) -> VersionDetail:
    """Return one version, and when it was last checked."""
    version = VersionDetail.of(get_any_version(session, version_id))
    check = get_check(session, version_id)
    if check is not None:
        version.check = CheckOut(
            checked_at=check.checked_at,
            content_hash=check.content_hash,
            current=is_current(session, check),
        )
    return version


@router.post("/{version_id}/check", status_code=status.HTTP_202_ACCEPTED, responses=ABSENT)
def post_check(
    version_id: int, session: SessionDep, response: Response, asked: AskedBy | None = None
) -> JobOut:
    """
    Have a version checked against the rules of coverage, as a job.

    The same content is checked by one job at a time: whoever asks meanwhile gets that one.
    """
    job, _ = start_check(session, version_id, asked_by=(asked or AskedBy()).actor)
    response.headers["Location"] = f"/jobs/{job.id}"
    return JobOut.of(job)
