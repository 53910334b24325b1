"""
The pages for everybody: the nearest open service centre on foot, one centre, its poster.

They are whole without a script; a script only adds the map and the position of the device. What
a visitor fills in comes in the body of a POST, so that it stands in no address and no log, and
nothing of it is kept.
"""

import gzip
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any

import segno
from fastapi import APIRouter, Form, Request, Response, status

from api.city import DISPATCH_CENTRE, SYNTHETIC
from api.deps import State, StateDep
from api.pages import HEADERS
from api.public_place import Asked, Choice, Place, RefusalError, find_place, read_time
from api.public_view import CentreView, describe, name_of, say_usual_week, say_walk
from api.public_words import STATES, WORDS, say_time
from api.templating import PAGES, choose_language
from gis.datum import Datum
from layers.assignment import assign
from layers.boundaries import CityMap, NoVersionError
from layers.centres import SERVICES
from layers.incidents import IncidentNotFoundError, get_incident, list_events
from layers.opening import LOCAL_TIME
from layers.walking import CentreMap, First, Gait, Wanted

router = APIRouter(include_in_schema=False)
NIGHT = time(2, 0)  # when almost everything is closed
PRIVATE = {**HEADERS, "Cache-Control": "no-store"}


@router.api_route("/", methods=["GET", "HEAD"])
def get_public_page(request: Request, state: StateDep) -> Response:
    """Return the page with nothing asked yet."""
    return _page(request, state, Asked())


@router.post("/")
def post_public_page(
    request: Request, state: StateDep, asked: Annotated[Asked, Form()]
) -> Response:
    """Return the page with the centres nearest to where the visitor is."""
    return _page(request, state, asked, posted=True)


@router.get("/c/{code}")
def get_centre_page(request: Request, state: StateDep, code: str) -> Response:
    """Return the page of one centre."""
    return _centre(request, state, code, "public_centre.html")


@router.get("/c/{code}/poster")
def get_poster(request: Request, state: StateDep, code: str) -> Response:
    """Return a poster of one centre, to be printed and hung at its door."""
    return _centre(request, state, code, "public_poster.html")


@router.post("/follow")
def post_follow(
    request: Request, state: StateDep, number: Annotated[str, Form(max_length=60)] = ""
) -> Response:
    """Return how far a report is: its state and when, nothing of what or where it is."""
    number = number.strip()
    lang = choose_language(request)
    with state.sessions() as session:
        try:
            incident = get_incident(session, number)
            last = list_events(session, incident)[-1:]
        except IncidentNotFoundError:
            wrong = WORDS[lang]["no_number"].format(number=number)
            return _render(request, state, "public_follow.html", {"wrong": wrong}, 404)
        zh, en = STATES[incident.state]
        moments = (incident.reported_at, last[0].at if last else incident.reported_at)
    told = [f"{moment.astimezone(LOCAL_TIME):%Y-%m-%d %H:%M}" for moment in moments]
    said = {"number": number, "state": zh if lang == "zh" else en, "times": told}
    return _render(request, state, "public_follow.html", said)


