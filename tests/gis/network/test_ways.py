"""Which lines can be walked."""

import pytest
from shapely import LineString

from gis.errors import GeometryError
from gis.network import read_ways
from tests.gis.network.worlds import streets

LINE = [(0.0, 0.0), (10.0, 0.0)]


@pytest.mark.parametrize(
    ("tags", "walkable"),
    [
        ({"highway": "footway"}, True),
        ({"highway": "residential", "oneway": "yes"}, True),
        ({"highway": "service", "access": "private"}, False),
        ({"highway": "service", "access": "private", "foot": "yes"}, True),
        ({"highway": "motorway"}, False),
        ({"highway": "trunk"}, False),
        ({"highway": "trunk", "sidewalk": "both"}, True),
        ({"highway": "cycleway"}, False),
        ({"highway": "cycleway", "foot": "designated"}, True),
        ({"highway": "path", "foot": "no"}, False),
        ({"highway": None}, False),
        ({"highway": "service", "other_tags": '"lit"=>"yes","access"=>"no"'}, False),
        ({"highway": "trunk", "other_tags": '"name:en"=>"a, \\"b\\"","foot"=>"yes"'}, True),
    ],
)
def test_openstreetmap_tags_say_who_may_walk(
    tags: dict[str, str | None], *, walkable: bool
) -> None:
    layer = streets(LINE)
    for name, value in tags.items():
        layer[name] = [value]
    assert len(read_ways(layer)) == walkable


def test_a_layer_counts_only_on_bridges_and_in_tunnels() -> None:
    layer = streets(
        LINE, LINE, LINE, LINE,
        highway=["path"] * 4,
        layer=["2", "2", "-2", None],
        bridge=["yes", None, None, "viaduct"],
        tunnel=[None, None, "yes", None],
    )  # fmt: skip
    assert read_ways(layer).level.tolist() == [2, 0, -2, 1]


def test_city_classes_give_busy_roads_bridges_and_steps() -> None:
    layer = streets(
        LINE, LINE, LINE,
        **{"class": ["arterial", "bridge", "path"]},
        steps=[False, False, True],
    )  # fmt: skip
    ways = read_ways(layer)
    assert ways.busy.tolist() == [True, False, False]
    assert ways.level.tolist() == [0, 1, 0]
    assert ways.steps.tolist() == [False, False, True]


def test_a_line_of_several_parts_keeps_the_row_it_is_from() -> None:
    layer = streets(LINE, LINE)
    layer.loc[0, "geometry"] = LineString(LINE).union(LineString([(0, 5), (10, 5)]))
    assert read_ways(layer).rows.tolist() == [0, 0, 1]


def test_an_unknown_class_is_named() -> None:
    with pytest.raises(GeometryError, match="'runway' is not known"):
        read_ways(streets(LINE, **{"class": ["runway"]}))


def test_degrees_are_refused() -> None:
    with pytest.raises(GeometryError, match="metres"):
        read_ways(streets(LINE).set_crs(4490, allow_override=True))
