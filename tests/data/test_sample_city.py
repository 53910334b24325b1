"""The clean sample city: counts, coverage, nesting, names, and that it can be made again."""

import hashlib
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from tests.data.sample import BOUNDARIES, METRES, layer, planar, read_json, read_table

COVERAGES = ["subdistricts", "communities", "grids", "blocks"]
COUNTS = {
    "frame": 1,
    "subdistricts": 3,
    "communities": 38,
    "grids": 194,
    "compounds": 237,
    "buildings": 1385,
    "centres": 41,
}
PHONE = re.compile(r"0358-000-\d{4}")


def grid_of_building() -> pd.Series:
    grids = layer("blocks").set_index("code")["grid_code"]
    named: pd.Series = layer("buildings")["block_code"].map(grids)
    return named


# ---- counts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "count"), COUNTS.items())
def test_there_are_exactly_as_many_as_the_programme_counts(name: str, count: int) -> None:
    assert len(layer(name)) == count == read_json("fenyang/manifest.json")["counts"][name]


def test_the_subdistricts_have_14_16_and_8_communities() -> None:
    per = layer("communities").groupby("subdistrict_code").size()
    assert per.to_dict() == {"141182001": 14, "141182002": 16, "141182003": 8}


def test_the_people_of_all_buildings_are_exactly_169_000() -> None:
    assert layer("buildings")["residents"].sum() == 169_000


def test_each_building_holds_people_as_buildings_do() -> None:
    homes = layer("buildings")
    lived_in = homes[homes["residents"] > 0]
    assert (lived_in["residents"] < lived_in["households"] * 6).all()
    assert (homes["residents_60_plus"] <= homes["residents"]).all()
    assert ((homes["households"] == 0) == (homes["residents"] == 0)).all()


def test_there_are_three_regional_and_38_community_centres() -> None:
    assert layer("centres").groupby("kind").size().to_dict() == {"community": 38, "regional": 3}
    assert set(layer("communities")["code"]) == set(
        layer("centres").query("kind == 'community'")["community_code"]
    )
    named = "".join(layer("centres").query("kind == 'regional'")["name"])
    assert all(place in named for place in ("市文化馆", "市老干部活动中心", "建昌文体中心"))


def test_residential_grids_are_uneven_but_none_is_absurd() -> None:
    people = layer("buildings").groupby(grid_of_building())["residents"].sum()
    kinds = layer("grids").set_index("code")["kind"]
    plain = people.reindex(kinds[kinds == "residential"].index, fill_value=0)
    assert plain.min() >= 250
    assert plain.max() <= 2400
    assert plain.std() > 0.4 * plain.mean()


def test_college_hospital_and_prison_are_one_dedicated_grid_in_one_compound() -> None:
    dedicated = layer("grids").query("kind == 'dedicated'")
    assert len(dedicated) == 3
    for code in dedicated["community_code"]:
        assert (layer("grids")["community_code"] == code).sum() == 1
        inside = layer("compounds").query("community_code == @code")
        assert inside["kind"].tolist() == ["institution"]


def test_old_age_is_commoner_in_courtyards_than_in_towers() -> None:
    kinds = layer("buildings").groupby("kind")[["residents_60_plus", "residents"]].sum()
    share = kinds["residents_60_plus"] / kinds["residents"]
    assert share["courtyard"] > share["slab"] > share["tower"]


# ---- coverage -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COVERAGES)
def test_a_level_is_a_valid_coverage_in_degrees_as_delivered(name: str) -> None:
    assert shapely.coverage_is_valid(layer(name).geometry.to_numpy())
    assert shapely.coverage_is_valid(layer(name).geometry.to_numpy(), gap_width=1e-5)
    assert layer(name).is_valid.all()
    assert set(layer(name).geom_type) == {"Polygon"}


@pytest.mark.parametrize("name", COVERAGES)
def test_a_level_covers_the_frame_and_nothing_else(name: str) -> None:
    whole = planar(name).geometry.union_all()
    assert whole.symmetric_difference(planar("frame").geometry[0]).area < 1e-6


