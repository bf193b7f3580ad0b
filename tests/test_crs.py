"""Coordinates: published vectors, an independent implementation, and what must hold for every point."""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path

import eviltransform
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from gridmgmt import crs
from gridmgmt.city.model import Envelope
from gridmgmt.errors import InvalidInputError, OutsideCityError
from tests.toy_city import PROFILE

WUHAN = dataclasses.replace(PROFILE, name="武汉市", envelope=Envelope(113.6, 29.9, 115.2, 31.4))
LONGITUDES = st.floats(113.6, 115.2)
LATITUDES = st.floats(29.9, 31.4)
CHINA_LONGITUDES = st.floats(74.0, 134.0)
CHINA_LATITUDES = st.floats(4.0, 53.0)
NAMES = {"WGS84": "wgs84", "GCJ-02": "gcj02", "BD-09": "bd09"}


def test_check_value_of_the_domain_notes() -> None:
    easting, northing = crs.crs_to_crs(114.287, 30.581, "wgs84", "epsg:4547")
    assert (round(float(easting), 3), round(float(northing), 3)) == (527_528.891, 3_384_556.600)


def test_published_vectors(shared_data: Path) -> None:
    with (shared_data / "crs_vectors.csv").open(encoding="utf-8") as file:
        vectors = [row for row in csv.DictReader(file) if row["from_crs"] != "BD-09"]
    assert len(vectors) == 19
    for row in vectors:
        lon, lat = crs.crs_to_crs(float(row["from_lon"]), float(row["from_lat"]), NAMES[row["from_crs"]], NAMES[row["to_crs"]])
        assert abs(lon - float(row["to_lon"])) <= float(row["tolerance_deg"]), row
        assert abs(lat - float(row["to_lat"])) <= float(row["tolerance_deg"]), row


def test_two_published_inverses_of_bd09_are_quick_ones_and_ours_is_exact(shared_data: Path) -> None:
    """The two jinhua vectors come from a one-step inverse, up to 3.7e-4 degrees off; converting ours back returns to the start."""
    with (shared_data / "crs_vectors.csv").open(encoding="utf-8") as file:
        vectors = [row for row in csv.DictReader(file) if row["from_crs"] == "BD-09"]
    assert len(vectors) == 2
    for row in vectors:
        x, y = float(row["from_lon"]), float(row["from_lat"])
        lon, lat = crs.crs_to_crs(x, y, "bd09", "wgs84")
        assert abs(lon - float(row["to_lon"])) < 4e-4
        assert abs(lat - float(row["to_lat"])) < 4e-4
        back = crs.crs_to_crs(lon, lat, "wgs84", "bd09")
        assert np.allclose(back, (x, y), rtol=0, atol=1e-9)


@given(CHINA_LONGITUDES, CHINA_LATITUDES)
def test_gcj02_agrees_with_another_implementation(lon: float, lat: float) -> None:
    """The library eviltransform takes WGS 84's radius where the model has Krasovsky's: the same shift, 17 millionths larger (a centimetre)."""
    theirs_lat, theirs_lon = eviltransform.wgs2gcj(lat, lon)
    x, y = crs.crs_to_crs(lon, lat, "wgs84", "gcj02")
    radii = 6378137.0 / 6378245.0
    assert np.allclose((x - lon, y - lat), ((theirs_lon - lon) * radii, (theirs_lat - lat) * radii), rtol=0, atol=1e-12)


@given(CHINA_LONGITUDES, CHINA_LATITUDES, st.sampled_from(["gcj02", "bd09"]))
def test_there_and_back_is_the_same_point_within_a_millimetre(lon: float, lat: float, system: str) -> None:
    there = crs.crs_to_crs(lon, lat, "wgs84", system)
    assert np.allclose(crs.crs_to_crs(*there, system, "wgs84"), (lon, lat), rtol=0, atol=1e-8)


@given(LONGITUDES, LATITUDES)
def test_gcj02_lies_547_to_622_metres_away_in_wuhan(lon: float, lat: float) -> None:
    x, y = crs.crs_to_crs(lon, lat, "wgs84", "gcj02")
    _, _, metres = Geod(ellps="WGS84").inv(lon, lat, x, y)
    assert 540 < metres < 630


