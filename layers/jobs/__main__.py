"""A worker that ends when its standard input does: the child of a service (`layers.jobs.child`)."""

import logging
import os
import sys
import threading

from layers.db import open_database
from layers.job_kinds import KINDS
from layers.jobs.worker import run_worker
from layers.settings import Settings


def main() -> None:
    """Do jobs as the environment says until the parent ends or says so."""
    threading.Thread(target=_end_with_parent, name="parent watch", daemon=True).start()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    settings = Settings()
    with open_database(settings) as engine:
        run_worker(engine, settings, KINDS)


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(1)  # its jobs are found and run again; waiting for them would help nobody


if __name__ == "__main__":
    main()
