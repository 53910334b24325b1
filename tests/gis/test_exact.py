"""Ties that doubles cannot settle."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Polygon

from gis import orientation_kernel
from gis.exact import holds, orientation
from tests.worlds import holed_city

near_half = st.integers(-40, 40).map(lambda ulps: 0.5 + ulps * 2.0**-53)
any_size = st.floats(-180, 180).filter(lambda value: value == 0 or abs(value) > 1e-100)


@given(x=near_half, y=near_half)
def test_the_side_is_right_where_doubles_cannot_tell(x: float, y: float) -> None:
    # Kettner et al. 2008, "Classroom examples of robustness problems": the naive sign is wrong.
    wanted = (Fraction(y) > Fraction(x)) - (Fraction(y) < Fraction(x))
    assert orientation(12.0, 12.0, 24.0, 24.0, x, y) == wanted
    assert orientation_kernel.orientation(12.0, 12.0, 24.0, 24.0, x, y) == wanted


@given(numbers=st.tuples(*[any_size] * 6), share=st.floats(0, 1))
def test_compiled_and_rational_sides_agree(numbers: tuple[float, ...], share: float) -> None:
    ax, ay, bx, by, x, y = numbers
    on_line = (ax + share * (bx - ax), ay + share * (by - ay))
    for point in ((x, y), on_line):
        if all(value == 0 or abs(value) > 1e-100 for value in point):
            found = orientation_kernel.orientation(ax, ay, bx, by, *point)
            assert found == orientation(ax, ay, bx, by, *point)


@pytest.mark.parametrize(
    ("x", "y", "wanted"),
    [
        (1 / 3, 1 / 9, (True, False)),
        (0.1, 0.3, (False, False)),
        (0.5, 0.5, (True, True)),
        (0.0, 0.0, (True, True)),
        (1.5, 0.0, (False, False)),
    ],
)
def test_a_triangle_holds_its_inside_and_its_border(
    x: float, y: float, wanted: tuple[bool, bool]
) -> None:
    assert holds(Polygon([(0, 0), (1, 0), (1, 1)]), x, y) == wanted


def test_a_hole_is_not_held_but_its_border_is() -> None:
    ring = holed_city().polygons[0]
    assert isinstance(ring, Polygon)
    hole = ring.interiors[0]
    assert holds(ring, *hole.centroid.coords[0]) == (False, False)
    assert holds(ring, *hole.coords[0]) == (True, True)
