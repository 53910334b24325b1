"""`jingwei repair`: a file of grids with its faults mended where nothing has to be guessed."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from api.commands import survey as shared
from gis.coverage import USUAL
from layers.files.repairing import Mended, repair_survey
from layers.files.rewriting import WRITTEN, write_repaired
from layers.files.surveys import Files, Told


def repair(  # noqa: PLR0913 - the options of a command
    file: shared.SurveyFile,
    output: Annotated[
        Path, typer.Option("--output", "-o", help=f"The mended file: {' '.join(WRITTEN)}")
    ],
    *,
    frame: shared.FrameFile = None,
    parents: shared.ParentsFile = None,
    buildings: shared.BuildingsFile = None,
    compounds: shared.CompoundsFile = None,
    streets: shared.StreetsFile = None,
    voids: shared.VoidsFile = None,
    enclave: shared.Enclaves = None,
    layer: shared.FileLayer = None,
    crs: shared.CrsOption = None,
    datum: shared.DatumOption = None,
    columns: shared.ColumnsOption = None,
    encoding: shared.EncodingOption = None,
    width: shared.WidthOption = USUAL.width_m,
    accept: Annotated[
        list[str] | None,
        typer.Option("--accept", help="Key of a finding to be mended as proposed; repeatable."),
    ] = None,
    report: Annotated[
        list[Path] | None,
        typer.Option("--report", help=f"What is left, {' '.join(shared.REPORTS)}; repeatable."),
    ] = None,
    everything: shared.AllOption = False,
    lang: shared.LangOption = shared.Lang.ZH,
) -> None:
    """
    Mend gaps, overlaps and borders that do not match, and list what needs a person.

    Nothing wider than --width is filled or taken without --accept. The file itself is never
    changed. Exit status: 0 nothing left that blocks, 1 something is, 2 it cannot be used.
    """
    files = Files(file, frame, parents, buildings, compounds, streets, voids)
    shared.refuse_unwritable([output], WRITTEN, files)
    shared.refuse_unwritable(report or [], shared.REPORTS, files)
    survey = shared.read(files, Told(layer, crs, datum, encoding, shared.said(columns)))
    terms = shared.agreed(survey, width, enclave or [])
    with Progress(console=shared.console, transient=True) as progress:
        task = progress.add_task("检查 check ...", total=None)

        def tell(number: int, count: int) -> None:
            progress.update(task, description=f"{number}: {count} ...")

        mended = repair_survey(survey, terms, accepted=accept or [], progress=tell)
    write_repaired(survey, mended.repaired.partition, mended.kept, output)
    _show(mended, output, lang)
    shared.show(mended.after.findings, lang, everything=everything)
    shared.write_all(mended.after, report or [], lang, mended)
    raise typer.Exit(shared.status_of(mended.after.findings, strict=False))


def _show(mended: Mended, output: Path, lang: shared.Lang) -> None:
    zh = lang is shared.Lang.ZH
    done, refused = mended.repaired.done, mended.repaired.refused
    changed = mended.changed_rows
    before = shared.totals(mended.before.findings, lang)
    shared.console.print(
        f"修补前：{before}。做了 {len(done)} 处修补，涉及 {len(changed)} 个网格 -> {output}"
        if zh
        else f"Before: {before}. {len(done)} repairs on {len(changed)} grids -> {output}",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    for one in refused:
        why = one.why_zh if zh else one.why_en
        shared.console.print(f"  [yellow]{one.operation.finding}[/yellow]: {why}", highlight=False)
    shared.console.print("留待人工处理：" if zh else "Left for a person:")
