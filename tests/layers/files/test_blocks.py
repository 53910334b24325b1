"""Blocks from files: columns found, counts added up, neighbours by border, barrier and bridge."""

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from gis.errors import BalanceError
from layers.files.blocks import Told, read_blocks, read_edges
from layers.files.reading import FileError
from tests.worlds import METRES_NORTH_PER_DEGREE, SIDE, square

NOTHING = Told({})
NORTH_M = SIDE * METRES_NORTH_PER_DEGREE


def row_of_four(folder: Path, name: str = "blocks.gpkg", **columns: Sequence[object]) -> Path:
    """Write four squares from west to east: n1 and n2 in grid ...001, n3 and n4 in ...002."""
    given: dict[str, Sequence[object]] = {
        "code": ["n1", "n2", "n3", "n4"],
        "grid_code": ["141182001001001"] * 2 + ["141182001001002"] * 2,
        "residents": [10, 20, 30, 0],
        **columns,
    }
    shapes = [square(column, 0) for column in range(4)]
    frame = gpd.GeoDataFrame(given, geometry=shapes, crs="EPSG:4490")
    frame.to_file(folder / name)
    return folder / name


def test_the_usual_columns_are_found_and_the_community_is_read_off_the_grid(
    tmp_path: Path,
) -> None:
    blocks = read_blocks(row_of_four(tmp_path), NOTHING)
    assert blocks.codes == ("n1", "n2", "n3", "n4")
    assert set(blocks.parents) == {"141182001001"}
    assert blocks.today[0] == "141182001001001"
    assert blocks.numbers("residents").tolist() == [10, 20, 30, 0]


def test_columns_can_be_named(tmp_path: Path) -> None:
    path = row_of_four(tmp_path, area=["x", "x", "y", "y"], old=["a", "a", "b", None])
    blocks = read_blocks(path, Told({"parent": "area", "today": "old"}))
    assert (blocks.parents, blocks.today) == (("x", "x", "y", "y"), ("a", "a", "b", None))


def test_neighbours_share_a_border_in_metres_unless_a_barrier_runs_along_it(
    tmp_path: Path,
) -> None:
    blocks = read_blocks(row_of_four(tmp_path), NOTHING)
    near = blocks.neighbours()
    assert near.edges.tolist() == [[0, 1], [1, 2], [2, 3]]
    assert near.border_m == pytest.approx(NORTH_M, rel=1e-3)
    river = gpd.GeoDataFrame(
        {"name": ["river"]}, geometry=[square(2, -1, 0.0001, 3).boundary], crs="EPSG:4490"
    )
    river.to_file(tmp_path / "river.gpkg")
    parted = blocks.neighbours(barriers=tmp_path / "river.gpkg")
    assert parted.edges.tolist() == [[0, 1], [2, 3]]
    bridged = blocks.neighbours(barriers=tmp_path / "river.gpkg", bridges=[("n3", "n2")])
    assert bridged.edges[bridged.link].tolist() == [[1, 2]]


def test_counts_of_buildings_are_added_up_for_each_block(tmp_path: Path) -> None:
    homes = gpd.GeoDataFrame(
        {"block_code": ["n1", "n1", "n3"], "households": [2, 3, 4]},
        geometry=[square(0.1, 0.1, 0.1, 0.1)] * 3,
        crs="EPSG:4490",
    )
    homes.to_file(tmp_path / "homes.gpkg")
    blocks = read_blocks(row_of_four(tmp_path), NOTHING, tmp_path / "homes.gpkg")
    assert blocks.numbers("households").tolist() == [5, 0, 4, 0]


def test_a_grid_or_a_block_can_be_locked_and_nothing_else(tmp_path: Path) -> None:
    blocks = read_blocks(row_of_four(tmp_path), NOTHING)
    weights = {"residents": blocks.numbers("residents")}
    made = blocks.blocks(weights, ["n1", "141182001001002"])
    assert made.locked.tolist() == [True, False, True, True]
    with pytest.raises(BalanceError, match="n9 is to be locked but is neither"):
        blocks.blocks(weights, ["n9"])


def test_edges_from_a_table_name_blocks(tmp_path: Path) -> None:
    blocks = read_blocks(row_of_four(tmp_path), NOTHING)
    table = pd.DataFrame(
        {"u": ["n1", "n2"], "v": ["n2", "n4"], "border_m": [5.0, 0], "link": [0, 1]}
    )
    table.to_csv(tmp_path / "edges.csv", index=False)
    near = read_edges(tmp_path / "edges.csv", blocks)
    assert (near.edges.tolist(), near.link.tolist()) == ([[0, 1], [1, 3]], [False, True])
    table.rename(columns={"u": "from"}).to_csv(tmp_path / "wrong.csv", index=False)
    with pytest.raises(FileError, match="no column u"):
        read_edges(tmp_path / "wrong.csv", blocks)


@pytest.mark.parametrize(
    ("columns", "told", "message"),
    [
        ({"code": ["n1", None, "n3", "n4"]}, NOTHING, "no codes of blocks in every row"),
        ({}, Told({"parent": "district"}), "no column 'district'; there are code"),
        ({"parent": ["x", None, "x", "x"]}, NOTHING, "row 2 has no parent"),
    ],
)
def test_what_is_missing_is_said(
    tmp_path: Path, columns: dict[str, Sequence[object]], told: Told, message: str
) -> None:
    with pytest.raises(BalanceError, match=message):
        read_blocks(row_of_four(tmp_path, "blocks.gpkg", **columns), told)


def test_a_count_that_is_no_number_is_named_with_its_block(tmp_path: Path) -> None:
    blocks = read_blocks(row_of_four(tmp_path, cases=["1", "many", "2", "3"]), NOTHING)
    with pytest.raises(BalanceError, match="block n2: cases 'many' is no number"):
        blocks.numbers("cases")
