"""What the public pages show of a centre, of a walk and of a grid, ready to be printed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import atan2, cos, pi, radians

from api.public_words import WAYS, WORDS, say_day, say_time, say_weekday
from layers.centres import SERVICES, Centre
from layers.opening import LOCAL_TIME, Hours, Now, Span
from layers.walking import NearCentre, minutes
from layers.workdays import DayKind, get_day

ROUTE_DIGITS = 5  # a metre: what a map on a phone shows
WEEK = 7
FAR_DAYS = 60  # every day of the week is an ordinary one once in so many
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayView:
    """The hours of one day: which, what is special about it, from when to when."""

    day: str
    note: str
    hours: str
    today: bool


@dataclass(frozen=True, slots=True)
class WalkView:
    """A walk in words, and its route as lat, lon for the map."""

    fast: int
    slow: int
    metres: str
    way: str
    steps: bool
    straight: bool
    route: list[list[float]]


@dataclass(frozen=True, slots=True)
class CentreView:
    """A centre in one language as it stands at a moment."""

    code: str
    name: str
    kind: str
    region: str
    address: str | None
    phone: str | None
    tel: str | None
    step_free: bool
    services: list[str]
    open: bool
    status: str
    note: str
    week: list[DayView]
    announced: bool
    lat: float
    lon: float
    walk: WalkView | None = None


def describe(centre: Centre, when: datetime, lang: str, walk: WalkView | None = None) -> CentreView:
    """Say in one language what a visitor wants to know of a centre."""
    now = centre.at(when)
    today = when.astimezone(LOCAL_TIME).date()
    services = [SERVICES.get(code, (code, code)) for code in centre.services]
    exception = now.exception if now else None
    week = list(say_week(centre.hours, today, lang)) if centre.hours else []
    return CentreView(
        code=centre.code,
        name=name_of(centre.name, centre.name_en, lang),
        kind=WORDS[lang][centre.kind],
        region=name_of(centre.region.name, centre.region.name_en, lang),
        address=centre.address,
        phone=centre.phone,
        tel="".join(filter(str.isdigit, centre.phone)) if centre.phone else None,
        step_free=centre.step_free,
        services=[zh if lang == "zh" else en for zh, en in services],
        open=bool(now and now.open),
        status=say_status(now, today, lang),
        note=(exception.reason_zh if lang == "zh" else exception.reason_en) if exception else "",
        week=week,
        announced=get_day(today).announced and get_day(today + (WEEK - 1) * DAY).announced,
        lat=centre.lat,
        lon=centre.lon,
        walk=walk,
    )


def say_walk(near: NearCentre, slow_minutes: int, lang: str) -> WalkView:
    """Say how long a walk is, at both paces, and which way it goes."""
    (start_lon, start_lat), (end_lon, end_lat) = near.route[0], near.route[-1]
    east = (end_lon - start_lon) * cos(radians(end_lat))
    eighth = round(atan2(end_lat - start_lat, east) / (pi / 4)) % len(WAYS)
    length_m = near.walk.length_m
    shown_m = round(length_m, -1) if length_m >= 100 else round(length_m)  # noqa: PLR2004
    return WalkView(
        fast=minutes(near.walk),
        slow=slow_minutes,
        metres=WORDS[lang]["metres"].format(n=f"{shown_m:.0f}"),
        way=WORDS[lang]["direction"].format(way=WAYS[eighth][lang == "en"]),
        steps=near.walk.steps,
        straight=near.walk.how.value == "straight_line",
        route=near.route[:, ::-1].round(ROUTE_DIGITS).tolist(),
    )


def say_status(now: Now | None, today: date, lang: str) -> str:
    """Say whether a centre is open and until when; or when it opens."""
    words = WORDS[lang]
    if now is None:
        return words["unknown_hours"]
    if now.until is None:
        return words["all_day"] if now.open else words["long_closed"]
    until = say_time(now.until, today, lang)
    state, change = ("open", "closes") if now.open else ("closed", "opens")
    comma = "，" if lang == "zh" else ", "
    return words[state] + comma + words[change].format(until=until)


def say_week(hours: Hours, today: date, lang: str) -> Iterable[DayView]:
    """Yield the hours of seven days from today."""
    words = WORDS[lang]
    for number in range(WEEK):
        day = today + number * DAY
        kind, exception = get_day(day), hours.exceptions.get(day)
        notes = []
        if kind.kind is DayKind.MAKE_UP:
            notes.append(words["make_up"])
        if kind.holiday is not None:
            notes.append(kind.holiday[lang == "en"])
        if exception is not None:
            notes.append(exception.reason_zh if lang == "zh" else exception.reason_en)
        told = _told(hours, day, lang)
        yield DayView(say_day(day, lang), " · ".join(notes), told, today=number == 0)


def say_usual_week(hours: Hours, today: date, lang: str) -> list[DayView]:
    """Return the hours from Monday to Sunday where nothing is special, as a poster shows them."""
    usual: dict[int, DayView] = {}
    for number in range(FAR_DAYS):
        day = today + number * DAY
        if get_day(day).kind is DayKind.ORDINARY and day not in hours.exceptions:
            told = _told(hours, day, lang)
            usual.setdefault(day.weekday(), DayView(say_weekday(day, lang), "", told, today=False))
    return [usual[weekday] for weekday in sorted(usual)]


def name_of(zh: str, en: str | None, lang: str) -> str:
    """Return a name in one language, Chinese where there is no other."""
    return en if lang == "en" and en else zh


def _told(hours: Hours, day: date, lang: str) -> str:
    comma = "、" if lang == "zh" else ", "
    return comma.join(_span(one, day, lang) for one in hours.spans(day)) or WORDS[lang]["off"]


def _span(span: Span, day: date, lang: str) -> str:
    start, end = span
    if end - start >= DAY:
        return WORDS[lang]["whole_day"]
    if end.date() == day or (end.hour == end.minute == 0 and end.date() == day + DAY):
        return f"{start:%H:%M}–{'24:00' if end.date() != day else f'{end:%H:%M}'}"
    return f"{start:%H:%M}–{WORDS[lang]['next_day']}{end:%H:%M}"
