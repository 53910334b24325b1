"""The shapes of answers about what a draft leads to: comparison, check, publish, lineage."""

from datetime import datetime
from typing import Self

from pydantic import Field

from api.draft_schemas import DraftOut, OperationOut
from api.schemas import Answer, OfficerOut
from gis.coverage import Finding, Severity
from gis.edit import Figures, People
from gis.edit.comparing import Flow
from layers.drafts.publishing import Published
from layers.drafts.rebasing import Rebased
from layers.drafts.views import Checked, Comparison, GridChange
from layers.models import IncidentState
from layers.officers import OnDuty


class FlowOut(Answer):
    """Who goes from one grid to another; both the same for those who stay."""

    from_grid: str
    to_grid: str
    blocks: int
    households: int
    residents: int
    residents_60_plus: int
    area_m2: float

    @classmethod
    def of(cls, flow: Flow) -> Self:
        """Describe a flow."""
        return cls(
            from_grid=flow.from_grid,
            to_grid=flow.to_grid,
            blocks=flow.blocks,
            **flow.people._asdict(),
            area_m2=round(flow.area_m2, 1),
        )


class GridChangeOut(Answer):
    """A grid that changes, before and after."""

    code: str
    change: str
    name_before: str | None
    name_after: str | None
    residents_before: int | None
    residents_after: int | None
    area_before_m2: float | None
    area_after_m2: float | None
    officer_before: OfficerOut | None
    officer_after: OfficerOut | None

    @classmethod
    def of(cls, change: GridChange) -> Self:
        """Describe a change."""

        def residents(figures: Figures | None) -> int | None:
            return figures.people.residents if figures else None

        def area_m2(figures: Figures | None) -> float | None:
            return round(figures.area_m2, 1) if figures else None

        before, after = change.before, change.after
        return cls(
            code=change.code,
            change="new" if before is None else "closed" if after is None else "changed",
            name_before=change.name_before,
            name_after=change.name_after,
            residents_before=residents(before),
            residents_after=residents(after),
            area_before_m2=area_m2(before),
            area_after_m2=area_m2(after),
            officer_before=_officer(change.officer_before),
            officer_after=_officer(change.officer_after),
        )


class IncidentMoveOut(Answer):
    """An open incident that another grid would answer for."""

    number: str
    state: IncidentState
    from_grid: str | None
    to_grid: str | None


class CompareOut(Answer):
    """What a draft changes against its base."""

    version: int
    people_moving: dict[str, int]
    flows: list[FlowOut]
    grids: list[GridChangeOut]
    incidents: list[IncidentMoveOut]

    @classmethod
    def of(cls, version: int, found: Comparison) -> Self:
        """Describe a comparison."""
        moving = People()
        for flow in found.flows:
            if flow.from_grid != flow.to_grid:
                moving = moving.plus(flow.people)
        return cls(
            version=version,
            people_moving=moving._asdict(),
            flows=[FlowOut.of(flow) for flow in found.flows],
            grids=[GridChangeOut.of(change) for change in found.grids],
            incidents=[IncidentMoveOut.model_validate(move) for move in found.incidents],
        )


class DraftFindingOut(Answer):
    """One thing that is wrong with a draft."""

    key: str
    rule: str
    severity: str
    codes: list[str]
    text: dict[str, str]
    area_m2: float | None
    lon: float | None
    lat: float | None
    accepted: bool = Field(description="It was accepted on the base, or a version before it.")

    @classmethod
    def of(cls, finding: Finding, *, accepted: bool) -> Self:
        """Describe a finding."""
        return cls(
            key=finding.key,
            rule=finding.rule_id,
            severity=finding.severity.value,
            codes=list(finding.codes),
            text={"zh": finding.text_zh, "en": finding.text_en},
            area_m2=finding.area_m2,
            lon=finding.lon,
            lat=finding.lat,
            accepted=accepted,
        )


class DraftCheckOut(Answer):
    """What is wrong with a draft, the worst first."""

    version: int
    blocking: int = Field(description="Those that forbid publishing: blocking, not accepted.")
    findings: list[DraftFindingOut]

    @classmethod
    def of(cls, version: int, checked: Checked) -> Self:
        """Describe a check."""
        return cls(
            version=version,
            blocking=sum(
                finding.severity is Severity.BLOCKING and finding.key not in checked.accepted
                for finding in checked.findings
            ),
            findings=[
                DraftFindingOut.of(finding, accepted=finding.key in checked.accepted)
                for finding in checked.findings
            ],
        )


class LeftOutOut(Answer):
    """An operation that cannot be done on the latest version, and why."""

    operation: OperationOut
    detail: str
    detail_zh: str
    ids: list[str]


class RebasedOut(Answer):
    """A draft done again on the latest version."""

    draft: DraftOut
    taken: int
    left_out: list[LeftOutOut]

    @classmethod
    def of(cls, draft: DraftOut, rebased: Rebased) -> Self:
        """Describe it."""
        return cls(
            draft=draft,
            taken=rebased.taken,
            left_out=[
                LeftOutOut(
                    operation=OperationOut.done(left.done),
                    detail=str(left.error),
                    detail_zh=left.error.zh,
                    ids=list(left.error.ids),
                )
                for left in rebased.left_out
            ],
        )


class LineageOut(Answer):
    """What of a grid of the version before went to which grid of this one."""

    from_code: str
    to_code: str
    blocks: int
    residents: int
    area_m2: float


class PublishedOut(Answer):
    """A version put in force."""

    version: int
    label: str
    valid_from: datetime
    incidents_moved: int | None = Field(description="null: will be moved when it is in force.")

    @classmethod
    def of(cls, published: Published) -> Self:
        """Describe a publish."""
        version = published.version
        return cls(
            version=version.id,
            label=version.label,
            valid_from=version.valid_from,
            incidents_moved=published.moved,
        )


def _officer(officer: OnDuty | None) -> OfficerOut | None:
    return OfficerOut.model_validate(officer) if officer else None
