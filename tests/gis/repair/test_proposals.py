"""Who is proposed to get what."""

from gis.coverage import Action, Findings
from gis.coverage.check import examine
from gis.repair import Operation, propose
from tests.gis.repair.spoilt import FRAME, city, communities, in_order, moved


def proposed(
    changes: list[tuple[int, int, float, float]], *, accept: bool = False
) -> tuple[Findings, tuple[Operation, ...]]:
    examined = examine(moved(city(), changes), FRAME, parents=communities())
    keys = [finding.key for finding in examined.findings] if accept else []
    return examined.findings, propose(examined.site, examined.findings, keys)


def test_a_gap_between_communities_goes_to_the_community_it_lies_in() -> None:
    _, (operation,) = proposed([(0, 3, -4.0, 0.0)])
    assert (operation.action, operation.to_row, operation.losing) == (Action.GIVE, 0, ())
    _, (operation,) = proposed([(1, 7, 4.0, 0.0)])
    assert (operation.action, operation.to_row) == (Action.GIVE, 1)


def test_an_overlap_stays_with_the_community_it_lies_in() -> None:
    _, (operation,) = proposed([(0, 3, 4.0, 0.0)])
    assert (operation.action, operation.to_row, operation.losing) == (Action.TAKE, 1, (0,))


def test_a_gap_within_a_community_goes_to_the_longest_border() -> None:
    # the notch of the first grid is a triangle: two sides are its own, one is its neighbour's
    _, (operation,) = proposed([(0, 5, 0.0, -4.0)])
    assert (operation.action, operation.to_row) == (Action.GIVE, 0)
    assert set(operation.rows) == {0, 3}


def test_ground_outside_the_frame_is_cut_off() -> None:
    _, (operation,) = proposed([(0, 7, -4.0, 0.0)])
    assert (operation.action, operation.losing) == (Action.CLIP, (0,))


def test_what_is_too_wide_is_proposed_only_where_it_is_accepted() -> None:
    wide = [(0, vertex, -30.0, 0.0) for vertex in (2, 3, 4)]
    findings, operations = proposed(wide)
    assert findings
    assert operations == ()
    assert [one.action for one in proposed(wide, accept=True)[1]] == [Action.GIVE]


def test_a_copy_is_proposed_to_go_only_where_it_is_accepted() -> None:
    twice = in_order(city(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 8])
    examined = examine(twice, FRAME, parents=communities())
    assert propose(examined.site, examined.findings) == ()
    keys = [finding.key for finding in examined.findings]
    (operation,) = propose(examined.site, examined.findings, keys)
    assert (operation.action, operation.losing, operation.to_row) == (Action.DROP_COPY, (9,), 8)
