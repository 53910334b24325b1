"""
Repair in rounds: check, propose, apply, until nothing is left that mends itself.

Where ground has changed hands a vertex may be missing on one side that could not be seen before,
and specks too small to be a fault may be left: the next, finer round closes them, on the units
already concerned only. A second repair of the result finds nothing to do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gis.coverage import USUAL, Action, Terms
from gis.coverage.check import examine, of_codes_and_footprints
from gis.repair.applying import apply
from gis.repair.proposals import is_proposed, propose

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from shapely import MultiPolygon, Polygon

    from gis.coverage import Finding
    from gis.partition import Features, Partition
    from gis.repair.operations import Operation, Refused

MOST_ROUNDS = 9
_FINE_M = 0.001
"""Where borders were mended they are matched to the millimetre, the grid of most drawings."""
_SPECK_M2 = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Repaired:
    """
    A repaired partition.

    `done` are the operations carried out, in order; `refused` those that could not be, with the
    reason. `unknown` are accepted keys that no finding that can be mended has.
    """

    partition: Partition
    done: tuple[Operation, ...]
    refused: tuple[Refused, ...]
    unknown: tuple[str, ...]
    rounds: int

    @property
    def is_changed(self) -> bool:
        """Tell whether anything was changed."""
        return bool(self.done)


def repair(  # noqa: PLR0913 - the layers a check takes, by their names
    partition: Partition,
    frame: Polygon | MultiPolygon | None = None,
    *,
    parents: Partition | None = None,
    buildings: Features | None = None,
    compounds: Features | None = None,
    terms: Terms = USUAL,
    accepted: Collection[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Repaired:
    """
    Mend what can be mended without guessing, and what was accepted.

    Parameters
    ----------
    partition
        The units, as for `gis.coverage.find_defects`.
    frame, parents
        What must be covered, and the level above; never changed.
    buildings, compounds
        What a border must not cut, for accepted findings of such a cut.
    terms
        `width_m` is the limit above which nothing is mended unless it was accepted.
    accepted
        Keys of findings that a person wants mended as proposed.
    progress
        Told the round and how many operations it has, before they are carried out.

    Returns
    -------
    repaired
        Rows in the order given with the codes given; a row goes only if its copy was accepted.

    Raises
    ------
    CrsError
        If layers are in different CRSs, or in one that is in neither degrees nor metres.
    """
    layers = _Layers(frame, parents, buildings, compounds)
    work = _Work(partition, layers, terms, frozenset(accepted), progress)
    work.round(terms)
    while work.has_worked and work.rounds < MOST_ROUNDS:
        work.round(replace(terms, area_m2=_SPECK_M2, edge_m=_FINE_M))
        work.round(replace(terms, area_m2=_SPECK_M2))
    work.drop_copies()
    return Repaired(
        work.partition,
        tuple(work.done),
        tuple(work.refused.values()),
        tuple(sorted(set(accepted) - work.known)),
        work.rounds,
    )


@dataclass(frozen=True, slots=True)
class _Layers:
    """What the units are checked against."""

    frame: Polygon | MultiPolygon | None
    parents: Partition | None
    buildings: Features | None
    compounds: Features | None


class _Work:
    """A partition under repair, and what has been done to it."""

    def __init__(
        self,
        partition: Partition,
        layers: _Layers,
        terms: Terms,
        accepted: frozenset[str],
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self.partition, self.layers = partition, layers
        self.terms, self.accepted, self.progress = terms, accepted, progress
        self.done: list[Operation] = []
        self.refused: dict[str, Refused] = {}
        self.ever_refused: set[str] = set()
        self.done_at_refusal = 0
        self.known: set[str] = set()
        self.named: set[int] = set()
        self.copies: list[Operation] = []
        self.rounds = 0
        self.has_worked = False

    def round(self, terms: Terms) -> None:
        """Check once and do what can be done; what only finer terms show, on units named before."""
        layers = self.layers
        examined = examine(self.partition, layers.frame, parents=layers.parents, terms=terms)
        self.rounds += 1
        self.has_worked = False
        if terms.edge_m == self.terms.edge_m and len(self.done) > self.done_at_refusal:
            # after other changes it may be possible; what a person accepted is told to the person
            self.refused = {key: one for key, one in self.refused.items() if key in self.accepted}
        if examined.site.units.crs != self.partition.crs:
            return  # the file is not in what it says: nothing could be put back
        findings = [one for one in examined.findings if one.key not in self.refused]
        pending = self._pending(terms)
        if pending:
            findings += of_codes_and_footprints(examined, layers.buildings, layers.compounds)
        for finding in findings:
            if terms.edge_m == self.terms.edge_m and not self._is_speck(finding):
                self.known |= {finding.key} if is_proposed(finding) else set()
                self.named |= set(finding.rows) if self._is_mended(finding, pending) else set()
        findings = [one for one in findings if self.named.issuperset(one.rows)]
        operations = propose(examined.site, findings, pending)
        self.copies += [one for one in operations if one.action is Action.DROP_COPY]
        self._do([one for one in operations if one.action is not Action.DROP_COPY], terms)

    def _pending(self, terms: Terms) -> frozenset[str]:
        """Return accepted keys still to be mended: a cut building may wait for its compound."""
        if terms.edge_m != self.terms.edge_m:
            return frozenset()
        done = {operation.finding for operation in (*self.done, *self.copies)}
        return self.accepted - done - self.refused.keys()

    @staticmethod
    def _is_mended(finding: Finding, pending: frozenset[str]) -> bool:
        return finding.fix.automatic or finding.key in pending

    def _is_speck(self, finding: Finding) -> bool:
        return bool(finding.area_m2) and (finding.area_m2 or 0.0) <= self.terms.area_m2

    def _do(self, operations: list[Operation], terms: Terms) -> None:
        if not operations:
            return
        if self.progress is not None:
            self.progress(self.rounds, len(operations))
        along = self.named if terms.edge_m > self.terms.edge_m else ()
        applied = apply(self.partition, operations, tolerance_m=terms.edge_m, along=along)
        self.partition = applied.partition
        self.done_at_refusal = len(self.done)
        self.done += applied.done
        if terms.edge_m == self.terms.edge_m:  # else a speck is left as it was
            self.refused |= {one.operation.finding: one for one in applied.refused}
        new = {one.operation.finding for one in applied.refused} - self.ever_refused
        self.ever_refused |= new
        self.has_worked = bool(applied.done or new)  # what waited for a refused one has its turn

    def drop_copies(self) -> None:
        """Drop the copies at last: before, row numbers are those of the file."""
        if self.copies:
            self.partition = apply(self.partition, self.copies).partition
            self.done += self.copies