def test_the_model_leaves_the_rest_of_the_world_alone() -> None:
    assert np.allclose(crs.crs_to_crs(-74.0, 40.7, "wgs84", "gcj02"), (-74.0, 40.7), rtol=0, atol=0)


@given(st.lists(st.tuples(LONGITUDES, LATITUDES), min_size=1, max_size=8), st.sampled_from(["wgs84", "gcj02", "bd09"]))
def test_arrays_and_single_points_give_the_same_numbers(points: list[tuple[float, float]], system: str) -> None:
    lon, lat = np.array(points).T
    together = crs.to_storage_arrays(lon, lat, system, 4547)
    alone = [crs.to_storage_arrays(x, y, system, 4547) for x, y in points]
    assert np.array_equal(np.array(together).T, np.array(alone, dtype=float))


@given(st.floats(-1e7, 1e7))
def test_snapping_moves_by_half_a_step_at_most_and_then_never_again(metres: float) -> None:
    snapped = crs.snap(metres)
    assert abs(snapped - metres) <= 0.5 / 1024
    assert crs.snap(snapped) == snapped
    assert float(snapped * 1024).is_integer()


@given(LONGITUDES, LATITUDES)
def test_storage_and_back_moves_a_point_by_less_than_a_millimetre(lon: float, lat: float) -> None:
    easting, northing = crs.to_storage(lon, lat, "wgs84", WUHAN)
    back = crs.crs_to_crs(easting, northing, "epsg:4547", "wgs84")
    _, _, metres = Geod(ellps="WGS84").inv(lon, lat, *back)
    assert metres < 0.001


@pytest.mark.parametrize(
    ("given_name", "known_as"),
    [
        ("WGS84", "wgs84"), ("wgs-84", "wgs84"), ("EPSG:4326", "wgs84"), ("4490", "wgs84"), ("CGCS2000", "wgs84"), ("GCJ-02", "gcj02"),
        (" gcj02 ", "gcj02"), ("BD-09", "bd09"), ("epsg:4547", "epsg:4547"), ("4547", "epsg:4547"), ("OGC:CRS84", "wgs84"),
    ],
)  # fmt: skip
def test_names_of_systems(given_name: str, known_as: str) -> None:
    assert crs.parse_crs(given_name) == known_as


@pytest.mark.parametrize("name", ["", "mars", "EPSG:999999", "wgs"])
def test_an_unknown_system_is_refused_by_name(name: str) -> None:
    with pytest.raises(InvalidInputError, match="no coordinate system") as caught:
        crs.parse_crs(name)
    assert caught.value.field == "crs"
    assert "坐标系" in caught.value.zh


def test_a_point_outside_is_refused() -> None:
    with pytest.raises(OutsideCityError, match="outside the envelope of 武汉市") as caught:
        crs.to_storage(116.4, 39.9, "wgs84", WUHAN)
    assert "不在武汉市范围内" in caught.value.zh
    assert "swapped" not in str(caught.value)


def test_swapped_axes_are_recognised() -> None:
    with pytest.raises(OutsideCityError, match="longitude and latitude the wrong way round"):
        crs.to_storage(30.58, 114.28, "wgs84", WUHAN)


def test_metres_called_degrees_are_recognised() -> None:
    with pytest.raises(OutsideCityError, match="look like metres"):
        crs.to_storage(527_528.9, 3_384_556.6, "wgs84", WUHAN)


@pytest.mark.parametrize(("x", "y"), [(float("nan"), 30.5), (114.3, float("inf"))])
def test_what_is_no_number_is_refused(x: float, y: float) -> None:
    with pytest.raises(InvalidInputError, match="not a pair of numbers"):
        crs.to_storage(x, y, "wgs84", WUHAN)


@pytest.mark.parametrize(
    ("srid", "why"),
    [
        (4490, "not a projected system"), (999_999, "not known"), (2263, "not a projected system in metres"),
        (3857, "stretches distances"), (32618, "stretches distances"),
    ],
)  # fmt: skip
def test_a_storage_system_without_true_metres_is_refused(srid: int, why: str) -> None:
    with pytest.raises(InvalidInputError, match=why) as caught:
        crs.check_storage_srid(dataclasses.replace(WUHAN, storage_srid=srid))
    assert caught.value.field == "storage_srid"


def test_the_zone_of_the_city_is_taken() -> None:
    crs.check_storage_srid(WUHAN)
