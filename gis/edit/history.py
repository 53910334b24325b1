"""A draft's operations from first to last, undone and done again, by several planners."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from gis.edit.errors import ClashError, EditError, listed
from gis.edit.items import Changes, Item, in_one, reverse
from gis.edit.performing import Applied, Sketch, apply, recalled, restore, sketch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gis.edit.operations import Operation
    from gis.edit.plan import Plan


@dataclass(frozen=True, slots=True)
class Step:
    """
    One entry of a draft: an operation, or an undo or redo of the entry numbered `of`.

    Numbers count from 1; number n made version n of the draft.
    """

    number: int
    actor: str
    operation: Operation | None
    of: int | None = None
    undo: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Done:
    """A step and what it did."""

    step: Step
    changes: Changes
    reads: frozenset[Item]
    parts: Mapping[str, tuple[int, int]]

    @property
    def footprint(self) -> frozenset[Item]:
        """All items the step read or changed."""
        return self.reads | frozenset(self.changes)


class Clash(NamedTuple):
    """A later step and the items in which an operation meets it."""

    done: Done
    items: tuple[Item, ...]


class OverlapError(EditError):
    """An operation made at an earlier version meets what others did since; nothing was lost."""

    def __init__(self, seen: int, operation: Operation, clashes: list[Clash]) -> None:
        self.seen, self.operation, self.clashes = seen, operation, clashes
        items = sorted({str(item) for clash in clashes for item in clash.items})
        steps = ", ".join(str(clash.done.step.number) for clash in clashes)
        super().__init__(
            f"从版本 {seen} 以来，第 {steps} 步也动了 {listed(items)}：请选择保留哪一方",
            f"since version {seen} step {steps} touched {listed(items)} too: look at both and "
            "choose",
            items,
        )


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """A plan with the steps that led to it; each method returns the history after it."""

    base: Plan
    plan: Plan
    done: tuple[Done, ...] = ()
    undone: frozenset[int] = field(default_factory=frozenset)

    @classmethod
    def of(cls, plan: Plan) -> History:
        """Begin with a plan."""
        return cls(plan, plan)

    @property
    def version(self) -> int:
        """How many steps were taken: the version number of the draft."""
        return len(self.done)

    def recall(self, step: Step, after: Mapping[Item, Any], reads: Iterable[Item]) -> History:
        """
        Take a step again from what it left of each item it changed, without proving it anew.

        What was accepted once stays so, whatever has become of people, buildings and this program.
        """
        changes = {item: (self.plan.get(item), value) for item, value in after.items()}
        applied = recalled(self.plan, changes, frozenset(reads))
        undone = self.undone
        if step.of is not None:
            undone = undone | {step.of} if step.undo else undone - {step.of}
        return replace(self._after(step, applied), undone=undone)

    def take(self, step: Step) -> History:
        """Take a step by doing it anew; raises as `perform`, `undo` and `redo`."""
        if step.operation is not None:
            return self.perform(step.operation, step.actor)
        return self.undo(step.actor, step.of) if step.undo else self.redo(step.actor, step.of)

    def perform(self, operation: Operation, actor: str) -> History:
        """Perform an operation; raises as `apply`."""
        return self._after(Step(self.version + 1, actor, operation), apply(self.plan, operation))

    def perform_seen(self, operation: Operation, actor: str, seen: int) -> History:
        """
        Perform an operation that was made looking at an earlier version.

        It is taken if nobody changed since what it reads or changes, nor relied on what it
        changes; then it does exactly what it would have done there.

        Raises
        ------
        OverlapError
            If it meets later steps; names them and the items.
        EditError
            If it cannot be tried there, or is refused together with the later steps.
        """
        if seen == self.version:
            return self.perform(operation, actor)
        there = sketch(self.sketch_at(seen), operation)
        self._refuse_overlap(seen, operation, there)
        here = apply(self.plan, operation)  # proven once; a grid may have won a block since
        self._refuse_overlap(seen, operation, here)
        return self._after(Step(self.version + 1, actor, operation), here)

    def undo(self, actor: str, number: int | None = None) -> History:
        """
        Undo an operation: the one numbered, or the last of this planner that is in force.

        Raises
        ------
        ClashError
            If there is none, or later operations build on it.
        EditError
            If together with later operations a grid would break.
        """
        number = self.undoable(actor) if number is None else number
        done = self._operation(number)
        if number in self.undone:
            raise ClashError(f"第 {number} 步已经撤销", f"step {number} is undone already")
        most = {grid: before for grid, (before, _) in done.parts.items()}
        applied = restore(self.plan, reverse(done.changes), most)
        after = self._after(Step(self.version + 1, actor, None, number, undo=True), applied)
        return replace(after, undone=self.undone | {number})

    def redo(self, actor: str, number: int | None = None) -> History:
        """
        Do again what was undone: the one numbered, or what this planner undid last.

        Raises
        ------
        ClashError
            If there is nothing to do again, or later operations changed what it needs.
        EditError
            If together with later operations a grid would break.
        """
        number = self.redoable(actor) if number is None else number
        done = self._operation(number)
        if number not in self.undone:
            raise ClashError(f"第 {number} 步没有撤销", f"step {number} is not undone")
        most = {grid: after for grid, (_, after) in done.parts.items()}
        applied = restore(self.plan, done.changes, most)
        after = self._after(Step(self.version + 1, actor, None, number), applied)
        return replace(after, undone=self.undone - {number})

    def undoable(self, actor: str) -> int:
        """Return the number of the last operation of a planner that is in force."""
        for done in reversed(self.done):
            step = done.step
            if step.operation and step.actor == actor and step.number not in self.undone:
                return step.number
        raise ClashError(
            f"{actor} 没有可撤销的操作", f"{actor} has no operation in force to be undone"
        )

    def redoable(self, actor: str) -> int:
        """Return what a planner undid last, unless that planner has worked on since."""
        for done in reversed(self.done):
            step = done.step
            if step.actor != actor:
                continue
            if step.operation is not None:
                break
            if step.undo and step.of in self.undone:
                return step.of
        raise ClashError(f"{actor} 没有可重做的操作", f"{actor} has nothing to do again")

    def plan_at(self, version: int) -> Plan:
        """Return the plan as it was at a version."""
        steps = [done.changes for done in self.done[version:]]
        return self.plan.changed(reverse(in_one(steps))) if steps else self.plan

    def sketch_at(self, version: int) -> Plan:
        """Return the plan as it was at a version, not measured; see `Plan.sketched`."""
        steps = [done.changes for done in self.done[version:]]
        return self.plan.sketched(reverse(in_one(steps)))

    def at(self, version: int) -> History:
        """Return the history as it was at a version."""
        done = self.done[:version]
        undone: set[int] = set()
        for step in (each.step for each in done):
            if step.of is not None:
                (undone.add if step.undo else undone.discard)(step.of)
        return History(self.base, self.plan_at(version), done, frozenset(undone))

    def clashes(
        self, version: int, footprint: frozenset[Item], writes: frozenset[Item]
    ) -> list[Clash]:
        """
        Return the steps since a version that meet an operation made at it.

        Parameters
        ----------
        footprint, writes
            What the operation reads or changes, and of these what it changes.
        """
        found = []
        for done in self.done[version:]:
            shared = (footprint & frozenset(done.changes)) | (writes & done.footprint)
            if shared:
                found.append(Clash(done, tuple(sorted(shared))))
        return found

    def _refuse_overlap(self, seen: int, operation: Operation, would: Applied | Sketch) -> None:
        writes = frozenset(would.changes)
        clashes = self.clashes(seen, would.reads | writes, writes)
        if clashes:
            raise OverlapError(seen, operation, clashes)

    def _operation(self, number: int) -> Done:
        if not 1 <= number <= self.version or self.done[number - 1].step.operation is None:
            raise ClashError(
                f"第 {number} 步不是可撤销的操作", f"step {number} is no operation to be undone"
            )
        return self.done[number - 1]

    def _after(self, step: Step, applied: Applied) -> History:
        done = Done(step, applied.changes, applied.reads, applied.parts)
        return replace(self, plan=applied.plan, done=(*self.done, done))
