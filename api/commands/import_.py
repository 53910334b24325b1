"""`jingwei import`: a file into the database; shown first, written whole or not at all."""

import getpass
import sys
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.prompt import Confirm
from rich.table import Table

from layers.db import migrate, open_database, session_factory
from layers.files.columns import FORMS, guess
from layers.files.importing import PLACES, About, ImportRefusedError, store_grids, store_places
from layers.files.preparing import Prepared, prepare
from layers.files.reading import Delivered, read_file
from layers.files.source_crs import Source, settle
from layers.settings import Settings

console = Console()
SHOWN = 20
NOT_CONFIRMED = 3


def import_(  # noqa: PLR0913 - the options of a command
    file: Annotated[
        Path, typer.Argument(help="GeoPackage, Shapefile, GeoJSON, GeoParquet, CSV or KML.")
    ],
    layer: Annotated[str, typer.Option(help=f"What it holds: {', '.join(FORMS)}.")] = "grids",
    *,
    file_layer: Annotated[
        str | None, typer.Option(help="Which layer of the file, if it has several.")
    ] = None,
    crs: Annotated[str | None, typer.Option(help="CRS of the file, e.g. EPSG:4525.")] = None,
    datum: Annotated[
        str | None, typer.Option(help="Datum of degrees: cgcs2000, wgs84, gcj02 or bd09.")
    ] = None,
    columns: Annotated[
        str | None, typer.Option(help="Which column is which, e.g. code=WGDM,name=WGMC.")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Of the attribute table, e.g. gbk.")] = None,
    split_multipart: Annotated[
        bool, typer.Option("--split-multipart", help="Each further part is a grid of its own.")
    ] = False,
    subdistricts: Annotated[
        Path | None, typer.Option(help="File of the subdistricts, for a first version.")
    ] = None,
    communities: Annotated[
        Path | None, typer.Option(help="File of the communities, for a first version.")
    ] = None,
    city_name: Annotated[
        str | None, typer.Option(help="Name of the city, for a first version.")
    ] = None,
    label: Annotated[str | None, typer.Option(help="Name of the new version.")] = None,
    publish_from: Annotated[
        datetime | None, typer.Option(help="Put faultless grids in force from this time on.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Write without asking.")] = False,
) -> None:
    """
    Store a file's grids as a new version, or its places; says all it will do before it does it.

    Grids become a draft, faults and all, unless --publish-from is given. Places replace those of
    the same code. Exit status: 0 stored, 2 refused, 3 not confirmed.
    """
    if layer not in FORMS or layer in {"subdistricts", "communities"}:
        raise typer.BadParameter(f"--layer is one of grids, {', '.join(PLACES)}")
    if split_multipart and layer != "grids":
        raise typer.BadParameter("--split-multipart is for grids")
    said = _said(columns)
    with console.status(f"reading {file.name}"):
        delivered = read_file(file, layer=file_layer, encoding=encoding)
        source = settle(delivered, crs, datum)
        mapping = guess(FORMS[layer], list(delivered.rows.columns), said)
        prepared = prepare(delivered, FORMS[layer], source, mapping, split=split_multipart)
        parents = _parents(subdistricts, communities, crs, datum, encoding)
    _show_plan(prepared, delivered, source)
    for parent in parents or ():
        console.print(f"[bold]{parent.form.layer}[/bold]: {len(parent.rows)} to take")
        _show_report(parent)
    _show_report(prepared)
    if not prepared.rows:
        raise ImportRefusedError(f"no row of {file.name} can be taken; nothing was written")
    if not yes and not _confirmed():
        console.print("Nothing was written.")
        raise typer.Exit(NOT_CONFIRMED)
    settings = Settings()
    since = publish_from.astimezone() if publish_from else None
    about = About(author=getpass.getuser(), label=label or file.stem, city_name=city_name)
    with ExitStack() as stack:
        engine = stack.enter_context(open_database(settings))
        migrate(engine)
        session = stack.enter_context(session_factory(engine).begin())
        progress = stack.enter_context(Progress(console=console))
        task = progress.add_task("storing", total=len(prepared.rows))

        def tell(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        if layer == "grids":
            version = store_grids(
                session, prepared, about, parents=parents, publish_from=since, progress=tell
            )
            stands = f"in force from {since.isoformat()}" if since else "a draft, not in force"
            told = f"Stored as version {version.id} ({version.label}), {stands}."
        else:
            count = store_places(session, prepared, tell)
            told = f"Stored {count} {layer}."
    console.print(f"[green]{told}[/green]")


def _said(columns: str | None) -> dict[str, str]:
    said = {}
    for pair in (columns or "").split(","):
        ours, equals, theirs = pair.partition("=")
        if pair and not equals:
            raise typer.BadParameter(f"--columns {pair!r}: say ours=theirs, e.g. code=WGDM")
        if pair:
            said[ours.strip()] = theirs.strip()
    return said


def _parents(
    subdistricts: Path | None, communities: Path | None, *how: str | None
) -> tuple[Prepared, Prepared] | None:
    if subdistricts is None and communities is None:
        return None
    if subdistricts is None or communities is None:
        raise typer.BadParameter("--subdistricts and --communities go together")
    crs, datum, encoding = how
    made = []
    for path, layer in ((subdistricts, "subdistricts"), (communities, "communities")):
        delivered = read_file(path, encoding=encoding)
        says = delivered.crs is not None  # then --crs and --datum are about the grids alone
        source = settle(delivered) if says else settle(delivered, crs, datum)
        mapping = guess(FORMS[layer], list(delivered.rows.columns))
        made.append(prepare(delivered, FORMS[layer], source, mapping))
    return made[0], made[1]


def _show_plan(prepared: Prepared, delivered: Delivered, source: Source) -> None:
    form = prepared.form
    console.print(
        f"[bold]{delivered.path.name}[/bold]: {len(delivered.rows)} rows as {form.layer} "
        f"({form.title_zh}), coordinates in {source.describe()}",
        highlight=False,
    )
    table = Table("column", "of the file", "first value")
    first: dict[Any, Any] = next(iter(delivered.rows.to_dict("records")), {})
    for column in form.columns:
        theirs = prepared.mapping.get(column.name)
        table.add_row(column.name, theirs or "-", str(first.get(theirs) or "") if theirs else "")
    console.print(table)
    unused = [name for name in delivered.rows if name not in prepared.mapping.values()]
    if unused:
        console.print(f"Not taken: {', '.join(map(str, unused))}", highlight=False)


def _show_report(prepared: Prepared) -> None:
    for change in prepared.changed:
        console.print(f"  changed: {change}", highlight=False, soft_wrap=True)
    for refused in prepared.refused[:SHOWN]:
        console.print(
            f"  [yellow]refused[/yellow]: row {refused.row} ({refused.code or 'no code'}): "
            f"{refused.why}",
            highlight=False,
            soft_wrap=True,
        )
    if len(prepared.refused) > SHOWN:
        console.print(f"  and {len(prepared.refused) - SHOWN} more rows refused")
    for fault in prepared.faults[:SHOWN]:
        console.print(f"  [red]fault[/red]: {fault.text_zh} {fault.text_en}",
                      highlight=False, soft_wrap=True)  # fmt: skip
    if len(prepared.faults) > SHOWN:
        console.print(f"  and {len(prepared.faults) - SHOWN} more faults")
    console.print(
        f"{len(prepared.rows)} rows to take, {len(prepared.refused)} refused, "
        f"{len(prepared.faults)} faults."
    )


def _confirmed() -> bool:
    if not sys.stdin.isatty():
        console.print("Say --yes to write this without being asked.")
        return False
    return Confirm.ask("Write this?", console=console, default=False)
