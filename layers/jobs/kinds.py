"""A kind of long work: its name, what it needs to know, how it is done and how it is kept."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel
from sqlalchemy.orm import Session, sessionmaker

from layers.jobs.progress import Progress

A = TypeVar("A", bound=BaseModel)
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[A, R]):
    """
    One kind of work.

    Parameters
    ----------
    name
        Stable: jobs that wait are found by it after an upgrade.
    title_zh, title_en
        What people call it.
    arguments
        A model that survives JSON; the same arguments twice at once are one job.
    subject
        What it is about, such as "version 12"; jobs of one subject run one after another.
    run
        `run(sessions, arguments, progress) -> result`: computes and writes nothing, because it is
        run again if its worker dies. It calls `progress.say` or `progress.check` several times a
        second, and `progress.keep` with each result that would already be of use.
    store
        `store(session, arguments, result) -> what the job shows as its result`: writes, in the
        transaction that ends the job. So what it writes is written once, or not at all.
    """

    name: str
    title_zh: str
    title_en: str
    arguments: type[A]
    subject: Callable[[A], str]
    run: Callable[[sessionmaker[Session], A, Progress[R]], R]
    store: Callable[[Session, A, R], dict[str, Any]]
