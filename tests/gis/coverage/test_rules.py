"""The rules: stable numbers, and documented as they are."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from gis.coverage import RULES, USUAL, Kind, Severity, Terms
from gis.coverage.rules import SEVERITY_ZH

DOCS = (Path(__file__).parents[3] / "docs" / "coverage.md").read_text()


def test_every_kind_has_a_rule_of_its_own() -> None:
    assert set(RULES) == set(Kind)
    assert len({rule.id for rule in RULES.values()}) == len(RULES)
    assert all(re.fullmatch(r"JW-C\d\d", rule.id) for rule in RULES.values())


@pytest.mark.parametrize("kind", Kind)
def test_every_rule_is_documented_as_it_is(kind: Kind) -> None:
    rule = RULES[kind]
    row = next(line for line in DOCS.splitlines() if line.startswith(f"| {rule.id} "))
    told = [cell.strip() for cell in row.strip("|").split("|")]
    assert told[:4] == [rule.id, str(rule.severity), rule.name_zh, rule.name_en]


def test_no_rule_is_documented_that_does_not_exist() -> None:
    documented = set(re.findall(r"^\| (JW-C\d\d) ", DOCS, re.MULTILINE))
    assert documented == {rule.id for rule in RULES.values()}


@pytest.mark.parametrize("name", [one.name for one in fields(Terms)])
def test_every_term_is_documented_with_its_usual_value(name: str) -> None:
    row = next(line for line in DOCS.splitlines() if line.startswith(f"| `{name}` "))
    value = getattr(USUAL, name)
    if isinstance(value, float):
        assert float(row.split("|")[2].strip().split()[0]) == value


def test_every_severity_has_a_word_for_people() -> None:
    assert set(SEVERITY_ZH) == set(Severity)
