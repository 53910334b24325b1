"""The repair of a survey read from files: what it was, what was done, what is left for a person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gis.coverage import Action
from gis.errors import JingweiError
from gis.repair import repair
from layers.files.checked import Checked, check_survey

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from gis.coverage import Terms
    from gis.repair import Repaired
    from layers.files.surveys import Survey


class RepairRefusedError(JingweiError):
    """The survey cannot be repaired as it was asked for; nothing was written."""


@dataclass(frozen=True, slots=True, eq=False)
class Mended:
    """A survey before and after its repair; `kept` is the row of the file that each unit is."""

    before: Checked
    after: Checked
    repaired: Repaired
    kept: list[int]

    @property
    def changed_rows(self) -> list[int]:
        """Return the rows of the file whose outline, code or parent changed, or that went."""
        old, new = self.before.survey.units, self.repaired.partition
        stay = {
            row
            for number, row in enumerate(self.kept)
            if new.geometries[number] is old.geometries[row]
            and new.codes[number] == old.codes[row]
            and (not new.parent_codes or new.parent_codes[number] == old.parent_codes[row])
        }
        return [row for row in range(len(old)) if row not in stay]


def repair_survey(
    survey: Survey,
    terms: Terms,
    *,
    accepted: Collection[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Mended:
    """
    Check a survey, mend what can be mended, and check the result.

    Parameters
    ----------
    accepted
        Keys of findings that are not mended without a person, but that a person accepts.
    progress
        Told each round and how many operations it has.

    Raises
    ------
    RepairRefusedError
        If the coordinates are in a datum that would be lost, or a key is that of no finding with
        a proposal.
    """
    if not survey.is_as_delivered:
        raise RepairRefusedError(
            f"{survey.delivered.path.name} is in {survey.source.datum}: a repair keeps coordinates "
            "as they are. Convert the file to CGCS2000 first, then repair it"
        )
    before = check_survey(survey, terms)
    repaired = repair(
        survey.units,
        survey.frame,
        parents=survey.parents,
        buildings=survey.buildings,
        compounds=survey.compounds,
        terms=terms,
        accepted=accepted,
        progress=progress,
    )
    if repaired.unknown:
        raise RepairRefusedError(
            f"no finding with a proposal has the key {', '.join(repaired.unknown)}: "
            "`jingwei check` lists the keys; nothing was written"
        )
    dropped = {row for one in repaired.done if one.action is Action.DROP_COPY for row in one.losing}
    kept = [row for row in range(len(survey.units)) if row not in dropped]
    after = check_survey(replace(survey, units=repaired.partition), terms)
    return Mended(before, after, repaired, kept)
