"""Registers of the demo city: public toilets, transfer stations, collection houses, demolition and waste sites."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import numpy as np

from gridmgmt.demo.places import Ground, Spot, beside_roads, inside_grids, take_spots
from gridmgmt.demo.waste_sites import draw_waste_sites
from gridmgmt.facilities.model import (
    CollectionHouse,
    Facility,
    FacilityKind,
    FacilityStatus,
    ProgrammeKind,
    Toilet,
    ToiletForm,
    TransferStation,
)

SOURCE = "synthetic"
TOILETS, STATIONS, HOUSES = 4_500, 150, 700
PROGRAMME_SHARE = {FacilityKind.TOILET: 0.03, FacilityKind.TRANSFER_STATION: 0.2, FacilityKind.COLLECTION_HOUSE: 0.25}
# Class: tonnes a day from and to, site in m², green belt in m.
STATION_SIZES = {"II": (450, 1000, 12_000, 15), "III": (150, 450, 6_000, 8), "IV": (50, 150, 2_000, 5), "V": (10, 50, 700, 3)}
WORDS = {
    FacilityKind.TOILET: ("GC", "公厕"),
    FacilityKind.TRANSFER_STATION: ("ZZ", "垃圾转运站"),
    FacilityKind.COLLECTION_HOUSE: ("SJ", "分类收集屋"),
}
MAINTAINERS = ("演示环卫一公司", "演示环卫二公司", "演示环卫三公司")


def draw_facilities(rng: np.random.Generator, ground: Ground, scale: float, today: datetime.date) -> list[Facility]:
    """Draw every register, ``scale`` times as many as the full city has, by kind and number."""
    return [
        *_toilets(rng, ground, round(TOILETS * scale), today),
        *_stations(rng, ground, max(1, round(STATIONS * scale)), today),
        *_houses(rng, ground, max(1, round(HOUSES * scale)), today),
        *draw_waste_sites(rng, ground, scale, today),
    ]


def _toilets(rng: np.random.Generator, ground: Ground, count: int, today: datetime.date) -> Iterator[Facility]:
    points, _ = beside_roads(rng, ground, count + count // 10 + 10, away=(8.0, 45.0))
    for spot in take_spots(ground, points, count):
        toilet_class = int(rng.choice([1, 2, 3], p=[0.25, 0.55, 0.20]))
        form = ToiletForm(str(rng.choice([form.value for form in ToiletForm], p=[0.62, 0.33, 0.05])))
        female = int(rng.integers(3, 10)) + 2 * (3 - toilet_class)
        area = round(float(female * rng.uniform(6.0, 9.0)), 1)
        details = Toilet(
            toilet_class=toilet_class, form=form, opening_hours="00:00-24:00" if rng.random() < 0.55 else "06:00-22:00",
            cubicles_male=max(2, round(female / 1.5)), cubicles_female=female, cubicles_accessible=int(toilet_class < 3),
            family_toilet=bool(toilet_class == 1 or rng.random() < 0.2), barrier_free=bool(toilet_class < 3 or rng.random() < 0.4),
            building_area_m2=area, plot_area_m2=round(area * 1.5, 1), smart_sensors=bool(rng.random() < 0.2),
            septic_tank=None if form is ToiletForm.MOBILE else "院内（演示）",
        )  # fmt: skip
        yield _facility(rng, spot, FacilityKind.TOILET, details, today)


def _stations(rng: np.random.Generator, ground: Ground, count: int, today: datetime.date) -> Iterator[Facility]:
    points, _ = beside_roads(rng, ground, count + count // 5 + 10, away=(30.0, 120.0))
    for spot in take_spots(ground, points, count):
        station_class = str(rng.choice(["II", "III", "IV", "V"], p=[0.02, 0.08, 0.30, 0.60]))
        low, high, site, belt = STATION_SIZES[station_class]
        details = TransferStation(
            station_class=station_class, design_t_per_day=float(rng.integers(low, high)), site_area_m2=float(round(site * rng.uniform(0.8, 1.3))),
            building_distance_m=round(float(rng.uniform(8.0, 32.0)), 1), green_belt_m=float(belt), truck_access=bool(rng.random() < 0.95),
        )  # fmt: skip
        yield _facility(rng, spot, FacilityKind.TRANSFER_STATION, details, today)


def _houses(rng: np.random.Generator, ground: Ground, count: int, today: datetime.date) -> Iterator[Facility]:
    points = inside_grids(rng, ground, 3 * count + 10)
    for spot in take_spots(ground, points, count, largest_m2=80_000.0):
        households = int(rng.integers(500, 2_200))
        yes = rng.random(6) < (0.8, 0.95, 0.6, 0.7, 0.85, 0.3)
        details = CollectionHouse(
            compound=f"演示小区{spot.number}", households_served=households, capacity_t_per_day=round(households * 0.0022, 1),
            bin_washing=bool(yes[0]), drain=bool(yes[1]), deodorising=bool(yes[2]), vehicle_bay=bool(yes[3]), hand_wash=bool(yes[4]),
            smart_access=bool(yes[5]),
        )  # fmt: skip
        yield _facility(rng, spot, FacilityKind.COLLECTION_HOUSE, details, today)


def _facility(
    rng: np.random.Generator, spot: Spot, kind: FacilityKind, details: Toilet | TransferStation | CollectionHouse, today: datetime.date
) -> Facility:
    letters, word = WORDS[kind]
    opened = today - datetime.timedelta(days=int(rng.integers(200, 6_000)))
    programme, year = None, None
    if rng.random() < PROGRAMME_SHARE[kind]:
        programme = ProgrammeKind(str(rng.choice([entry.value for entry in ProgrammeKind], p=[0.5, 0.4, 0.1])))
        year = int(rng.integers(2021, 2026))
        opened = datetime.date(year, int(rng.integers(1, 13)), int(rng.integers(1, 28)))
    counts = programme is not None and not (isinstance(details, Toilet) and (details.toilet_class or 3) > 2)
    status = FacilityStatus.PAUSED if programme is None and rng.random() < 0.02 else FacilityStatus.OPEN
    return Facility(
        code=f"{letters}-{spot.number:05d}", kind=kind, name=f"{spot.office}{spot.number}号{word}（演示）", status=status, point=spot.point,
        source=SOURCE, address=f"{spot.office}（演示地址）{spot.number}号", owner="演示城管局",
        maintainer=MAINTAINERS[int(rng.integers(0, len(MAINTAINERS)))], surveyed_on=max(opened, today - datetime.timedelta(days=90)),
        opened_on=opened, programme=programme, programme_year=year, counts_toward_plan=counts, details=details,
    )  # fmt: skip