@pytest.mark.parametrize("name", COVERAGES)
def test_neighbours_share_every_vertex_of_their_border(name: str) -> None:
    """Twice an inner border and once the frame are all the borders there are, bit by bit."""
    rings = layer(name).boundary
    segments: dict[tuple[tuple[float, ...], ...], int] = {}
    for line in shapely.get_parts(rings.to_numpy()):
        coords = [tuple(point) for point in shapely.get_coordinates(line).tolist()]
        for pair in pairwise(coords):
            key = tuple(sorted(pair))
            segments[key] = segments.get(key, 0) + 1
    single = shapely.union_all(
        [shapely.LineString(key) for key, times in segments.items() if times == 1]
    )
    assert max(segments.values()) == 2
    assert single.equals(layer("frame").boundary[0])


@pytest.mark.parametrize(
    ("child", "parent", "column"),
    [
        ("communities", "subdistricts", "subdistrict_code"),
        ("grids", "communities", "community_code"),
        ("blocks", "grids", "grid_code"),
        ("compounds", "communities", "community_code"),
        ("compounds", "blocks", "block_code"),
    ],
)
def test_each_child_lies_in_exactly_the_parent_it_names(
    child: str, parent: str, column: str
) -> None:
    children, parents = layer(child), layer(parent)
    rows, found = parents.sindex.query(children.geometry, predicate="covered_by")
    assert sorted(rows.tolist()) == list(range(len(children)))
    named = children[column].to_numpy()[rows]
    assert (parents["code"].to_numpy()[found] == named).all()


def test_no_grid_line_splits_a_compound() -> None:
    rows, _ = layer("grids").sindex.query(layer("compounds").geometry, predicate="covered_by")
    assert sorted(rows.tolist()) == list(range(237))


@pytest.mark.parametrize(("parent", "column"), [("blocks", "block_code"), ("grids", None)])
def test_each_building_stands_within_exactly_one(parent: str, column: str | None) -> None:
    buildings, parents = layer("buildings"), layer(parent)
    rows, found = parents.sindex.query(buildings.geometry, predicate="within")
    assert sorted(rows.tolist()) == list(range(len(buildings)))
    expected = buildings[column] if column else grid_of_building()
    assert (parents["code"].to_numpy()[found] == expected.to_numpy()[rows]).all()


def test_no_two_buildings_overlap() -> None:
    shapes = planar("buildings").geometry
    rows, others = shapes.sindex.query(shapes, predicate="intersects")
    assert (rows == others).all()


def test_the_frame_lies_in_the_real_outline_of_the_city() -> None:
    outline = gpd.read_file(BOUNDARIES / "sources" / "outline.geojson").to_crs(METRES)
    assert outline.geometry.union_all().contains(planar("frame").geometry[0])
    assert 15e6 < planar("frame").area[0] < 26e6


# ---- streets and centres ------------------------------------------------------------------------


def test_streets_run_from_crossing_to_crossing_and_nearly_all_hang_together() -> None:
    lines = layer("streets").geometry.to_numpy()
    parent: dict[tuple[float, float], tuple[float, float]] = {}

    def root(node: tuple[float, float]) -> tuple[float, float]:
        while parent.setdefault(node, node) != node:
            node = parent[node]
        return node

    for line in lines:
        parent[root(line.coords[0])] = root(line.coords[-1])
    nodes = [root(line.coords[0]) for line in lines]
    largest = pd.Series(nodes).value_counts().iloc[0]
    assert largest > 0.99 * len(lines)


def test_every_compound_with_a_wall_has_a_path_through_it() -> None:
    walls = layer("compounds").query("kind == 'walled'").boundary
    paths = layer("streets").query("`class` == 'path'").geometry
    crossed, _ = paths.sindex.query(walls, predicate="intersects")
    assert len(set(crossed.tolist())) > 0.97 * len(walls)


def test_bridges_lie_on_the_water_and_some_ways_have_steps() -> None:
    streets, water = planar("streets"), planar("water").geometry.union_all()
    bridges = streets[streets["bridge"]]
    assert len(bridges) > 10
    assert bridges.interpolate(0.5, normalized=True).within(water.buffer(0.05)).all()
    assert streets["steps"].any()


def test_each_centre_stands_inside_a_public_building_of_its_community() -> None:
    centres = layer("centres")
    public = layer("buildings").query("kind == 'public'")
    rows, found = public.sindex.query(centres.geometry, predicate="within")
    assert sorted(rows.tolist()) == list(range(len(centres)))
    given = centres["community_code"].to_numpy()[rows]
    assert (public["community_code"].to_numpy()[found] == given).all()


# ---- codes, names and numbers -------------------------------------------------------------------


