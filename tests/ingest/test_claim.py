"""The check of a claimed coordinate system, on a drawn city and on the real layers."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from sqlalchemy.orm import Session

from gridmgmt.city import store as city_store
from gridmgmt.city.model import Envelope
from gridmgmt.city.read_profile import read_profile
from gridmgmt.crs import crs_to_crs
from gridmgmt.ingest.claim import Claim, Reference, check_claim
from gridmgmt.ingest.claim_words import ReadingKind
from gridmgmt.ingest.layer import SourceLayer
from gridmgmt.ingest.place import place
from gridmgmt.ingest.reference import load_reference
from tests.ingest.files import real_layer
from tests.toy_city import PROFILE

DRAWN = dataclasses.replace(PROFILE, envelope=Envelope(113.8, 30.3, 114.4, 30.8))
WUHAN = read_profile(Path(__file__).resolve().parents[2] / "geodata" / "profiles" / "wuhan.toml")
EAST0, NORTH0, SIZE_M = 500_000.0, 3_375_000.0, 16_000.0
STORAGE = "epsg:4547"


def districts() -> dict[str, shapely.Geometry]:
    """Draw nine districts with crooked borders, metres."""
    seeds = shapely.MultiPoint(np.random.default_rng(3).uniform((EAST0, NORTH0), (EAST0 + SIZE_M, NORTH0 + SIZE_M), (9, 2)))
    city = shapely.box(EAST0, NORTH0, EAST0 + SIZE_M, NORTH0 + SIZE_M)
    cells = shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=city))
    crooked = shapely.transform(shapely.segmentize(shapely.intersection(cells, city), 400.0), _crook)
    return {f"4201{number:02}": shape for number, shape in enumerate(crooked, start=1)}


def _crook(xy: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.asarray(xy + 120 * np.sin(xy[:, ::-1] / 700))


def roads() -> list[shapely.LineString]:
    """Draw roads that wind through the city, metres."""
    rng = np.random.default_rng(5)
    starts, headings = rng.uniform((EAST0, NORTH0), (EAST0 + SIZE_M, NORTH0 + SIZE_M), (120, 2)), rng.uniform(0, 2 * np.pi, 120)
    turns = np.cumsum(rng.normal(0, 0.25, (120, 20)), axis=1) + headings[:, None]
    return [
        shapely.LineString(start + np.cumsum(150 * np.column_stack([np.cos(turn), np.sin(turn)]), axis=0))
        for start, turn in zip(starts, turns, strict=True)
    ]


def given(
    shapes: Sequence[shapely.Geometry],
    crs: str,
    *,
    shift: tuple[float, float] = (0.0, 0.0),
    swap: bool = False,
    **columns: Sequence[object],
) -> SourceLayer:
    """Return shapes (metres) as a file in another system would give them, drawn 4 m differently and, with ``shift``, that far off."""
    noise = np.random.default_rng(7)

    def convert(xy: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        moved = xy - shift + 4 * np.sin(xy / 90 + noise.uniform(0, 6))
        x, y = crs_to_crs(moved[:, 0], moved[:, 1], STORAGE, crs)
        return np.column_stack([y, x] if swap else [x, y])

    array = np.empty(len(shapes), dtype=object)
    array[:] = [shapely.transform(shape, convert) for shape in shapes]
    return SourceLayer(
        Path("a.gpkg"), None, np.arange(1, len(array) + 1), pd.DataFrame(columns, index=range(len(array)), dtype=object), array
    )


def check(layer: SourceLayer, crs: str, reference: Reference) -> Claim:
    return check_claim(layer, crs=crs, reference=reference, profile=DRAWN)


BY_DISTRICTS, BY_ROADS = Reference(areas=districts()), Reference(roads=roads())
LAYERS = [pytest.param(list(districts().values()), BY_DISTRICTS, id="districts"), pytest.param(roads(), BY_ROADS, id="roads")]


@pytest.mark.parametrize(("shapes", "reference"), LAYERS)
@pytest.mark.parametrize("crs", ["wgs84", "gcj02", "bd09", "epsg:4547"])
def test_true_claim_is_believed(shapes: list[shapely.Geometry], reference: Reference, crs: str) -> None:
    claim = check(given(shapes, crs), crs, reference)
    assert (claim.suspicious, claim.best.kind) == (False, ReadingKind.CLAIMED)
    assert "fits what is stored" in claim.verdict
    assert "吻合" in claim.verdict_zh


@pytest.mark.parametrize(("shapes", "reference"), LAYERS)
@pytest.mark.parametrize(
    ("crs", "claimed", "kind"),
    [
        ("gcj02", "wgs84", ReadingKind.GCJ02),
        ("bd09", "wgs84", ReadingKind.BD09),
        ("wgs84", "gcj02", ReadingKind.WGS84),
        ("bd09", "gcj02", ReadingKind.BD09),
    ],
)
def test_one_system_called_another_is_found_with_figures(
    shapes: list[shapely.Geometry], reference: Reference, crs: str, claimed: str, kind: ReadingKind
) -> None:
    claim = check(given(shapes, crs), claimed, reference)
    assert (claim.suspicious, claim.best.kind) == (True, kind)
    assert "fits better" in claim.verdict
    assert "within 30 m" in claim.verdict


def test_degrees_of_gcj02_projected_as_if_they_were_wgs84_are_found() -> None:
    layer = given(roads(), "gcj02")
    projected = shapely.transform(layer.shapes, lambda xy: np.column_stack(crs_to_crs(xy[:, 0], xy[:, 1], "wgs84", STORAGE)))
    assert check(dataclasses.replace(layer, shapes=projected), STORAGE, BY_ROADS).best.kind is ReadingKind.GCJ02


@pytest.mark.parametrize(("shapes", "reference"), LAYERS)
@pytest.mark.parametrize("shift", [(59.75, 8.83), (-120.0, 310.0)])
def test_constant_shift_is_found_to_a_few_metres(shapes: list[shapely.Geometry], reference: Reference, shift: tuple[float, float]) -> None:
    claim = check(given(shapes, STORAGE, shift=shift), STORAGE, reference)
    assert (claim.suspicious, claim.best.kind) == (True, ReadingKind.SHIFTED)
    assert claim.best.shift == pytest.approx(shift, abs=6)
    assert not check_claim(
        given(shapes, STORAGE, shift=shift), crs=STORAGE, reference=reference, profile=DRAWN, shift=claim.best.shift
    ).suspicious


@pytest.mark.parametrize("crs", ["wgs84", "epsg:4547"])
def test_swapped_axes_are_found_by_the_envelope_even_without_anything_stored(crs: str) -> None:
    claim = check(given(roads(), crs, swap=True), crs, Reference())
    assert (claim.suspicious, claim.best.kind) == (True, ReadingKind.SWAPPED)


def test_metres_called_degrees_are_found_by_the_envelope() -> None:
    assert check(given(roads(), STORAGE), "wgs84", Reference()).best.kind is ReadingKind.STORAGE


def test_layer_of_another_place_is_suspicious_without_a_better_reading() -> None:
    far = [shapely.transform(road, lambda xy: xy + np.array([900_000, 0])) for road in roads()]
    claim = check(given(far, "wgs84"), "wgs84", BY_ROADS)
    assert (claim.suspicious, claim.best.kind) == (True, ReadingKind.CLAIMED)
    assert "outside the city" in claim.verdict


def test_nothing_stored_means_nothing_compared() -> None:
    claim = check(given(roads(), "wgs84"), "wgs84", Reference())
    assert (claim.suspicious, claim.compared) == (False, False)


def test_strange_roads_are_not_called_wrong() -> None:
    strange = [shapely.transform(road, lambda xy: np.array([2 * EAST0 + SIZE_M, 2 * NORTH0 + SIZE_M]) - xy) for road in roads()]
    claim = check(given(strange, "wgs84"), "wgs84", BY_ROADS)
    assert not claim.suspicious
    assert "weak" in claim.verdict


@pytest.mark.parametrize("by", ["code", "name", "nested"])
def test_points_that_name_their_district_are_found_out(by: str) -> None:
    areas = districts()
    xy = np.random.default_rng(1).uniform((EAST0, NORTH0), (EAST0 + SIZE_M, NORTH0 + SIZE_M), (3000, 2))
    codes = [next((code for code, shape in areas.items() if shapely.intersects_xy(shape, x, y)), "420101") for x, y in xy]
    names = {code: f"{code}区" for code in areas}
    column = {"code": codes, "name": [names[code] for code in codes], "nested": [f"{code}001001" for code in codes]}[by]
    reference = Reference(areas=areas, names=names)
    right, wrong = (given([shapely.Point(x, y) for x, y in xy], crs, 所属区=column) for crs in ("wgs84", "gcj02"))
    assert not check(right, "wgs84", reference).suspicious
    claim = check(wrong, "wgs84", reference)
    assert (claim.suspicious, claim.best.kind) == (True, ReadingKind.GCJ02)
    assert "所属区" in claim.verdict_zh


def test_points_without_a_district_get_the_share_inside_and_no_alarm() -> None:
    inside = [
        shapely.Point(x, y) for x, y in np.random.default_rng(2).uniform((EAST0, NORTH0), (EAST0 + SIZE_M, NORTH0 + SIZE_M), (500, 2))
    ]
    claim = check(given(inside, "wgs84"), "wgs84", BY_DISTRICTS)
    assert (claim.suspicious, claim.compared) == (False, True)
    assert claim.best.covered_share == pytest.approx(1.0, abs=0.03)
    assert "inside the areas stored" in claim.verdict


def test_reference_is_what_is_stored_above_the_unit_grids_with_every_road(session: Session) -> None:
    reference = load_reference(session, city_store.get_profile(session))
    assert {len(code) for code in reference.areas} == {6, 9, 12}
    assert set(reference.names) <= set(reference.areas)
    assert len(reference.roads) == 3


Layers = Callable[[str], SourceLayer]


@pytest.fixture(scope="module")
def real(shared_data: Path) -> Layers:
    """Return real layers by short name, in WGS 84."""
    names = {
        "amap": ("wuhan_districts_amap_wgs84", 1), "tianditu": ("wuhan_districts_tianditu_wgs84", 1),
        "communities": ("wuhan_communities_2015_wgs84", 2), "roads": ("wuhan_roads_osm_20240315", 1),
    }  # fmt: skip
    layers = {short: real_layer(shared_data, name, every) for short, (name, every) in names.items()}
    return layers.__getitem__


@pytest.fixture(scope="module")
def stored(real: Layers) -> Callable[[str], Reference]:
    """Return real layers as what is stored already, by short name."""

    @functools.cache
    def reference(name: str) -> Reference:
        placed = place(real(name), crs=None, profile=WUHAN)
        if name == "roads":
            return Reference(roads=list(placed.shapes))
        return Reference(areas=dict(zip(placed.attributes["adcode"], placed.shapes, strict=True)))

    return reference


def called(layer: SourceLayer, crs: str, *, shift: tuple[float, float] = (0.0, 0.0)) -> SourceLayer:
    """Return a WGS 84 layer in another system, ``shift`` metres short."""

    def convert(xy: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        east, north = crs_to_crs(xy[:, 0], xy[:, 1], "wgs84", STORAGE)
        return np.column_stack(crs_to_crs(east - shift[0], north - shift[1], STORAGE, crs))

    return dataclasses.replace(layer, crs=None, shapes=shapely.transform(layer.shapes, convert))


PAIRS = [
    ("amap", "tianditu"),
    ("tianditu", "amap"),
    ("communities", "amap"),
    ("communities", "roads"),
    ("roads", "amap"),
    ("roads", "tianditu"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("layer", "against"), PAIRS)
def test_real_layers_that_are_right_raise_no_alarm(real: Layers, stored: Callable[[str], Reference], layer: str, against: str) -> None:
    claim = check_claim(real(layer), crs=None, reference=stored(against), profile=WUHAN)
    assert not claim.suspicious, claim.verdict


@pytest.mark.slow
@pytest.mark.parametrize(("layer", "against"), PAIRS[:5])
def test_real_layers_in_gcj02_called_wgs84_are_found(real: Layers, stored: Callable[[str], Reference], layer: str, against: str) -> None:
    claim = check_claim(called(real(layer), "gcj02"), crs="wgs84", reference=stored(against), profile=WUHAN)
    assert (claim.suspicious, claim.best.kind) == (True, ReadingKind.GCJ02), claim.verdict


@pytest.mark.slow
@pytest.mark.parametrize(("layer", "against"), [PAIRS[0], PAIRS[3]])
def test_real_layers_in_bd09_called_wgs84_are_found(real: Layers, stored: Callable[[str], Reference], layer: str, against: str) -> None:
    claim = check_claim(called(real(layer), "bd09"), crs="wgs84", reference=stored(against), profile=WUHAN)
    assert (claim.suspicious, claim.best.kind) == (True, ReadingKind.BD09), claim.verdict


@pytest.mark.slow
@pytest.mark.parametrize("against", ["amap", "roads"])
def test_the_shift_of_the_real_communities_is_found(real: Layers, stored: Callable[[str], Reference], against: str) -> None:
    layer = called(real("communities"), STORAGE, shift=(59.75, 8.83))
    claim = check_claim(layer, crs=STORAGE, reference=stored(against), profile=WUHAN)
    assert (claim.suspicious, claim.best.kind) == (True, ReadingKind.SHIFTED), claim.verdict
    assert claim.best.shift == pytest.approx((59.75, 8.83), abs=12)
