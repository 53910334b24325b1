"""What coordinates are in: said by the file or the user, or refused with the choices."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from shapely import Point, box

from gis.datum import Datum
from gis.errors import CoordinateError, CrsError, DatumError
from layers.files.reading import Delivered
from layers.files.source_crs import choices, settle, to_lonlat_shapes

DEGREES = box(111.75, 37.24, 111.80, 37.28)
PREFIXED = box(37_566_000, 4_123_000, 37_571_000, 4_128_000)
PLAIN = box(566_000, 4_123_000, 571_000, 4_128_000)


def delivered(shape: object, crs: str | None = None) -> Delivered:
    return Delivered(Path("grids.shp"), pd.DataFrame(index=[0]), np.array([shape], object), crs)


def test_what_the_file_says_is_taken() -> None:
    assert settle(delivered(DEGREES, "EPSG:4490")).datum is Datum.CGCS2000
    assert settle(delivered(DEGREES, "EPSG:4326")).datum is Datum.WGS84
    assert not settle(delivered(PREFIXED, "EPSG:4525")).in_degrees


def test_metres_with_a_zone_number_name_their_zone_among_the_choices() -> None:
    with pytest.raises(CrsError, match=r"EPSG:4525 .*zone 37.*EPSG:2361"):
        settle(delivered(PREFIXED))


def test_metres_without_a_zone_number_offer_every_central_meridian() -> None:
    with pytest.raises(CrsError, match=r"EPSG:4546 \(CGCS2000, central meridian 111 E\)"):
        settle(delivered(PLAIN))
    assert len(choices(PLAIN.bounds)) == 21


def test_degrees_without_a_word_on_their_datum_are_refused_with_the_four() -> None:
    with pytest.raises(DatumError, match="wgs84, cgcs2000, gcj02, bd09"):
        settle(delivered(DEGREES))
    assert settle(delivered(DEGREES), datum="gcj02").datum is Datum.GCJ02


@pytest.mark.parametrize(
    ("shape", "crs"),
    [
        (DEGREES, "EPSG:4525"),
        (PREFIXED, "EPSG:4490"),
        (PREFIXED, "EPSG:4546"),
        (PLAIN, "EPSG:4525"),
    ],
)
def test_numbers_that_cannot_be_in_the_crs_said_are_refused(shape: object, crs: str) -> None:
    with pytest.raises(CrsError, match="cannot be in"):
        settle(delivered(shape), crs)


def test_a_datum_for_metres_is_refused() -> None:
    with pytest.raises(DatumError, match="a datum is for degrees"):
        settle(delivered(PREFIXED), "EPSG:4525", "gcj02")


def test_swapped_degrees_are_refused() -> None:
    swapped = np.array([Point(37.2, 111.7)], object)
    with pytest.raises(CoordinateError, match="out of range"):
        to_lonlat_shapes(swapped, settle(delivered(Point(37.2, 111.7), "EPSG:4490")))


def test_metres_become_the_degrees_they_are() -> None:
    (place,) = to_lonlat_shapes(
        np.array([Point(37_566_745.0, 4_123_964.0)], object),
        settle(delivered(PREFIXED), "EPSG:4525"),
    )
    (same,) = to_lonlat_shapes(
        np.array([Point(566_745.0, 4_123_964.0)], object), settle(delivered(PLAIN), "EPSG:4546")
    )
    assert place.equals_exact(same, 1e-11)
    assert place.distance(Point(111.7525, 37.2452)) < 0.001
