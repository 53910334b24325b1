"""Findings of a version over HTTP: list them, accept one with a reason, take that back."""

import json
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Query, Request, Response, status
from geoalchemy2.shape import to_shape
from pydantic import BaseModel, ConfigDict, Field
from shapely.geometry import mapping

from api.deps import SessionDep
from api.errors import NotFoundError
from api.schemas import Answer, Text
from api.versions import CheckOut
from gis.coverage import RULES, Kind, Severity
from layers.acceptances import accept_finding, list_acts, withdraw_acceptance
from layers.findings import Settled, Wanted, get_check, is_current, list_findings
from layers.models import AcceptanceAct, FindingAcceptance

router = APIRouter(prefix="/versions/{version_id}/findings", tags=["versions"])
GEOJSON = "application/geo+json"
PROBLEM: dict[int | str, dict[str, Any]] = {
    404: {"description": "There is no such version or finding, or it was never checked."},
    409: {"description": "It is accepted already, is not accepted, or must be mended instead."},
}


class AcceptanceOut(Answer):
    """A decision about a finding: who, when and why, of which version."""

    act: AcceptanceAct
    actor: str
    reason: str
    at: datetime
    version_id: int
    key: str
    rule_id: str
    text: Text

    @classmethod
    def of(cls, act: FindingAcceptance) -> Self:
        """Describe a stored decision."""
        return cls(
            act=act.act,
            actor=act.actor,
            reason=act.reason,
            at=act.at,
            version_id=act.version_id,
            key=act.key,
            rule_id=act.rule_id,
            text=Text(zh=act.text_zh, en=act.text_en),
        )


class FindingOut(Answer):
    """One thing that is wrong: what, where, how large, whose, what would mend it."""

    key: str = Field(description="Its name, the same in every check that finds it.")
    rule_id: str
    rule: Text
    severity: Severity
    kind: Kind
    layer: str
    codes: list[str]
    owners: list[str]
    text: Text
    area_m2: float | None
    width_m: float | None
    lon: float | None
    lat: float | None
    fix: dict[str, Any]
    acceptable: bool = Field(description="Whether a person may accept it, or it must be mended.")
    acceptance: AcceptanceOut | None

    @classmethod
    def of(cls, one: Settled) -> Self:
        """Describe a stored finding."""
        found, rule = one.finding, RULES[Kind(one.finding.kind)]
        return cls(
            key=found.key,
            rule_id=found.rule_id,
            rule=Text(zh=rule.name_zh, en=rule.name_en),
            severity=Severity(found.severity),
            kind=rule.kind,
            layer=found.layer,
            codes=found.codes,
            owners=found.owners,
            text=Text(zh=found.text_zh, en=found.text_en),
            area_m2=found.area_m2,
            width_m=found.width_m,
            lon=found.lon,
            lat=found.lat,
            fix=found.fix,
            acceptable=one.acceptable,
            acceptance=AcceptanceOut.of(one.acceptance) if one.acceptance else None,
        )


class FindingPage(Answer):
    """Findings of the latest check, the worst first, and where the next ones are."""

    version_id: int
    check: CheckOut
    findings: list[FindingOut]
    next: str | None


class Asked(BaseModel):
    """Which findings to list."""

    model_config = ConfigDict(extra="forbid")

    severity: Severity | None = None
    rule: str | None = Field(default=None, description="Number of a rule, such as JW-C10.")
    accepted: bool | None = Field(default=None, description="Only those that are, or are not.")
    after: int = Field(default=-1, description="Place in the list after which the page goes on.")
    limit: int = Field(default=1000, ge=1, le=10_000)
    f: Literal["json", "geojson"] = "json"


class DecisionIn(BaseModel):
    """Who decides, and why."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    actor: str = Field(
        min_length=1,
        max_length=60,
        description="A role, not a person's name.",
        examples=["规划科"],
    )
    reason: str = Field(min_length=1, max_length=2000, examples=["此处为水库，不设网格"])


@router.get(
    "",
    response_model=FindingPage,
    responses={200: {"content": {GEOJSON: {}}}, 404: PROBLEM[404]},
)
def get_findings(
    version_id: int, request: Request, session: SessionDep, asked: Annotated[Asked, Query()]
) -> FindingPage | Response:
    """List what the latest check found, the worst first; as GeoJSON with `f=geojson`."""
    check = get_check(session, version_id)
    if check is None:
        raise NotFoundError(
            f"version {version_id} was never checked: POST /versions/{version_id}/check first"
        )
    wanted = Wanted(asked.severity, asked.rule, asked.accepted, asked.after, asked.limit + 1)
    found = list_findings(session, version_id, wanted)
    page, more = found[: asked.limit], len(found) > asked.limit
    following = None
    if more:
        following = str(request.url.include_query_params(after=page[-1].finding.serial))
    if asked.f == "geojson":
        return _geojson(page, following)
    return FindingPage(
        version_id=version_id,
        check=CheckOut(
            checked_at=check.checked_at,
            content_hash=check.content_hash,
            current=is_current(session, check),
        ),
        findings=[FindingOut.of(one) for one in page],
        next=following,
    )


@router.get("/{key}/acceptances", responses={404: PROBLEM[404]})
def get_acceptances(version_id: int, key: str, session: SessionDep) -> list[AcceptanceOut]:
    """Return every decision about a finding on this version, first to last; none is ever lost."""
    acts = list_acts(session, version_id, key)
    if not acts:
        raise NotFoundError(f"nobody has decided about finding {key} of version {version_id}")
    return [AcceptanceOut.of(act) for act in acts]


@router.post("/{key}/accept", status_code=status.HTTP_201_CREATED, responses=PROBLEM)
def post_accept(
    version_id: int, key: str, decision: DecisionIn, session: SessionDep
) -> AcceptanceOut:
    """Accept a finding, for this version and those based on it; kept for ever."""
    made = accept_finding(session, version_id, key, actor=decision.actor, reason=decision.reason)
    return AcceptanceOut.of(made)


@router.post("/{key}/withdraw", status_code=status.HTTP_201_CREATED, responses=PROBLEM)
def post_withdraw(
    version_id: int, key: str, decision: DecisionIn, session: SessionDep
) -> AcceptanceOut:
    """Take the acceptance of a finding back; both stay on record."""
    made = withdraw_acceptance(
        session, version_id, key, actor=decision.actor, reason=decision.reason
    )
    return AcceptanceOut.of(made)


def _geojson(page: list[Settled], following: str | None) -> Response:
    features = [
        {
            "type": "Feature",
            "id": one.finding.key,
            "geometry": None if one.finding.geom is None else mapping(to_shape(one.finding.geom)),
            "properties": FindingOut.of(one).model_dump(mode="json"),
        }
        for one in page
    ]
    links = [{"rel": "next", "href": following}] if following else []
    collection = {"type": "FeatureCollection", "features": features, "links": links}
    return Response(json.dumps(collection, ensure_ascii=False), media_type=GEOJSON)
