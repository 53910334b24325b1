"""The survey as delivered: every listed fault is really there, measured, and no other is."""

from collections import Counter
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from gis.datum import gcj02_to_wgs84
from tests.data.sample import METRES, layer, planar, read_json

FAULTS: list[dict[str, Any]] = read_json("survey/faults.json")["faults"]
KINDS = {
    "gap", "sliver_gap", "overlap", "sliver_overlap", "unmatched_vertex", "compound_cut",
    "building_in_no_grid", "duplicate", "exclave", "crosses_parent", "wrong_parent",
    "malformed_code", "invalid_ring", "shifted_sheet",
}  # fmt: skip
SAME_M2 = 0.05


def of_kind(*kinds: str) -> list[Any]:
    return [pytest.param(fault, id=fault["id"]) for fault in FAULTS if fault["kind"] in kinds]


def surveyed() -> gpd.GeoDataFrame:
    return planar("grids", "survey")


def shape_of(code: str) -> BaseGeometry:
    """Return a delivered grid in metres."""
    found: BaseGeometry = surveyed()[surveyed()["code"] == code].geometry.iloc[0]
    return found


def clean_shape(name: str, code: str) -> BaseGeometry:
    found: BaseGeometry = planar(name).set_index("code").geometry[code]
    return found


def point_of(fault: dict[str, Any]) -> shapely.Point:
    lon, lat = fault["point"]
    at: shapely.Point = gpd.GeoSeries.from_xy([lon], [lat], crs="EPSG:4490").to_crs(METRES)[0]
    return at


def ground_in_dispute(fault: dict[str, Any], *, over: bool) -> BaseGeometry:
    """Return the ground covered never, or twice, at the place of a fault."""
    at = point_of(fault)
    if over:
        one, two = (shape_of(code) for code in fault["grid_codes"])
        found = one.intersection(two)
    else:
        near = at.buffer(400.0)
        rows = surveyed()[surveyed().is_valid & surveyed().intersects(near)]
        found = planar("frame").geometry[0].intersection(near)
        found = found.difference(rows.geometry.union_all())
    parts = [part for part in shapely.get_parts(found) if part.geom_type == "Polygon"]
    assert parts, f"nothing wrong at the place of {fault['id']}"
    best: BaseGeometry = min(parts, key=lambda part: part.distance(at))
    return best


def test_every_kind_of_fault_occurs_and_each_has_a_number_of_its_own() -> None:
    assert {fault["kind"] for fault in FAULTS} == KINDS
    assert len({fault["id"] for fault in FAULTS}) == len(FAULTS)
    assert all(fault["note_zh"] and fault["note_en"] for fault in FAULTS)


@pytest.mark.parametrize("fault", FAULTS, ids=[fault["id"] for fault in FAULTS])
def test_a_fault_names_delivered_grids_and_lies_in_the_frame(fault: dict[str, Any]) -> None:
    assert set(fault["grid_codes"]) <= set(surveyed()["code"])
    assert planar("frame").geometry[0].distance(point_of(fault)) < 0.02


@pytest.mark.parametrize("fault", of_kind("gap", "sliver_gap"))
def test_a_gap_has_the_area_told_and_no_grid(fault: dict[str, Any]) -> None:
    hole = ground_in_dispute(fault, over=False)
    assert hole.area == pytest.approx(fault["area_m2"], abs=SAME_M2)
    assert hole.contains(point_of(fault))


@pytest.mark.parametrize("fault", of_kind("overlap", "sliver_overlap"))
def test_an_overlap_has_the_area_told_and_two_grids(fault: dict[str, Any]) -> None:
    both = ground_in_dispute(fault, over=True)
    assert both.area == pytest.approx(fault["area_m2"], abs=SAME_M2)
    assert both.contains(point_of(fault))


