"""`jingwei reassign`: incidents against another version; said first, written on demand."""

import csv
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from sqlalchemy.orm import Session, sessionmaker

from layers.boundaries import CityMap, get_version, list_versions, load_city_map
from layers.db import migrate, open_database, session_factory
from layers.officers import load_roster
from layers.reassign import Move, list_moves, move_open
from layers.settings import Settings

console = Console()


def reassign(
    version: Annotated[
        int | None, typer.Option(help="Boundary version to go by; the latest if not given.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the changes to this CSV file.")
    ] = None,
    *,
    closed_too: Annotated[
        bool, typer.Option("--closed-too", help="Report on closed incidents as well.")
    ] = False,
    write: Annotated[
        bool, typer.Option("--write", help="After the report, write the open ones over.")
    ] = False,
) -> None:
    """
    Say which incidents another boundary version gives to another grid; --write does it.

    Closed incidents are reported on but keep the version that served them. A run that was
    killed is started again and goes on where it was.
    """
    settings = Settings()
    with open_database(settings) as engine:
        migrate(engine)
        sessions = session_factory(engine)
        city = _load(sessions, version, settings)
        with Progress(console=console, transient=True) as progress:
            moves = _report(sessions, city, output, progress, closed_too=closed_too)
        _show(moves, city)
        if write:
            with sessions() as session:
                roster = load_roster(session)
            with Progress(console=console, transient=True) as progress:
                task = progress.add_task("writing")
                moved = move_open(
                    sessions,
                    city,
                    roster,
                    actor="jingwei reassign",
                    progress=lambda done, total: progress.update(task, completed=done, total=total),
                )
            console.print(f"{moved} open incidents changed hands.")


def _load(sessions: sessionmaker[Session], version_id: int | None, settings: Settings) -> CityMap:
    with sessions() as session:
        if version_id is None:
            versions = list_versions(session)
            version_id = versions[-1].id if versions else 0
        return load_city_map(
            session,
            get_version(session, version_id),
            gap_tolerance_m=settings.gap_tolerance_m,
            near_border_m=settings.near_border_m,
        )


def _report(
    sessions: sessionmaker[Session],
    city: CityMap,
    output: Path | None,
    progress: Progress,
    *,
    closed_too: bool,
) -> list[Move]:
    task = progress.add_task("comparing")
    moves = list(
        list_moves(
            sessions,
            city,
            closed_too=closed_too,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    )
    if output is not None:
        with output.open("w", newline="", encoding="utf-8-sig") as file:
            writer = csv.writer(file)
            writer.writerow(["number", "state", "from_grid", "to_grid"])
            writer.writerows([m.number, m.state.value, m.from_grid, m.to_grid] for m in moves)
    return moves


def _show(moves: list[Move], city: CityMap) -> None:
    console.print(
        f"Version {city.version.id} ({city.version.label}) gives {len(moves)} incidents "
        "to another grid."
    )
    for state, count in sorted(Counter(move.state.value for move in moves).items()):
        console.print(f"  {state}: {count}")
