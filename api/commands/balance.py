"""`jingwei balance`: grids of equal share from a file of blocks, with proofs where it stops."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Annotated, Self

import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from gis.balance import HouseholdRange, Plan, Problem, Settings, make_problem
from gis.balance import balance as redraw
from gis.balance.alternatives import alternatives, balance_within
from gis.balance.bounds import Effort, Standing, explain, stand
from gis.balance.check import guard
from gis.balance.drawn import named
from gis.balance.optimise import USUAL_PRICE
from gis.balance.problem import Wanted, grids_for
from gis.balance.words import name_zh, percent, standing_in_words
from gis.errors import BalanceError
from layers.files.blocks import CARRIED, PEOPLE, BlockFile, Told, read_blocks, read_edges
from layers.files.plans import Proposal, propose, write_figures, write_moves, write_plan

console = Console(stderr=True)
USUAL_TOLERANCE = 0.05


class Mode(StrEnum):
    """How to draw."""

    FRESH = "fresh"
    STAY_CLOSE = "stay-close"
    EXPLAIN = "explain"


class Lang(StrEnum):
    """Language of what is shown."""

    ZH = "zh"
    EN = "en"


def balance(  # noqa: PLR0913 - the options of a command
    blocks: Annotated[
        Path, typer.Argument(help="Polygons: GeoPackage, GeoParquet, GeoJSON, Shapefile, zip.")
    ],
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Blocks with their grid; .gpkg: grids too."),
    ] = None,
    moves: Annotated[Path | None, typer.Option(help="Blocks that change grid, CSV.")] = None,
    figures: Annotated[Path | None, typer.Option(help="Figures and bounds, JSON.")] = None,
    report: Annotated[Path | None, typer.Option(help="A page to look at, HTML.")] = None,
    mode: Annotated[Mode, typer.Option(help="Anew, near today's, or bounds only.")] = Mode.FRESH,
    k: Annotated[
        str, typer.Option("--k", help="Grids: today, auto (300 to 500 households), N a parent.")
    ] = "today",
    tolerance: Annotated[
        float, typer.Option(help="Share of the mean a grid may be off.")
    ] = USUAL_TOLERANCE,
    weight: Annotated[
        list[str] | None, typer.Option(help="Column to balance, COLUMN or COLUMN:TOLERANCE.")
    ] = None,
    counts: Annotated[
        Path | None, typer.Option(help="Rows with block_code and counts, such as buildings.")
    ] = None,
    code: Annotated[str | None, typer.Option(help="Column of the blocks' codes.")] = None,
    parents: Annotated[str | None, typer.Option(help="Column no grid may cross.")] = None,
    today: Annotated[str | None, typer.Option(help="Column of today's grids.")] = None,
    together: Annotated[str | None, typer.Option(help="Column of what stays together.")] = None,
    locked: Annotated[
        list[str] | None, typer.Option(help="Code of a grid or block that stays as it is.")
    ] = None,
    edges: Annotated[
        Path | None, typer.Option(help="Neighbours (u, v, border_m, link) instead of by borders.")
    ] = None,
    bridge: Annotated[
        list[str] | None, typer.Option(help="A:B, two blocks joined over a barrier.")
    ] = None,
    barriers: Annotated[Path | None, typer.Option(help="Lines no grid may cross.")] = None,
    streets: Annotated[Path | None, typer.Option(help="Lines borders should follow.")] = None,
    crs: Annotated[str | None, typer.Option(help="CRS of the file, e.g. EPSG:4546.")] = None,
    datum: Annotated[
        str | None, typer.Option(help="Datum of degrees: cgcs2000, wgs84, ...")
    ] = None,
    layer: Annotated[str | None, typer.Option(help="Which layer of the file.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Of the attribute table.")] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same plan.")] = 0,
    budget: Annotated[float, typer.Option(help="Work: about seconds of one core.")] = 20.0,
    price: Annotated[
        float, typer.Option(help="Of people who move, for stay-close; higher: fewer.")
    ] = USUAL_PRICE,
    most_moved: Annotated[
        float | None, typer.Option(help="Share of the people who may change grid, e.g. 0.05.")
    ] = None,
    alternative: Annotated[
        int, typer.Option("--alternatives", help="Make so many plans, list them, keep the first.")
    ] = 1,
    cores: Annotated[int, typer.Option(help="Threads.")] = 1,
    proof: Annotated[
        bool, typer.Option("--proof/--no-proof", help="Search for proofs where grids are outside.")
    ] = True,
    lang: Annotated[Lang, typer.Option(help="Language of what is shown.")] = Lang.ZH,
) -> None:
    """
    Redraw grids so that each holds a fair share, contiguous and inside its community.

    Ctrl-C ends the search and gives the best plan so far. Exit status: 0 all grids are within the
    tolerance, 1 some are not (the bounds say why), 2 it cannot be done.
    """
    told = Told(
        {
            name: column
            for name, column in (
                ("code", code), ("parent", parents), ("today", today), ("together", together)
            )
            if column is not None
        },
        crs, datum, layer, encoding,
    )  # fmt: skip
    with console.status("读取 reading ..."):
        file = read_blocks(blocks, told, counts)
        near = (
            read_edges(edges, file)
            if edges is not None
            else file.neighbours(barriers=barriers, welcome=streets, bridges=_pairs(bridge or []))
        )
        weights, tolerances = _weights(file, weight or [], tolerance)
        problem = make_problem(
            file.blocks(weights, locked or []), near, k=_numbers(file, k), tolerance=tolerances
        )
    carried = {
        name: file.numbers(name) for name in CARRIED if name in file.columns and name not in weights
    }
    settings = Settings(
        mode="fresh" if mode is Mode.FRESH else "stay-close",
        seed=seed, effort_s=budget, price=price, cores=cores,
    )  # fmt: skip
    outside = 0
    plans = (
        [_today(problem)]
        if mode is Mode.EXPLAIN
        else _search(problem, settings, alternative, most_moved)
    )
    for number, plan in enumerate(plans):
        standings = _proofs(problem, plan, proof=proof, explained=mode is Mode.EXPLAIN)
        proposal = propose(file, problem, plan, carried=carried, standings=standings)
        outputs = Outputs(output, moves, figures, report)
        outputs.numbered(number, len(plans)).write(proposal, blocks.stem, lang)
        _show(proposal, lang, number if len(plans) > 1 else None)
        outside = max(outside, int(plan.figures.outside.sum()))
    raise typer.Exit(1 if outside else 0)


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where to write what; None: not."""

    plan: Path | None
    moves: Path | None
    figures: Path | None
    report: Path | None

    def numbered(self, number: int, of: int) -> Self:
        """Give the files of one of several plans numbers."""
        if of == 1:
            return self
        named = (
            path and path.with_name(f"{path.stem}-{number + 1}{path.suffix}")
            for path in (self.plan, self.moves, self.figures, self.report)
        )
        return type(self)(*named)

    def write(self, proposal: Proposal, title: str, lang: Lang) -> None:
        """Write what is wanted."""
        if self.plan is not None:
            write_plan(self.plan, proposal)
        if self.moves is not None:
            write_moves(self.moves, proposal)
        if self.figures is not None:
            write_figures(self.figures, proposal)
        if self.report is not None:
            from api.reports.balance import write_report  # noqa: PLC0415  Folium takes a second

            write_report(self.report, proposal, title=title, lang=lang.value)


