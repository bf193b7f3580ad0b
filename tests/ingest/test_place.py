"""Layers put into the storage CRS."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from gridmgmt.city.model import Envelope
from gridmgmt.crs import crs_to_crs
from gridmgmt.errors import InvalidInputError
from gridmgmt.ingest.layer import Fault, FaultKind, SourceLayer
from gridmgmt.ingest.place import place
from gridmgmt.labels import Words
from tests.ingest.files import in_crs
from tests.toy_city import PROFILE

SQUARE = shapely.box(114.0, 30.5, 114.01, 30.51)
LINE = shapely.LineString([(114.0, 30.5), (114.02, 30.52)])
POINT = shapely.Point(114.005, 30.505)


def source(shapes: Sequence[shapely.Geometry | None], crs: str | None = None) -> SourceLayer:
    array = np.empty(len(shapes), dtype=object)
    array[:] = shapes
    return SourceLayer(Path("a.gpkg"), crs, np.arange(1, len(shapes) + 1), pd.DataFrame(index=range(len(shapes))), array)


@pytest.mark.parametrize("crs", ["wgs84", "gcj02", "bd09", "epsg:4547", "epsg:4490", "epsg:3857"])
def test_the_same_shapes_in_any_system_land_in_the_same_place_on_the_storage_grid(crs: str) -> None:
    expected = place(source([SQUARE, LINE, POINT]), crs="wgs84", profile=PROFILE)
    placed = place(source(in_crs([SQUARE, LINE, POINT], crs)), crs=crs, profile=PROFILE)
    assert placed.crs == "epsg:4547"
    assert float(shapely.hausdorff_distance(placed.shapes, expected.shapes).max()) <= 2 / 1024
    coordinates = shapely.get_coordinates(placed.shapes) * 1024
    assert (coordinates == np.round(coordinates)).all()


def test_every_vertex_is_converted_and_shifted() -> None:
    placed = place(source([POINT]), crs="wgs84", shift=(59.75, 8.83), profile=PROFILE)
    east, north = crs_to_crs(114.005, 30.505, "wgs84", "epsg:4547")
    assert (shapely.get_x(placed.shapes[0]), shapely.get_y(placed.shapes[0])) == pytest.approx((east + 59.75, north + 8.83), abs=1 / 1024)
    assert any("+59.75 m east" in note for note in placed.notes)


def test_crs_must_come_from_the_file_or_the_user() -> None:
    with pytest.raises(InvalidInputError, match="does not say its coordinate system"):
        place(source([POINT]), crs=None, profile=PROFILE)
    assert place(source([POINT], "wgs84"), crs=None, profile=PROFILE).shapes[0] is not None


def test_overriding_a_declared_crs_is_noted() -> None:
    placed = place(source([POINT], "wgs84"), crs="gcj02", profile=PROFILE)
    assert any("file declares wgs84, read as gcj02" in note for note in placed.notes)
    assert place(source([POINT], "wgs84"), crs="EPSG:4326", profile=PROFILE).notes == ()


@pytest.mark.parametrize("crs", ["epsg:2383", "epsg:2435"])
def test_datums_without_published_parameters_are_noted(crs: str) -> None:
    placed = place(source([shapely.Point(500_500.0, 3_375_500.0)]), crs=crs, profile=PROFILE)
    assert any("no accurate conversion" in note for note in placed.notes)


def test_local_system_without_a_place_on_the_globe_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="local system"):
        place(source([POINT], 'LOCAL_CS["武汉2000",UNIT["m",1]]'), crs=None, profile=PROFILE)


def test_swapped_axes_put_a_feature_outside_with_the_hint_and_swap_reads_it() -> None:
    swapped = source([shapely.Point(30.505, 114.005), POINT, shapely.box(30.5, 114.0, 30.51, 114.01)])
    placed = place(swapped, crs="wgs84", profile=PROFILE)
    assert [shape is None for shape in placed.shapes] == [True, False, True]
    assert [(fault.feature, fault.kind) for fault in placed.faults] == [(1, FaultKind.OUTSIDE_CITY), (3, FaultKind.OUTSIDE_CITY)]
    assert "swapped" in placed.faults[0].reason
    assert "5 of 5 vertices" in placed.faults[1].reason
    right = place(source([POINT]), crs="wgs84", profile=PROFILE).shapes[0]
    assert shapely.equals(place(source([shapely.Point(30.505, 114.005)]), crs="wgs84", swap=True, profile=PROFILE).shapes[0], right)


def test_metres_called_degrees_are_outside_with_the_hint() -> None:
    (fault,) = place(source([shapely.Point(500_500.0, 3_375_500.0)]), crs="wgs84", profile=PROFILE).faults
    assert "look like metres" in fault.reason


def test_one_vertex_outside_makes_the_whole_feature_a_fault_that_keeps_its_shape() -> None:
    (fault,) = place(source([shapely.box(114.05, 30.5, 114.2, 30.6)]), crs="wgs84", profile=PROFILE).faults
    assert fault.reason.startswith("3 of 5 vertices")  # the ring begins and ends at its south-east corner, which is outside
    assert fault.shape is not None
    assert shapely.area(fault.shape) > 1e8


def test_missing_shapes_stay_missing_and_faults_of_reading_move_along() -> None:
    layer = dataclasses.replace(
        source([None, POINT]), faults=(Fault(1, None, FaultKind.UNCLOSED_RING, Words("closed", zh="已闭合"), blocking=False, shape=SQUARE),)
    )
    placed = place(layer, crs="wgs84", profile=PROFILE)
    assert placed.shapes[0] is None
    (fault,) = placed.faults
    assert fault.shape is not None
    assert shapely.get_coordinates(fault.shape)[0, 0] > 400_000


def test_another_city_at_120_degrees_works_by_its_profile() -> None:
    profile = dataclasses.replace(PROFILE, storage_srid=4549, envelope=Envelope(119.5, 30.0, 120.5, 30.6))
    placed = place(source([shapely.Point(120.1, 30.2)]), crs="wgs84", profile=profile)
    assert placed.crs == "epsg:4549"
    assert shapely.get_x(placed.shapes[0]) == pytest.approx(crs_to_crs(120.1, 30.2, "wgs84", "epsg:4549")[0], abs=1 / 1024)