@pytest.mark.parametrize("fault", of_kind("gap", "sliver_gap", "overlap", "sliver_overlap"))
def test_a_gap_or_overlap_is_as_wide_as_told(fault: dict[str, Any]) -> None:
    ground = ground_in_dispute(fault, over="overlap" in fault["kind"])
    box = shapely.get_coordinates(shapely.oriented_envelope(ground))
    sides = np.hypot(*np.diff(box[:3], axis=0).T)
    assert sides.min() == pytest.approx(fault["width_m"], abs=0.02)
    assert fault["kind"].startswith("sliver") == (fault["width_m"] < 1.0)


@pytest.mark.parametrize("fault", of_kind("unmatched_vertex"))
def test_an_unmatched_vertex_lies_on_the_neighbours_edge_without_a_twin(
    fault: dict[str, Any],
) -> None:
    one, two = (shape_of(code) for code in fault["grid_codes"])
    corners = [shapely.MultiPoint(shapely.get_coordinates(shape)) for shape in (one, two)]
    extra = shapely.get_point(shapely.shortest_line(corners[0], point_of(fault)), 0)
    assert extra.distance(point_of(fault)) < 0.01
    assert extra.distance(corners[1]) > 1.0
    assert extra.distance(two.boundary) < 0.0005


@pytest.mark.parametrize("fault", of_kind("compound_cut"))
def test_a_cut_compound_lies_in_two_grids(fault: dict[str, Any]) -> None:
    compound = clean_shape("compounds", fault["compound_code"])
    parts = [shape_of(code).intersection(compound).area for code in fault["grid_codes"]]
    assert parts[1] == pytest.approx(fault["area_m2"], abs=SAME_M2)
    assert sum(parts) == pytest.approx(compound.area, abs=SAME_M2)
    assert min(parts) > 0.2 * compound.area


@pytest.mark.parametrize("fault", of_kind("building_in_no_grid"))
def test_buildings_in_no_grid_stand_where_no_grid_is(fault: dict[str, Any]) -> None:
    assert fault["building_codes"]
    valid = surveyed()[surveyed().is_valid]
    for code in fault["building_codes"]:
        rows = valid.sindex.query(clean_shape("buildings", code), predicate="intersects")
        assert not len(rows)


def test_the_duplicate_is_delivered_twice_and_nothing_else_is() -> None:
    (fault,) = (fault for fault in FAULTS if fault["kind"] == "duplicate")
    times = Counter(surveyed()["code"])
    assert {code for code, count in times.items() if count > 1} == set(fault["grid_codes"])
    twins = surveyed()[surveyed()["code"] == fault["grid_codes"][0]].geometry
    assert twins.iloc[0].equals(twins.iloc[1])


def test_the_exclave_lies_apart_inside_another_grid() -> None:
    (fault,) = (fault for fault in FAULTS if fault["kind"] == "exclave")
    owner, host = (shape_of(code) for code in fault["grid_codes"])
    parts = shapely.get_parts(owner)
    assert len(parts) == 2
    island = min(parts, key=lambda part: part.distance(point_of(fault)))
    assert island.area == pytest.approx(fault["area_m2"], abs=SAME_M2)
    assert island.distance(max(parts, key=lambda part: part.area)) > 50.0
    assert shapely.intersection(island.boundary, host.boundary).length > 0
    several = surveyed()["code"][surveyed().geom_type == "MultiPolygon"]
    assert several.tolist() == [fault["grid_codes"][0]]


@pytest.mark.parametrize("fault", of_kind("crosses_parent"))
def test_a_grid_across_its_community_border_takes_the_ground_told(fault: dict[str, Any]) -> None:
    one, two = fault["grid_codes"]
    home = clean_shape("communities", one[:12])
    assert shape_of(one).difference(home).area == pytest.approx(fault["area_m2"], abs=SAME_M2)
    assert shape_of(one).intersection(shape_of(two)).area < SAME_M2


def test_the_wrong_parent_is_another_community_than_the_code_says() -> None:
    grids = surveyed()
    wrong = grids[grids["code"].str[:12] != grids["community_code"]]
    wrong = wrong[wrong["code"].str.fullmatch(r"\d{15}")]
    (fault,) = (fault for fault in FAULTS if fault["kind"] == "wrong_parent")
    assert wrong["code"].tolist() == fault["grid_codes"]
    assert wrong["community_code"].tolist() == [fault["given_parent"]]