def _pairs(given: list[str]) -> list[tuple[str, str]]:
    pairs = []
    for text in given:
        one, colon, other = text.partition(":")
        if not colon:
            raise BalanceError(f"--bridge {text}: write two codes of blocks, A:B")
        pairs.append((one, other))
    return pairs


def _weights(
    file: BlockFile, given: list[str], tolerance: float
) -> tuple[dict[str, np.ndarray], list[float]]:
    """Read COLUMN:TOLERANCE; if nothing is given, the first column of people there is."""
    if not given:
        found = next((name for name in PEOPLE if name in file.columns), None)
        if found is None:
            raise BalanceError(
                "no column says how many people a block has: say --weight COLUMN, or --counts FILE;"
                f" there are {', '.join(map(str, file.columns))}"
            )
        given = [found]
    weights, tolerances = {}, []
    for text in given:
        name, colon, share = text.rpartition(":")
        try:
            tolerances.append(float(share) if colon else tolerance)
        except ValueError:
            raise BalanceError(f"--weight {text}: {share!r} is no share such as 0.05") from None
        weights[name or text] = file.numbers(name or text)
    return weights, tolerances


def _numbers(file: BlockFile, k: str) -> Wanted:
    if k == "today":
        return k
    if k.isdigit():
        return dict.fromkeys(file.parents, int(k))
    if k != "auto":
        raise BalanceError(f"--k {k}: say today, auto or a number")
    households = file.numbers("households")
    parents = np.array(file.parents)
    today = np.array([grid or "" for grid in file.today])
    return {
        code: grids_for(
            float(households[parents == code].sum()),
            HouseholdRange(),
            len(set(today[parents == code].tolist()) - {""}),
        )
        for code in sorted(set(file.parents))
    }


