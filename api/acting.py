"""
Who acts, and which version they looked at.

There is no login yet: the acting person is named in the header `X-Actor` by the proxy of the
intranet, and is believed. `ActorDep` is the only place that knows, so that accounts can replace it.

What is asked here touches memory only and is `async`: a turn of the thread pool for each would cost
an edit more than the edit.
"""

from typing import Annotated, NamedTuple
from urllib.parse import unquote

from fastapi import Depends, Header

from gis.errors import JingweiError

LONGEST_ACTOR = 60


class ActorError(JingweiError):
    """Nobody says who acts."""


class PreconditionRequiredError(JingweiError):
    """A change must say which version it was made for."""


async def get_actor(
    x_actor: Annotated[
        str | None,
        Header(description="Who acts, set by the proxy; characters beyond ASCII percent-encoded."),
    ] = None,
) -> str:
    """
    Return who acts.

    Raises
    ------
    ActorError
        If the header is missing, empty or too long.
    """
    actor = unquote(x_actor or "").strip()
    if not 0 < len(actor) <= LONGEST_ACTOR or not actor.isprintable():
        raise ActorError(f"the header X-Actor must name who acts, in 1 to {LONGEST_ACTOR} letters")
    return actor


async def get_seen(
    if_match: Annotated[
        str | None, Header(description='The ETag of the draft that was looked at, as `"7"`.')
    ] = None,
) -> int:
    """
    Return the version a change was made for.

    Raises
    ------
    PreconditionRequiredError
        If there is no If-Match.
    JingweiError
        If it is not one version number.
    """
    if if_match is None:
        raise PreconditionRequiredError(
            "send If-Match with the ETag of the draft you looked at, so that nobody's work is lost"
        )
    number = if_match.strip().removeprefix("W/").strip('"')
    if not number.isdecimal() or len(number) > 9:  # noqa: PLR2004 - fits a database integer
        raise JingweiError(f'If-Match {if_match!r} is not the number of a version, as "7"')
    return int(number)


def etag(version: int) -> str:
    """Write a version as an ETag."""
    return f'"{version}"'


ActorDep = Annotated[str, Depends(get_actor)]


class Change(NamedTuple):
    """Who changes something, and which version of it they looked at."""

    actor: str
    seen: int


async def get_change(actor: ActorDep, seen: Annotated[int, Depends(get_seen)]) -> Change:
    """Return both; raises as `get_actor` and `get_seen`."""
    return Change(actor, seen)


ChangeDep = Annotated[Change, Depends(get_change)]
