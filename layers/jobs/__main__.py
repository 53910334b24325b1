"""A worker that ends when its standard input does: the child of a service (`layers.jobs.child`)."""

import logging
import os
import sys
import threading

from layers.db import open_database
from layers.job_kinds import KINDS
from layers.jobs.worker import patient, run_worker
from layers.settings import Settings

NICENESS = 5  # who waits for an answer of the service goes before who waits for a job


def main() -> None:
    """Do jobs as the environment says until the parent ends or says so."""
    threading.Thread(target=_end_with_parent, name="parent watch", daemon=True).start()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    os.nice(NICENESS)
    settings = patient(Settings())
    with open_database(settings) as engine:
        run_worker(engine, settings, KINDS)
    logging.shutdown()
    os._exit(0)  # all is closed; taking the interpreter apart takes seconds the service waits for


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1):  # nothing is ever said, so this is the end
        pass
    os._exit(1)  # its jobs are found and run again; waiting for them would help nobody


if __name__ == "__main__":
    main()
