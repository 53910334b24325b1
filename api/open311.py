"""Open311 GeoReport v2: report apps find the services, report, and see what came of it."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from xml.etree import ElementTree as ET

from fastapi import APIRouter, Form, Header, Query, Response
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime

from api.deps import AtlasDep, SessionDep, StateDep
from api.gazetteer import get_places
from gis.datum import Datum
from gis.errors import JingweiError
from layers.cases.case_types import CASE_TYPES
from layers.cases.public import Seen, list_seen
from layers.incidents import Report, report
from layers.models import Channel

router = APIRouter(prefix="/open311/v2", tags=["open311"])
USUAL_DAYS = timedelta(days=90)  # the standard's: 90 days or 1,000 requests, whichever is smaller
LONGEST_TEXT = 2000
LONGEST_ADDRESS = 200
NOTICE = "已收到；您的姓名、电话和邮箱不予保存。Received; name, phone and e-mail are not kept."

Format = Literal["json", "xml"]
Record = dict[str, Any]


@router.get("/services.{form}")
def get_services(form: Format) -> Response:
    """List what can be reported."""
    return _answer(form, "services", "service", [_service(code) for code in CASE_TYPES])


@router.get("/services/{code}.{form}")
def get_definition(code: str, form: Format) -> Response:
    """Tell what a service asks for beyond the standard's own fields: nothing."""
    if code not in CASE_TYPES:
        return _error(form, 404, f"there is no service {code!r}")
    definition = {"service_code": code, "attributes": []}
    if form == "json":
        return JSONResponse(definition)
    return _xml(_element("service_definition", definition))


@router.post("/requests.{form}", status_code=201)
def post_request(  # noqa: PLR0913 - the standard's fields
    form: Format,
    session: SessionDep,
    state: StateDep,
    atlas: AtlasDep,
    *,
    service_code: Annotated[str | None, Form()] = None,
    lat: Annotated[float | None, Form(allow_inf_nan=False)] = None,
    long: Annotated[float | None, Form(allow_inf_nan=False)] = None,
    address_string: Annotated[str | None, Form()] = None,
    description: Annotated[str | None, Form()] = None,
    idempotency_key: Annotated[str | None, Header(min_length=8, max_length=100)] = None,
) -> Response:
    """
    Take a report; `lat` and `long` are in WGS 84, without them the address must be found.

    Fields about the person are read over and not kept.
    """
    text, address = (description or "").strip(), (address_string or "").strip() or None
    if service_code not in CASE_TYPES:
        return _error(form, 400, f"service_code must be one of {', '.join(CASE_TYPES)}")
    if not 0 < len(text) <= LONGEST_TEXT or len(address or "") > LONGEST_ADDRESS:
        return _error(form, 400, "description is needed, in at most 2000 letters; address 200")
    if lat is not None and long is not None:
        where, datum = (long, lat), Datum.WGS84
    elif address is not None:
        found = get_places(session, state, address, 5)
        if not found.results or found.question is not None:
            asked = f"{found.question.zh} {found.question.en}" if found.question else ""
            words = "the address was not found for certain: send lat and long"
            return _error(form, 400, f"{words}. {asked}".strip())
        where, datum = (found.results[0].lon, found.results[0].lat), Datum.CGCS2000
    else:
        return _error(form, 400, "send lat and long, or an address_string")
    given = Report(service_code, text, *where, datum, Channel.OPEN311, address=address)
    try:
        incident, _ = report(session, atlas, given, idempotency_key=idempotency_key, verify=True)
    except JingweiError as error:
        return _error(form, 400, str(error))
    stored = {"service_request_id": incident.number, "service_notice": NOTICE, "account_id": None}
    return _answer(form, "service_requests", "request", [stored], status=201)


@router.get("/requests.{form}")
def get_requests(
    form: Format,
    session: SessionDep,
    *,
    service_request_id: Annotated[str, Query(max_length=20_000)] = "",
    service_code: Annotated[str, Query(max_length=500)] = "",
    start_date: AwareDatetime | None = None,
    end_date: AwareDatetime | None = None,
    status: Literal["open", "closed", "open,closed", "closed,open"] | None = None,
) -> Response:
    """
    List reports without words or addresses, and where only roughly.

    Without ids and dates those of the last 90 days, a thousand at most.
    """
    numbers = _split(service_request_id)
    if not numbers and start_date is None:
        start_date = (end_date or datetime.now(UTC)) - USUAL_DAYS
    found = list_seen(
        session,
        numbers=numbers,
        categories=_split(service_code),
        since=start_date,
        until=end_date,
        finished={"open": False, "closed": True}.get(status or ""),
    )
    return _answer(form, "service_requests", "request", [_request(seen) for seen in found])


@router.get("/requests/{number}.{form}")
def get_request(number: str, form: Format, session: SessionDep) -> Response:
    """Tell what became of one report."""
    found = list_seen(session, numbers=[number])
    if not found:
        return _error(form, 404, f"there is no request {number!r}")
    return _answer(form, "service_requests", "request", [_request(found[0])])


@router.get("/tokens/{token}.{form}")
def get_token(token: str, form: Format, session: SessionDep) -> Response:
    """Tell the number of a report by its token; each has its number at once, as token."""
    if not list_seen(session, numbers=[token]):
        return _error(form, 404, f"there is no token {token!r}")
    same = {"service_request_id": token, "token": token}
    return _answer(form, "service_requests", "request", [same])


def _service(code: str) -> Record:
    kind = CASE_TYPES[code]
    return {
        "service_code": code,
        "service_name": kind.zh,
        "description": kind.en,
        "metadata": False,
        "type": "realtime",
        "keywords": "",
        "group": "",
    }


def _request(seen: Seen) -> Record:
    return {
        "service_request_id": seen.number,
        "status": "closed" if seen.finished else "open",
        "status_notes": seen.state.value,
        "service_name": CASE_TYPES[seen.category].zh if seen.category in CASE_TYPES else None,
        "service_code": seen.category,
        "description": None,
        "requested_datetime": _time(seen.reported_at),
        "updated_datetime": _time(seen.updated_at),
        "expected_datetime": _time(seen.due_at),
        "address": None,
        "lat": seen.lat,
        "long": seen.lon,
    }


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _split(listed: str) -> list[str]:
    return [part for each in listed.split(",") if (part := each.strip())]


def _error(form: Format, status: int, words: str) -> Response:
    told = [{"code": status, "description": words}]
    return _answer(form, "errors", "error", told, status=status)


def _answer(
    form: Format, many: str, one: str, records: list[Record], *, status: int = 200
) -> Response:
    if form == "json":
        return JSONResponse(records, status)
    root = ET.Element(many)
    root.extend(_element(one, record) for record in records)
    return _xml(root, status)


def _element(name: str, record: Record) -> ET.Element:
    element = ET.Element(name)
    for key, value in record.items():
        child = ET.SubElement(element, key)
        if isinstance(value, bool):
            child.text = str(value).lower()
        elif value is not None and not isinstance(value, list):
            child.text = str(value)
    return element


def _xml(root: ET.Element, status: int = 200) -> Response:
    content = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return Response(content, status, media_type="application/xml")