def _today(problem: Problem) -> Plan:
    """Take today's grids as a plan."""
    bare = np.flatnonzero(problem.today < 0)
    if len(bare):
        raise BalanceError(
            f"block {problem.ids[bare[0]]} has no grid today, so there is no plan to explain:"
            " name one, or draw with --mode fresh"
        )
    parent = np.zeros(len(problem.grid_codes), np.int64)
    parent[problem.today] = problem.parent
    return guard(problem, named(problem, problem.today, parent))


def _search(
    problem: Problem, settings: Settings, count: int, most_moved: float | None
) -> list[Plan]:
    """Search until done or Ctrl-C."""
    with Progress(console=console, transient=True) as progress, _interrupt() as stopped:
        task = progress.add_task("划分 balancing", total=1.0)

        def tell(done: float) -> None:
            progress.update(task, completed=done)

        if count > 1:
            plans = alternatives(problem, settings, progress=tell, cancelled=stopped.is_set)
        elif most_moved is not None:
            plans = [balance_within(problem, most_moved, settings, cancelled=stopped.is_set)]
        else:
            plans = [redraw(problem, settings, progress=tell, cancelled=stopped.is_set)]
    if stopped.is_set():
        console.print("提前结束，以下是目前最好的方案。 Stopped: the best plan so far.")
    return plans[:count]


@contextmanager
def _interrupt() -> Iterator[Event]:
    """Let the first Ctrl-C end the search, and the second the program."""
    stopped = Event()
    before = signal.getsignal(signal.SIGINT)

    def stop(_: int, __: FrameType | None) -> None:
        stopped.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, stop)
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGINT, before)


def _proofs(problem: Problem, plan: Plan, *, proof: bool, explained: bool) -> list[Standing]:
    effort = Effort() if proof else Effort(widths=(), rounds=0)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("论证 proving", total=None)
        bounds = explain(
            problem,
            None if explained else plan,
            effort=effort,
            progress=lambda done, of: progress.update(task, completed=done, total=of),
        )
    return stand(problem, plan, bounds)


def _show(proposal: Proposal, lang: Lang, number: int | None) -> None:
    zh = lang is Lang.ZH
    plan, figures = proposal.plan, proposal.plan.figures
    if number is not None:
        console.rule(f"{'方案' if zh else 'plan'} {number + 1}")
    table = Table(show_header=False, box=None)
    off = np.abs(figures.deviation)
    for column, name in enumerate(proposal.problem.weight_names):
        worst, mean = percent(off[:, column].max(), 2), percent(off[:, column].mean(), 2)
        table.add_row(
            f"{name_zh(name)}偏差" if zh else f"deviation, {name}",
            f"最大 {worst}，平均 {mean}" if zh else f"worst {worst}, mean {mean}",
        )
    outside = int(figures.outside.sum())
    table.add_row("超差网格" if zh else "grids outside", f"{outside} / {len(plan.codes)}")
    table.add_row("社区内边界" if zh else "border", f"{figures.border_m / 1000:.1f} km")
    for name, moved in (proposal.change.moved if proposal.change else {}).items():
        share = moved / max(proposal.change.total[name], 1) if proposal.change else 0
        label = f"换网格的{name_zh(name)}" if zh else f"{name} who change grid"
        table.add_row(label, f"{moved:,.0f} ({percent(share)})")
    console.print(table)
    for standing in proposal.standings:
        told = standing_in_words(proposal.problem, standing)
        if standing.outside or standing.bound.causes:
            console.print(f"[bold]{standing.bound.parent}[/bold]", highlight=False)
            for sentence in told:
                console.print(f"  {sentence[0 if zh else 1]}", highlight=False)
