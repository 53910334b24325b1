"""The process that does jobs, as many at once as the settings say."""

import functools

from procrastinate import PsycopgConnector
from sqlalchemy import Engine

from layers.db import session_factory
from layers.jobs import queue
from layers.jobs.attempt import Kinds, take_turn
from layers.jobs.upkeep import Upkeep
from layers.settings import Settings

POLL_S = 1.0  # a missed notice of a new job is made good after this long
STOP_S = 1.0  # how long a job may take to end before it is told to make way
STATEMENT_S = 3600.0  # longest time a statement of a job may take


def patient(settings: Settings) -> Settings:
    """Return the settings of a worker, whose statements may take longer than a request's."""
    longest_s = max(STATEMENT_S, settings.statement_timeout_s)
    return settings.model_copy(update={"statement_timeout_s": longest_s})


def run_worker(engine: Engine, settings: Settings, kinds: Kinds, *, wait: bool = True) -> None:
    """
    Do jobs until told to stop by SIGTERM or SIGINT; with `wait` false until none is left.

    Several workers, on this machine or on others, share the jobs of one database.
    """
    sessions = session_factory(engine)
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    at_once = max(1, settings.jobs_at_once)
    connector = PsycopgConnector(conninfo=url, min_size=1, max_size=at_once + 3)
    with Upkeep(sessions, stalled_s=settings.job_stalled_s, keep_days=settings.keep_jobs_days):
        queue.app.with_connector(connector).run_worker(
            queues=[queue.QUEUE],
            concurrency=at_once,
            wait=wait,
            fetch_job_polling_interval=POLL_S,
            shutdown_graceful_timeout=STOP_S if wait else None,
            update_heartbeat_interval=settings.job_stalled_s / 6,
            stalled_worker_timeout=settings.job_stalled_s,
            additional_context={"work": functools.partial(take_turn, sessions, kinds)},
        )
