"""`jingwei check`: what is wrong with a file of grids, for people, for QGIS, for pipelines."""

from pathlib import Path
from typing import Annotated

import typer

from api.commands import survey as shared
from gis.coverage import USUAL
from layers.files.checked import check_survey
from layers.files.surveys import Files, Told


def check(  # noqa: PLR0913 - the options of a command
    file: shared.SurveyFile,
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
    output: Annotated[
        list[Path] | None,
        typer.Option("--output", "-o", help=f"Findings as {' '.join(shared.REPORTS)}; repeatable."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as well.")] = False,
    everything: shared.AllOption = False,
    lang: shared.LangOption = shared.Lang.ZH,
) -> None:
    """
    Find every gap, overlap and whatever else is wrong with a file of grids.

    Exit status: 0 nothing that blocks, 1 something does, 2 the file or an option cannot be used.
    """
    files = Files(file, frame, parents, buildings, compounds, streets, voids)
    shared.refuse_unwritable(output or [], shared.REPORTS, files)
    survey = shared.read(files, Told(layer, crs, datum, encoding, shared.said(columns)))
    with shared.console.status("检查 check ..."):
        checked = check_survey(survey, shared.agreed(survey, width, enclave or []))
    shared.show(checked.findings, lang, everything=everything)
    shared.write_all(checked, output or [], lang)
    raise typer.Exit(shared.status_of(checked.findings, strict=strict))
