"""`jingwei balance` on a toy city: files out, exit status, words, and the page it makes."""

import json
import re
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from typer.testing import CliRunner

from api.cli import build
from gis.errors import BalanceError
from tests.layers.files.test_blocks import row_of_four


def run(*words: str | Path) -> int:
    arguments = ["balance", *map(str, words), "--budget", "0.05"]
    result = CliRunner().invoke(build("balance"), arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code


def test_a_plan_its_moves_and_figures_are_written(tmp_path: Path) -> None:
    blocks = row_of_four(tmp_path, residents=[10, 10, 20, 0], households=[4, 4, 8, 0])
    out, moves, figures = (tmp_path / name for name in ("plan.gpkg", "moves.csv", "figures.json"))
    status = run(blocks, "-o", out, "--moves", moves, "--figures", figures, "--mode", "stay-close")
    assert status == 0
    plan = gpd.read_file(out, layer="blocks")
    assert plan["grid"].tolist() == ["141182001001001"] * 2 + ["141182001001002"] * 2
    assert sorted(gpd.read_file(out, layer="grids")["residents"]) == [20, 20]
    assert pd.read_csv(moves).empty
    told = json.loads(figures.read_text())
    assert (told["grids"], told["grids_outside"]) == (2, 0)
    assert told["change"]["total"] == {"residents": 40, "households": 16}


def test_a_move_is_listed_with_who_lives_there(tmp_path: Path) -> None:
    blocks = row_of_four(tmp_path, residents=[10, 30, 20, 0], households=[4, 9, 8, 0])
    today = ["141182001001001", *["141182001001002"] * 3]
    blocks = row_of_four(
        tmp_path, "b.gpkg", residents=[30, 10, 20, 20], households=[4, 9, 8, 1], grid_code=today
    )
    moves = tmp_path / "moves.csv"
    assert run(blocks, "--moves", moves, "--mode", "stay-close") == 0
    (row,) = pd.read_csv(moves, dtype=str).to_dict("records")
    assert row == {
        "block": "n2", "from_grid": "141182001001002", "to_grid": "141182001001001",
        "residents": "10", "households": "9",
    }  # fmt: skip


def test_a_grid_outside_gives_status_1_and_its_proof(tmp_path: Path) -> None:
    blocks = row_of_four(tmp_path, residents=[90, 10, 10, 10])
    figures = tmp_path / "figures.json"
    assert run(blocks, "--figures", figures) == 1
    (bound,) = json.loads(figures.read_text())["bounds"]
    assert bound["proven_by"] == "outside"
    assert bound["causes"][0]["blocks"] == ["n1"]
    assert "地块 n1 单独就有 1.50 个平均网格的人口" in "".join(bound["text_zh"])


def test_explain_draws_nothing_and_says_what_today_lacks(tmp_path: Path) -> None:
    blocks = row_of_four(tmp_path, residents=[90, 10, 10, 10])
    out, figures = tmp_path / "plan.geojson", tmp_path / "figures.json"
    assert run(blocks, "--mode", "explain", "-o", out, "--figures", figures) == 1
    told = json.loads(figures.read_text())
    assert told["change"]["blocks_moved"] == 0
    assert told["bounds"][0]["moved_at_least"] == 10


def test_several_plans_get_numbers(tmp_path: Path) -> None:
    blocks = row_of_four(tmp_path, residents=[10, 10, 10, 10])
    run(blocks, "-o", tmp_path / "plan.csv", "--alternatives", "5", "--no-proof")
    assert list(tmp_path.glob("plan*.csv"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--k", "many"], "--k many: say today, auto or a number"),
        (["--weight", "residents:x"], "'x' is no share"),
        (["--weight", "dogs"], "no column 'dogs'"),
        (["--bridge", "n1"], "write two codes of blocks"),
        (["--k", "auto"], "no column 'households'"),
        (["--k", "9"], "9"),
    ],
)
def test_a_wrong_option_is_said_with_its_value(
    tmp_path: Path, words: list[str], message: str
) -> None:
    with pytest.raises(BalanceError, match=message):
        run(row_of_four(tmp_path), *words)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_report_is_one_page_that_asks_no_host_for_anything(tmp_path: Path, lang: str) -> None:
    blocks = row_of_four(tmp_path, residents=[90, 10, 10, 10])
    report = tmp_path / "report.html"
    run(blocks, "--report", report, "--lang", lang)
    page = report.read_text()
    assert not re.search(r'<(?:script|link|img)[^>]*(?:src|href)="(?:https?:)?//', page)
    assert {"zh": "为何不能更好", "en": "Why not better"}[lang] in page
    assert {"zh": "地块 n1 单独就有", "en": "Block n1 alone holds"}[lang] in page