def test_all_codes_are_unique_and_start_with_their_parents() -> None:
    for name in (*COVERAGES, "compounds", "buildings", "streets", "centres"):
        assert layer(name)["code"].is_unique
    for name, column in (
        ("communities", "subdistrict_code"),
        ("grids", "community_code"),
        ("compounds", "community_code"),
        ("buildings", "community_code"),
    ):
        given = layer(name)
        assert all(map(str.startswith, given["code"], given[column])), name


def test_grid_serials_run_from_west_to_east_then_north_to_south() -> None:
    for _, grids in layer("grids").groupby("community_code"):
        points = shapely.get_coordinates(grids.representative_point().to_numpy())
        order = np.lexsort((-points[:, 1], points[:, 0]))
        serials = grids["code"].str[-3:].astype(int).to_numpy()
        assert serials[order].tolist() == list(range(1, len(grids) + 1))


def test_community_names_and_codes_are_the_real_ones() -> None:
    real = {
        row["nbs_code_2023"]: row["short_name"] for row in read_table("sources/communities.csv")
    }
    given = layer("communities").set_index("code")["name"]
    assert given.to_dict() == real


def test_streets_say_which_names_are_invented() -> None:
    real = {row["name"] for row in read_table("sources/place_names.csv") if row["kind"] == "road"}
    streets = layer("streets")
    assert set(streets[~streets["synthetic_name"]]["name"]) == real


def test_every_name_has_an_english_twin_in_latin_letters() -> None:
    for name in (*COVERAGES, "compounds", "streets", "centres", "water", "green"):
        if "name_en" in layer(name):
            assert layer(name)["name_en"].str.fullmatch(r"[A-Za-z0-9üÜ,() -]+").all(), name


def test_officers_are_roles_and_each_has_one_grid_and_a_stand_in_of_another() -> None:
    officers = pd.DataFrame(read_table("fenyang/officers.csv"))
    names = layer("grids").set_index("code")["name"]
    assert sorted(officers["grid_code"]) == sorted(names.index)
    assert (officers["role_name"] == officers["grid_code"].map(names) + " 网格员").all()
    assert officers["stand_in_code"].isin(officers["code"]).all()
    assert (officers["stand_in_code"] != officers["code"]).all()


def test_no_number_can_ring_and_none_is_given_twice() -> None:
    lines = [row["duty_line"] for row in read_table("fenyang/officers.csv")]
    lines += layer("centres")["phone"].tolist()
    assert all(PHONE.fullmatch(line) for line in lines)
    assert len(set(lines)) == len(lines)


def test_addresses_follow_the_field_rules() -> None:
    homes = layer("buildings")
    assert homes["address"].is_unique
    assert homes["address"].str.fullmatch(r"汾阳市\w{2,3}街道\w+社区\w+\d+号(楼|院)?").all()
    assert layer("compounds")["name"].str.fullmatch(r"[\u4e00-\u9fff]+").all()
    assert layer("compounds")["name"].is_unique


def test_regions_name_regional_centres_and_communities_name_regions() -> None:
    regions = {row["code"]: row["centre_code"] for row in read_table("fenyang/service_regions.csv")}
    regional = set(layer("centres").query("kind == 'regional'")["code"])
    assert set(regions.values()) == regional
    assert set(layer("communities")["service_region_code"]) == set(regions)


# ---- the files ----------------------------------------------------------------------------------


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for name in ("fenyang", "survey")
        for path in sorted((folder / name).iterdir())
    }


def test_the_script_makes_every_file_again_byte_for_byte(tmp_path: Path) -> None:
    script = BOUNDARIES / "build.py"
    subprocess.run([sys.executable, script, "--out", tmp_path], check=True, timeout=120)
    assert digests(tmp_path) == digests(BOUNDARIES)


@pytest.mark.parametrize("folder", ["fenyang", "survey"])
def test_the_manifest_says_synthetic_and_knows_its_files(folder: str) -> None:
    manifest = read_json(f"{folder}/manifest.json")
    assert manifest["synthetic"] is True
    assert "合成" in manifest["synthetic_note"]
    assert (manifest["planar_crs"], manifest["datum"]) == ("EPSG:4546", "cgcs2000")
    found = digests(BOUNDARIES)
    for name, told in manifest["files"].items():
        assert found[f"{folder}/{name}"] == told["sha256"]


def test_all_committed_data_stays_below_six_million_bytes() -> None:
    size = sum(path.stat().st_size for path in BOUNDARIES.rglob("*") if path.suffix != ".pyc")
    assert size < 6_000_000
