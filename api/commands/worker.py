"""`jingwei worker`: do the jobs of a database, here or on another machine."""

import logging
from typing import Annotated

import typer

from layers.db import migrate, open_database
from layers.job_kinds import KINDS
from layers.jobs.worker import patient, run_worker
from layers.settings import Settings


def worker(
    at_once: Annotated[
        int | None, typer.Option(min=1, max=64, help="How many jobs to do at once.")
    ] = None,
) -> None:
    """Do waiting jobs of the database until stopped by Ctrl-C; `serve` has a worker of its own."""
    settings = patient(Settings())
    if at_once is not None:
        settings = settings.model_copy(update={"jobs_at_once": at_once})
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for noisy in ("alembic", "procrastinate"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    with open_database(settings) as engine:
        migrate(engine)
        run_worker(engine, settings, KINDS)
