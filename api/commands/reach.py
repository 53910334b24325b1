"""`jingwei reach`: whom the service centres reach on foot, as a report and as tables."""

import csv
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from api.reach_report import TIERS, make_report
from gis.errors import JingweiError
from layers.boundaries import get_version_in_force
from layers.centres import list_centres
from layers.db import migrate, open_database, session_factory
from layers.opening import LOCAL_TIME
from layers.reach import Reach, measure_reach, read_homes, read_water
from layers.settings import Settings
from layers.walking import load_network
from layers.workdays import DayKind, get_day

console = Console()


def reach(
    folder: Annotated[Path, typer.Argument(help="Where the report and the tables are written.")],
    *,
    new: Annotated[int, typer.Option(min=1, max=20, help="How many new sites to look for.")] = 3,
    night: Annotated[
        str, typer.Option(help="The hour that stands for the night, local time.")
    ] = "02:00",
) -> None:
    """
    Say whom the service centres reach on foot, by day and by night, and where new ones would help.

    Writes reach.html (needs no network), bands.csv, homes.csv, centres.csv and sites.csv.
    """
    settings = Settings()
    at_night = _next_ordinary_night(night)
    with open_database(settings) as engine:
        migrate(engine)
        with session_factory(engine)() as session:
            found, synthetic = _measure(session, at_night, new)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "reach.html").write_text(make_report(found, synthetic=synthetic), encoding="utf-8")
    _write_tables(found, folder)
    _show(found)
    console.print(f"{folder / 'reach.html'}", highlight=False, soft_wrap=True)


def _measure(session: Session, at_night: datetime, new: int) -> tuple[Reach, bool]:
    version = get_version_in_force(session, datetime.now(LOCAL_TIME))
    planar = f"EPSG:{version.planar_srid}"
    found = measure_reach(
        read_homes(session, planar),
        list_centres(session),
        load_network(session, planar),
        planar=planar,
        water=read_water(session, planar),
        at_night=at_night,
        new=new,
    )
    return found, version.synthetic


def _next_ordinary_night(text: str) -> datetime:
    try:
        hour = time.fromisoformat(text)
    except ValueError:
        raise JingweiError(f"--night {text!r} is no time of day: write it as 02:00") from None
    day: date = datetime.now(LOCAL_TIME).date()
    while get_day(day).kind is not DayKind.ORDINARY:
        day += timedelta(days=1)
    return datetime.combine(day, hour, LOCAL_TIME)


def _write_tables(found: Reach, folder: Path) -> None:
    _write(
        folder / "bands.csv",
        ["tier", "by_night", "limit", "unit", "people", "people_share", "older", "older_share"],
        (
            [b.tier, b.by_night, b.limit, b.unit, b.people, f"{b.people_share:.4f}",
             b.older, f"{b.older_share:.4f}"]
            for b in found.bands
        ),
    )  # fmt: skip
    codes = [*(centre.code for centre in found.centres), ""]
    homes, near, night = found.homes, found.near, found.night
    _write(
        folder / "homes.csv",
        ["building", "people", "older", "nearest", "metres", "minutes", "slow_minutes",
         "second", "second_metres", "at_night", "at_night_metres", "other_subdistrict", "detour"],
        (
            [code, int(homes.people[i]), int(homes.older[i]),
             codes[near.first[i]], _number(near.first_cost[i]),
             _number(found.minutes[i]), _number(found.slow_minutes[i]),
             codes[near.second[i]], _number(near.second_cost[i]),
             codes[night.first[i]], _number(night.first_cost[i]),
             bool(found.abroad[i]), bool(found.detour[i])]
            for i, code in enumerate(homes.codes)
        ),
    )  # fmt: skip
    _write(
        folder / "centres.csv",
        ["centre", "people", "older", "capacity", "capacity_by_standard", "ratio"],
        (
            [load.code, load.people, load.older, load.capacity, load.by_standard,
             f"{load.ratio:.3f}"]
            for load in found.loads
        ),
    )  # fmt: skip
    _write(
        folder / "sites.csv",
        ["building", "chosen_by"],
        (
            [homes.sites[row], how]
            for how, sites in (("p_median", found.median), ("maximal_cover", found.cover))
            for row in sites.chosen
        ),
    )


def _write(path: Path, names: list[str], rows: Iterable[list[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8-sig") as file:  # the mark Excel wants
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows(rows)


def _number(value: float) -> str:
    return f"{value:.1f}" if value < float("inf") else ""  # no path


def _show(found: Reach) -> None:
    table = Table("", "within", "people", "share", "60+", "share", title="Reach on foot 步行可达")
    for band in found.bands:
        zh, en = TIERS[band.tier, band.by_night]
        table.add_row(
            f"{zh} {en}", f"{band.limit} {band.unit}", f"{band.people:,}",
            f"{band.people_share:.1%}", f"{band.older:,}", f"{band.older_share:.1%}",
        )  # fmt: skip
    console.print(table)
