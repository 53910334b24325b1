"""What endpoints ask for: a session, the city in memory, the settings."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session, sessionmaker

from layers.atlas import Atlas
from layers.boundaries import NoVersionError
from layers.drafts.desk import Desk
from layers.gazetteer import FinderStore
from layers.ground import GroundStore
from layers.jobs.news import JobNews
from layers.settings import Settings
from layers.tiles import TileStore
from layers.walking import CentreAtlas


class State:
    """What one running service holds."""

    def __init__(
        self,
        settings: Settings,
        sessions: sessionmaker[Session],
        atlas: Atlas,
        news: JobNews,
        centres: CentreAtlas,
    ) -> None:
        self.settings = settings
        self.sessions = sessions
        self.atlas = atlas
        self.news = news
        self.centres = centres
        self.tiles = TileStore()
        self.desk = Desk()
        self.finders = FinderStore()
        self.ground = GroundStore()

    def prepare_search(self) -> None:
        """Read the names of the places, so that the first search does not wait for it."""
        with suppress(NoVersionError), self.sessions() as session:
            self.finders.get(session, self.atlas.at(), self.atlas.places_edition)


def get_state(request: Request) -> State:
    """Return what the service holds."""
    state: State = request.app.state.held
    return state


def get_session(request: Request) -> Iterator[Session]:
    """Give a session that commits before the answer is sent, and rolls back on any error."""
    with get_state(request).sessions.begin() as session:
        yield session


def get_atlas(request: Request) -> Atlas:
    """Return the city in memory."""
    return get_state(request).atlas


async def get_state_at_once(request: Request) -> State:
    """Return the same without a turn of the thread pool."""
    return get_state(request)


StateDep = Annotated[State, Depends(get_state_at_once)]
# With the default scope a failing commit would still answer 201.
SessionDep = Annotated[Session, Depends(get_session, scope="function")]
AtlasDep = Annotated[Atlas, Depends(get_atlas)]