def test_malformed_codes_are_those_listed() -> None:
    codes = surveyed()["code"]
    listed = [fault for fault in FAULTS if fault["kind"] == "malformed_code"]
    assert sorted(codes[~codes.str.fullmatch(r"\d{15}")]) == sorted(
        code for fault in listed for code in fault["grid_codes"]
    )
    assert {fault["true_code"] for fault in listed} <= set(layer("grids")["code"])


def test_one_ring_crosses_itself() -> None:
    grids = surveyed()
    (fault,) = (fault for fault in FAULTS if fault["kind"] == "invalid_ring")
    assert grids[~grids.is_valid]["code"].tolist() == fault["grid_codes"]
    reason = shapely.is_valid_reason(shape_of(fault["grid_codes"][0]))
    assert reason.startswith("Self-intersection")


def test_the_shifted_sheet_is_the_clean_one_in_gcj02() -> None:
    (fault,) = (fault for fault in FAULTS if fault["kind"] == "shifted_sheet")
    for code in fault["grid_codes"]:
        given = layer("grids", "survey").set_index("code").geometry[code]
        lon, lat = gcj02_to_wgs84(*shapely.get_coordinates(given).T)
        back = gpd.GeoSeries.from_xy(lon, lat, crs="EPSG:4490").to_crs(METRES)
        corners = shapely.MultiPoint(shapely.get_coordinates(clean_shape("grids", code)))
        assert back.distance(corners).max() < 0.001
        assert 500 < shape_of(code).centroid.distance(clean_shape("grids", code).centroid) < 620


def test_grids_in_no_fault_are_as_in_the_clean_city() -> None:
    touched = {code for fault in FAULTS for code in fault["grid_codes"]}
    touched |= {fault["true_code"] for fault in FAULTS if "true_code" in fault}
    clean = layer("grids").set_index("code").geometry
    given = layer("grids", "survey").set_index("code").geometry
    untouched = clean.index.difference(sorted(touched))
    assert len(untouched) > 80
    assert all(clean[code].equals_exact(given[code], 0) for code in untouched)


def test_no_ground_is_uncovered_but_where_a_fault_says_so() -> None:
    """The crossed ring and the shifted sheet leave their own ground bare too."""
    valid = surveyed()[surveyed().is_valid]
    bare = planar("frame").geometry[0].difference(valid.geometry.union_all())
    told: list[BaseGeometry] = [
        point_of(fault).buffer(0.5)
        for fault in FAULTS
        if fault["kind"] in {"gap", "sliver_gap", "building_in_no_grid"}
    ]
    told += [
        clean_shape("grids", code)
        for fault in FAULTS
        if fault["kind"] in {"invalid_ring", "shifted_sheet"}
        for code in fault["grid_codes"]
    ]
    parts = [part for part in shapely.get_parts(bare) if part.area > 0.01]
    assert parts
    assert all(any(part.intersects(place) for place in told) for part in parts)


def test_no_ground_is_covered_twice_but_where_a_fault_says_so() -> None:
    valid = surveyed()[surveyed().is_valid].reset_index(drop=True)
    told = {
        frozenset(fault["grid_codes"])
        for fault in FAULTS
        if fault["kind"] in {"overlap", "sliver_overlap", "duplicate"}
    }
    sheet = {
        code for fault in FAULTS if fault["kind"] == "shifted_sheet" for code in fault["grid_codes"]
    }
    rows, others = valid.sindex.query(valid.geometry, predicate="intersects")
    found = set()
    for one, two in zip(rows.tolist(), others.tolist(), strict=True):
        both = valid.geometry[one].intersection(valid.geometry[two])
        if one < two and both.area > 0.01:
            found.add(frozenset({valid["code"][one], valid["code"][two]}))
    assert {pair for pair in found if not pair & sheet} == told


def test_no_two_faults_share_a_grid() -> None:
    times = Counter(code for fault in FAULTS for code in fault["grid_codes"])
    assert set(times.values()) == {1}
