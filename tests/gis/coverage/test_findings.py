"""A finding's name is the same in every run, so that it can be accepted by it."""

from gis.coverage import Finding, Kind, Severity
from tests.gis.coverage.towns import check, rect, town


def test_a_key_stays_when_other_faults_go() -> None:
    both = check(town(r1c1=rect(1, 1, 0.95, 1), r0c0=rect(0, 0, 0.95, 1)))
    one = check(town(r1c1=rect(1, 1, 0.95, 1)))
    assert len(both) == 2
    assert next(finding.key for finding in one) in {finding.key for finding in both}


def test_keys_differ_by_rule_layer_units_and_place() -> None:
    findings = [
        Finding(kind, (0,), codes, shape, layer=layer)
        for kind in (Kind.GAP, Kind.INLET)
        for codes in (("a",), ("a", "b"))
        for shape in (rect(0, 0), rect(1, 0), None)
        for layer in ("grids", "parents")
    ]
    assert len({finding.key for finding in findings}) == len(findings)
    assert all(finding.key.startswith(finding.rule_id) for finding in findings)


def test_severity_and_number_follow_from_the_kind() -> None:
    assert Finding(Kind.GAP, (), (), None).severity is Severity.BLOCKING
    assert Finding(Kind.GAP, (), (), None).rule_id == "JW-C10"
    assert Finding(Kind.GAP, (), (), None).place is None