@router.get("/public/ground.json")
def get_ground(request: Request, state: StateDep) -> Response:
    """Return streets and water for the map of the public page."""
    with state.sessions() as session:  # connects only when the places changed
        ground = state.ground.get(session, state.atlas.places_edition)
    headers = {
        "ETag": f'"{ground.tag}"',
        "Cache-Control": "no-cache",
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    packed = "gzip" in request.headers.get("accept-encoding", "")
    if packed:
        headers["Content-Encoding"] = "gzip"
    content = ground.content if packed else gzip.decompress(ground.content)
    return Response(content, media_type="application/geo+json", headers=headers)


def _page(request: Request, state: State, asked: Asked, *, posted: bool = False) -> Response:
    lang = choose_language(request)
    try:
        city, centres = state.atlas.at(), state.centres.get()
    except NoVersionError:
        return _render(request, state, "public.html", {"wrong": WORDS[lang]["no_city"]}, 503)
    content: dict[str, Any] = {
        "asked": asked,
        "offered": [(code, said[lang == "en"]) for code, said in SERVICES.items()],
        "posted": posted,
    }
    when = datetime.now(UTC)
    try:
        when = read_time(asked.at, lang)
        if posted:
            content |= _answer(state, city, centres, asked, when, lang)
    except RefusalError as refusal:
        content["wrong"] = str(refusal)
    content["centres"] = [describe(one, when, lang) for one in centres.centres]
    content["map"] = _for_map(content)
    return _render(request, state, "public.html", content, 422 if content.get("wrong") else 200)


def _answer(
    state: State, city: CityMap, centres: CentreMap, asked: Asked, when: datetime, lang: str
) -> dict[str, Any]:
    found = find_place(state, city, asked, lang)
    if isinstance(found, Choice):
        return {"choice": found}
    service = asked.service if asked.service in SERVICES else None
    near = _near(centres, found, Wanted(when, service=service), lang)
    content: dict[str, Any] = {"place": found, "near": near, "grid": _grid(state, city, found)}
    words = WORDS[lang]
    content["heading"] = words["results_open" if near and near[0].open else "results"]
    if asked.at.strip() and near and near[0].open:
        local = when.astimezone(LOCAL_TIME)
        today = datetime.now(LOCAL_TIME).date()
        content["heading"] = words["results_then"].format(when=say_time(local, today, lang))
    if not near:
        content["wrong"] = words["none"]
    tonight = _tonight(when)
    late = _near(centres, found, Wanted(tonight, first=First.ONLY_OPEN, count=1), lang)
    content["night"] = late[0] if late else None
    return content


def _near(centres: CentreMap, place: Place, wanted: Wanted, lang: str) -> list[CentreView]:
    near = centres.nearest(place.lon, place.lat, wanted)
    slow = centres.minutes_to(place.lon, place.lat, [one.centre.code for one in near], Gait.SLOW)
    return [
        describe(one.centre, wanted.at, lang, say_walk(one, slow[one.centre.code], lang))
        for one in near
    ]


def _tonight(when: datetime) -> datetime:
    local = when.astimezone(LOCAL_TIME)
    night = datetime.combine(local.date(), NIGHT, LOCAL_TIME)
    return night if local <= night else night + timedelta(days=1)


def _grid(state: State, city: CityMap, place: Place) -> dict[str, Any]:
    found = assign(city, place.lon, place.lat, Datum.CGCS2000)
    if found.grid is None:
        return {"unit": None}
    return {
        "unit": found.grid,
        "community": found.community,
        "subdistrict": found.subdistrict,
        "officer": state.atlas.roster.on_duty(found.grid.code, datetime.now(UTC)),
    }


def _for_map(content: dict[str, Any]) -> dict[str, Any]:
    """Return what the script draws: all centres, and the answer with its routes."""
    place, near = content.get("place"), content.get("near", [])
    return {
        "start": [round(place.lat, 5), round(place.lon, 5)] if place else None,
        "near": [[one.code, one.walk.route] for one in near],
        "centres": [
            [one.code, one.name, round(one.lat, 5), round(one.lon, 5)] for one in content["centres"]
        ],
    }


def _centre(request: Request, state: State, code: str, template: str) -> Response:
    lang = choose_language(request)
    try:
        centre = state.centres.get().by_code.get(code)
    except NoVersionError:
        centre = None
    if centre is None:
        wrong = WORDS[lang]["not_found"].format(code=code)
        return _render(request, state, template, {"wrong": wrong}, status.HTTP_404_NOT_FOUND)
    base = (state.settings.public_url or str(request.base_url)).rstrip("/")
    address = f"{base}/c/{centre.code}"
    code_svg = segno.make(address, error="m", micro=False).svg_inline(border=2, omitsize=True)
    today = datetime.now(LOCAL_TIME).date()
    content = {
        "centre": describe(centre, datetime.now(UTC), lang),
        "usual": say_usual_week(centre.hours, today, lang) if centre.hours else [],
        "url": address,
        "qr": code_svg,
    }
    return _render(request, state, template, content)


def _render(
    request: Request, state: State, template: str, content: dict[str, Any], code: int = 200
) -> Response:
    lang = choose_language(request)
    settings = state.settings
    try:
        version = state.atlas.at().version
    except NoVersionError:
        version = None
    shared = {
        "lang": lang,
        "w": WORDS[lang],
        "name_of": name_of,
        "city": name_of(version.city_name, version.city_name_en, lang)
        if version
        else "经纬 Jingwei",
        "synthetic": (SYNTHETIC.zh if lang == "zh" else SYNTHETIC.en)
        if version and version.synthetic
        else None,
        "credit": settings.map_credit,
        "review_number": settings.map_review_number,
        "dispatch_name": DISPATCH_CENTRE.zh if lang == "zh" else DISPATCH_CENTRE.en,
        "dispatch_line": settings.dispatch_line,
        "internal": settings.mode == "internal",
    }
    answer = PAGES.TemplateResponse(request, template, shared | content, status_code=code)
    answer.headers.update(PRIVATE)
    return answer
