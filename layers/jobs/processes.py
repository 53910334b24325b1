"""Heavy computing of a job on several processors, broken off within a second when it must be."""

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from typing import Any, TypeVar

from layers.jobs.progress import Progress

T = TypeVar("T")
V = TypeVar("V")

LOOK_S = 0.2  # how often it is looked whether the job is to stop


def compute_apart(
    progress: Progress[Any], function: Callable[[T], V], items: Iterable[T], *, processes: int = 2
) -> Iterator[V]:
    """
    Yield `function(item)` for each item, in the order in which they are done.

    The function and its items travel to other processes, so it must be found by an import, and
    they should be small. The processes end with this one, even if it is killed.

    Raises
    ------
    JobStoppedError
        If the job is to stop; the processes are killed whatever they are at.
    """
    spawning = multiprocessing.get_context("spawn")  # a fork would share connections and locks
    with ProcessPoolExecutor(processes, mp_context=spawning, initializer=_end_with_parent) as pool:
        running: set[Future[V]] = {pool.submit(function, item) for item in items}
        try:
            while running:
                progress.check()
                done, running = wait(running, timeout=LOOK_S, return_when=FIRST_COMPLETED)
                for one in done:
                    yield one.result()
        except BaseException:
            _kill(pool)
            raise


def _kill(pool: ProcessPoolExecutor) -> None:
    processes = list((pool._processes or {}).values())  # noqa: SLF001 - public only from 3.14 on
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.kill()
    for process in processes:
        process.join()  # killed is not gone yet; who cancelled may count on it


def _end_with_parent() -> None:
    """In a child: end when the process that made it does, however it ends."""

    def watch() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=watch, name="parent watch", daemon=True).start()
