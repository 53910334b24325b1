"""Live and ready, apart: live means the process answers, ready that it can serve."""

from typing import Literal

from fastapi import APIRouter, Response, status
from pydantic import BaseModel, Field
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api.deps import State, StateDep
from layers.boundaries import NoVersionError
from layers.jobs.upkeep import count_workers

router = APIRouter(tags=["health"])


class Live(BaseModel):
    """The process answers."""

    status: Literal["live"] = "live"


class Ready(BaseModel):
    """Whether the service can serve, and what is missing if not."""

    status: Literal["ready", "not ready"]
    database: str
    boundary_version: str
    workers: int = Field(description="Processes that do jobs; without any, jobs wait.")


@router.get("/healthz")
async def get_live() -> Live:
    """Tell that the process answers; asks nothing else."""
    return Live()


@router.get("/readyz", responses={503: {"model": Ready, "description": "Cannot serve now."}})
def get_ready(state: StateDep, response: Response) -> Ready:
    """Tell whether the database answers and a boundary version is in force."""
    database, version = _database(state), _version(state)
    ready = database == "ok" and not version.startswith("none")
    if not ready:
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    return Ready(
        status="ready" if ready else "not ready",
        database=database,
        boundary_version=version,
        workers=_workers(state),
    )


def _database(state: State) -> str:
    try:
        with state.sessions() as session:
            trigrams = session.execute(
                text("select postgis_lib_version(), show_trgm('汾阳')")
            ).one()
    except SQLAlchemyError:
        return "cannot be reached"
    return "ok" if trigrams else "finds no Chinese words (locale C): make it with C.UTF-8"


def _workers(state: State) -> int:
    try:
        with state.sessions() as session:
            return count_workers(session, state.settings.job_stalled_s)
    except SQLAlchemyError:
        return 0


def _version(state: State) -> str:
    try:
        version = state.atlas.at().version
    except NoVersionError:
        return "none in force: import a city"
    return f"{version.id} ({version.label})"
