"""The table of contents of the service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version

from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.middleware.gzip import GZipMiddleware

from api import (
    cases,
    centres,
    city,
    draft_balance,
    drafts,
    findings,
    gazetteer,
    health,
    incidents,
    jobs,
    locate,
    locate_batch,
    ogc,
    open311,
    pages,
    public,
    versions,
)
from api.deps import State
from api.errors import add_exception_handlers
from api.locate_quick import QuickLocate
from layers.atlas import Atlas
from layers.boundaries import NoVersionError
from layers.cases.watch import Watch
from layers.db import session_factory
from layers.handovers import Handovers
from layers.jobs.news import JobNews
from layers.settings import Settings
from layers.walking import CentreAtlas

DESCRIPTION = """
Grids, communities and compounds of a city; which grid must answer for a point, and why.
Degrees are lon, lat in CGCS2000 (EPSG:4490); a given point names its datum. Errors are
`application/problem+json`.
"""

FOR_EVERYBODY = (locate, centres, gazetteer, health, public)  # nothing else in mode `public`

# Pages, styles and scripts are compressed on their way. Answers for programs are not: Arrow, tiles
# and files would gain little and wait for it (half a million points as Arrow: 80 ms).
NOT_COMPRESSED = (
    "application/*", "audio/*", "font/*", "image/gif", "image/jpeg", "image/png", "image/webp",
    "multipart/*", "text/csv", "text/event-stream", "video/*",
)  # fmt: skip


def create_app(settings: Settings, engine: Engine) -> FastAPI:
    """Return the service on an open, migrated database."""
    sessions = session_factory(engine)
    tolerances = {
        "gap_tolerance_m": settings.gap_tolerance_m,
        "near_border_m": settings.near_border_m,
    }
    atlas, handovers = Atlas(engine, **tolerances), Handovers(sessions, **tolerances)
    watch = Watch(sessions)
    walks = CentreAtlas(engine, atlas)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        news = JobNews(engine)
        app.state.held = State(settings, sessions, atlas, news, walks)
        following = (atlas, news, walks, handovers, watch)
        for part in following:
            part.start()
        app.state.held.prepare_search()
        with suppress(NoVersionError):
            locate_batch.warm(atlas.at())
        yield
        for part in reversed(following):
            part.stop()

    app = FastAPI(
        title="Jingwei 经纬",
        version=version("jingwei"),
        description=DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        lifespan=lifespan,
        docs_url=None,  # the usual pages load scripts from other hosts
        redoc_url=None,
    )
    add_exception_handlers(app)
    app.add_middleware(GZipMiddleware, exclude_content_types=NOT_COMPRESSED)
    app.add_middleware(QuickLocate)
    nouns = (
        locate, locate_batch, incidents, cases, city, centres, gazetteer, draft_balance, drafts,
        versions, findings, jobs, ogc, open311, health, pages,
    )  # fmt: skip
    for noun in FOR_EVERYBODY if settings.mode == "public" else (*nouns, public):
        app.include_router(noun.router)
    app.mount("/static", pages.static_files())
    return app
