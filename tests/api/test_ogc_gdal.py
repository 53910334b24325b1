"""GDAL, as QGIS uses it, reads the layers of the running service."""

import re
import subprocess

import pytest

from tests.service import Service


def read(service: Service, layer: str, *options: str) -> str:
    """Describe a layer as GDAL reads it."""
    command = ["ogrinfo", "-so", *options, f"OAPIF:{service.url}/ogc", layer]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


def count_of(described: str) -> int:
    found = re.search(r"Feature Count: (\d+)", described)
    assert found
    return int(found[1])


@pytest.mark.parametrize(
    ("layer", "count"),
    [
        ("subdistricts", 3),
        ("communities", 38),
        ("grids", 194),
        ("compounds", 237),
        ("buildings", 1385),
        ("centres", 41),
    ],
)
def test_gdal_counts_the_features_of_every_layer(service: Service, layer: str, count: int) -> None:
    assert count_of(read(service, layer)) == count


def test_gdal_reads_the_extent_of_the_city(service: Service) -> None:
    found = re.search(
        r"Extent: \(([\d.]+), ([\d.]+)\) - \(([\d.]+), ([\d.]+)\)", read(service, "grids")
    )
    assert found
    assert [float(side) for side in found.groups()] == pytest.approx(
        [111.752410, 37.244746, 111.807526, 37.286726], abs=2e-6
    )


def test_gdal_asks_for_a_box_and_gets_what_is_in_it(service: Service) -> None:
    box = ["-spat", "111.780", "37.262", "111.782", "37.264"]
    assert 1 <= count_of(read(service, "grids", *box)) <= 12


def test_gdal_reads_chinese_names_and_codes_as_text(service: Service) -> None:
    command = ["ogrinfo", "-where", "code = '141182003003006'", f"OAPIF:{service.url}/ogc", "grids"]
    dump = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    assert "name (String) = 大向善社区第6网格" in dump
    assert "code (String) = 141182003003006" in dump
