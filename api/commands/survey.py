"""What `jingwei check` and `jingwei repair` share: options, reading, and the table of findings."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from api.reports.coverage import write_report
from gis.coverage import USUAL, Severity, Terms
from gis.coverage.rules import SEVERITY_ZH
from layers.files.findings_file import FORMATS, write_findings
from layers.files.surveys import Files, Survey, Told, read_survey

if TYPE_CHECKING:
    from collections.abc import Collection

    from gis.coverage import Finding, Findings
    from layers.files.checked import Checked
    from layers.files.repairing import Mended

console = Console()
SHOWN = 40
CLEAN, BLOCKED = 0, 1  # 2 is for what cannot be read
REPORTS = (".html", *FORMATS)
_COLOURS = {Severity.BLOCKING: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


class Lang(StrEnum):
    """Languages findings are told in."""

    ZH = "zh"
    EN = "en"


SurveyFile = Annotated[
    Path, typer.Argument(help="Grids: GeoPackage, Shapefile, GeoJSON, GeoParquet or CSV.")
]
FrameFile = Annotated[Path | None, typer.Option("--frame", help="What the grids must cover.")]
ParentsFile = Annotated[Path | None, typer.Option("--parents", help="Communities of the grids.")]
BuildingsFile = Annotated[Path | None, typer.Option("--buildings", help="Must not be cut.")]
CompoundsFile = Annotated[Path | None, typer.Option("--compounds", help="Should not be cut.")]
StreetsFile = Annotated[
    Path | None, typer.Option("--streets", help="To say near which street a fault is.")
]
VoidsFile = Annotated[
    Path | None, typer.Option("--voids", help="Ground of nobody on purpose: a lake.")
]
Enclaves = Annotated[
    list[str] | None, typer.Option("--enclave", help="Code of a grid that may have parts apart.")
]
FileLayer = Annotated[
    str | None, typer.Option("--layer", help="Which layer of the file, if it has several.")
]
CrsOption = Annotated[
    str | None, typer.Option("--crs", help="CRS of files that do not say it, e.g. EPSG:4525.")
]
DatumOption = Annotated[
    str | None, typer.Option("--datum", help="Of degrees: cgcs2000, wgs84, gcj02 or bd09.")
]
ColumnsOption = Annotated[
    str | None, typer.Option("--columns", help="Which column is which, e.g. code=WGDM,name=MC.")
]
EncodingOption = Annotated[
    str | None, typer.Option("--encoding", help="Of the attribute table, e.g. gbk.")
]
WidthOption = Annotated[
    float, typer.Option("--width", min=0.0, help="Metres; what is wider needs a person.")
]
LangOption = Annotated[Lang, typer.Option("--lang", help="Language of the findings.")]
AllOption = Annotated[bool, typer.Option("--all", help=f"List all findings, not {SHOWN}.")]


def read(files: Files, told: Told) -> Survey:
    """Read a survey and say what was taken for what."""
    with console.status(f"{files.units.name} ..."):
        survey = read_survey(files, told)
    columns = ", ".join(f"{ours}={theirs}" for ours, theirs in survey.mapping.items())
    console.print(
        f"[bold]{files.units.name}[/bold]: {len(survey.units)} rows, "
        f"{survey.source.describe()}; {columns}",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    for note in survey.delivered.notes:
        console.print(f"  {note}", highlight=False, soft_wrap=True)
    return survey


def said(columns: str | None) -> dict[str, str]:
    """Read pairs ours=theirs."""
    pairs = [pair.partition("=") for pair in (columns or "").split(",") if pair]
    for ours, equals, theirs in pairs:
        if not (ours and equals and theirs):
            raise typer.BadParameter(f"--columns {columns!r}: say ours=theirs, e.g. code=WGDM")
    return {ours.strip(): theirs.strip() for ours, _, theirs in pairs}


def agreed(survey: Survey, width_m: float, enclaves: Collection[str]) -> Terms:
    """Return what was agreed for a check."""
    return replace(USUAL, width_m=width_m, voids=survey.voids, enclaves=frozenset(enclaves))


def refuse_unwritable(paths: Collection[Path], endings: tuple[str, ...], files: Files) -> None:
    """Refuse, before any work, what cannot be written or is one of the files that are read."""
    inputs = [
        path
        for path in (files.units, files.frame, files.parents, files.buildings, files.compounds,
                     files.streets, files.voids)
        if path is not None and path.exists()
    ]  # fmt: skip
    for path in paths:
        if path.suffix.lower() not in endings:
            raise typer.BadParameter(f"{path}: write one of {', '.join(endings)}")
        if path.exists() and any(path.samefile(one) for one in inputs):
            raise typer.BadParameter(f"{path} is one of the files that are read: choose another")


def show(findings: Findings, lang: Lang, *, everything: bool) -> None:
    """Print findings as a table, the worst first, and how many there are of each severity."""
    zh = lang is Lang.ZH
    listed = findings if everything else findings[:SHOWN]
    if listed:
        heads = ("程度", "编号", "问题", "处理") if zh else ("severity", "key", "finding", "fix")
        table = Table(box=SIMPLE_HEAD)
        for head, folds in zip(heads, (False, False, True, False), strict=True):
            table.add_column(head, overflow="fold", no_wrap=not folds)
        for finding in listed:
            table.add_row(*_cells(finding, zh=zh))
        console.print(table)
    if len(findings) > len(listed):
        more = len(findings) - len(listed)
        console.print(f"另有 {more} 项，--all 全部列出" if zh else f"{more} more: say --all")
    console.print(totals(findings, lang), highlight=False)


def _cells(finding: Finding, *, zh: bool) -> tuple[str, str, str, str]:
    severity = SEVERITY_ZH[finding.severity] if zh else finding.severity.value
    colour = _COLOURS[finding.severity]
    automatic = ("自动" if zh else "automatic") if finding.fix.automatic else ""
    text = finding.text_zh if zh else finding.text_en
    return f"[{colour}]{severity}[/{colour}]", finding.key, text.replace("[", r"\["), automatic


def totals(findings: Findings, lang: Lang) -> str:
    """Say how many findings there are of each severity."""
    count = Counter(finding.severity for finding in findings)
    if lang is Lang.ZH:
        return "，".join(f"{SEVERITY_ZH[one]} {count[one]} 项" for one in Severity)
    return ", ".join(f"{count[one]} {one.value}" for one in Severity)


def write_all(
    checked: Checked, paths: Collection[Path], lang: Lang, mended: Mended | None = None
) -> None:
    """Write findings to files in the formats their endings name."""
    for path in paths:
        with console.status(f"{path.name} ..."):
            if path.suffix.lower() == ".html":
                write_report(path, checked, lang=lang.value, mended=mended)
            else:
                write_findings(checked, path)
        console.print(f"-> {path}", highlight=False, soft_wrap=True)


def status_of(findings: Findings, *, strict: bool) -> int:
    """Return the exit status: whether anything blocks, or warns if that counts as well."""
    counted = {Severity.BLOCKING, Severity.WARNING} if strict else {Severity.BLOCKING}
    return BLOCKED if any(finding.severity in counted for finding in findings) else CLEAN
