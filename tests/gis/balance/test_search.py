"""The search of one region."""

import subprocess
import sys
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.balance.courses import HOT
from gis.balance.region import divide
from gis.balance.search import Schedule, Searcher, seed_of
from gis.balance.starts import metis
from tests.gis.balance.lattices import is_whole, lattice

NO_HOME = np.full(30, -1)


def go_on(_work: int) -> bool:
    return True


def searcher(people: list[int], k: int) -> Searcher:
    (region,) = divide(lattice(5, 6, k=k, people=people)).regions
    return Searcher(region, np.zeros(30))


@settings(deadline=None, max_examples=40)
@given(
    people=st.lists(st.integers(0, 9), min_size=30, max_size=30),
    k=st.integers(2, 8),
    seed=st.integers(0, 2**48 - 1),
    recut=st.sampled_from([0.0, 0.9]),
    chain=st.sampled_from([0.0, 0.9]),
)
def test_a_course_ends_no_worse_than_it_began_and_tells_the_truth_about_it(
    people: list[int], k: int, seed: int, recut: float, chain: float
) -> None:
    search = searcher(people, k)
    start = search.found(np.unique(metis(search.region, 1), return_inverse=True)[1], NO_HOME)
    schedule = Schedule(HOT.heat, HOT.push, recut, chain)
    best = search.course(start, NO_HOME, schedule=schedule, work=20_000, seed=seed, report=go_on)
    assert best.rank() <= start.rank()
    again = search.found(best.part.astype(np.int64), NO_HOME)
    assert np.allclose([best.excess, best.cost], [again.excess, again.cost])
    for part in range(k):
        assert is_whole(lattice(5, 6, k=k), set(np.flatnonzero(best.part == part).tolist()))


def test_a_course_that_is_told_to_stop_stops_and_reports_its_work() -> None:
    search = searcher([1] * 30, 3)
    start = search.found(np.repeat([0, 1, 2], 10), NO_HOME)
    told: list[int] = []

    def stop_later(work: int) -> bool:
        told.append(work)
        return len(told) < 4

    common: Any = {"schedule": HOT, "work": 64_000, "seed": 5}
    search.course(start, NO_HOME, report=stop_later, **common)
    assert len(told) == 5
    assert 6_000 < sum(told) < 16_000


def test_seeds_depend_on_every_name_and_on_nothing_else() -> None:
    assert seed_of(1, "p", 2) == 17_086_979_916_914
    assert seed_of(1, "p", 2) != seed_of(1, "p", 3)


WITHOUT_NUMBA = """
import sys
if sys.argv[1] == "without":
    sys.modules["numba"] = None
import numpy as np
from gis.balance import Settings, balance
from gis.compiled import HAVE_NUMBA
from tests.gis.balance.lattices import lattice
assert HAVE_NUMBA == (sys.argv[1] != "without")
problem = lattice(4, 5, k=4, people=[i % 5 for i in range(20)], today="aabbbaabbbaacccaaccc")
for mode in ("fresh", "stay-close"):
    print(balance(problem, Settings(mode=mode, effort_s=0.001)).grid.tolist())
"""


def test_without_compiled_code_the_plan_is_the_same() -> None:
    answers = {
        subprocess.run([sys.executable, "-W", "error", "-c", WITHOUT_NUMBA, how],
                       capture_output=True, text=True, check=True).stdout
        for how in ("with", "without")
    }  # fmt: skip
    assert len(answers) == 1
