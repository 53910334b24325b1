"""Heavy computing in other processes: all of it, or broken off at once."""

import operator
import time
from typing import Any

import psutil
import pytest

from layers.jobs.processes import compute_apart
from layers.jobs.progress import JobCancelledError, Progress


class Unheeding(Progress[int]):
    """Progress of a job that is never told to stop, or after a while."""

    def __init__(self, stop_after_s: float = float("inf")) -> None:
        self.stop_at = time.monotonic() + stop_after_s

    def check(self) -> None:
        if time.monotonic() > self.stop_at:
            raise JobCancelledError("enough")


def children() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children(recursive=True)
        if child.status() != psutil.STATUS_ZOMBIE and "spawn_main" in " ".join(child.cmdline())
    ]


def test_every_item_is_computed_once() -> None:
    assert sorted(compute_apart(Unheeding(), operator.neg, range(5))) == [-4, -3, -2, -1, 0]


def test_an_error_in_another_process_arrives_here_and_ends_the_rest() -> None:
    wrong: list[Any] = ["text"]
    with pytest.raises(TypeError, match="bad operand"):
        list(compute_apart(Unheeding(), operator.neg, wrong))
    assert children() == []


def test_a_cancelled_job_kills_what_would_take_an_hour() -> None:
    with pytest.raises(JobCancelledError):
        list(compute_apart(Unheeding(1.0), time.sleep, [3600, 3600]))
    assert children() == []
