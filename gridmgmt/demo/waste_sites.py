"""Demolition sites and the places their waste goes to."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator

import numpy as np
import shapely

from gridmgmt import crs
from gridmgmt.demo.places import Ground, Spot, inside_grids, take_spots
from gridmgmt.facilities.model import DemolitionSite, Facility, FacilityKind, FacilityStatus, WasteSiteKind

SOURCE = "synthetic"
RECEIVERS = (
    (WasteSiteKind.DISPOSAL_SITE, 9, "弃土消纳场"),
    (WasteSiteKind.RUBBLE_PLANT, 2, "弃料综合处理厂"),
    (WasteSiteKind.RENOVATION_LINE, 3, "装修垃圾处理线"),
    (WasteSiteKind.BULKY_WASTE, 13, "大件垃圾拆解点"),
)
GIVERS = (
    (WasteSiteKind.DEMOLITION, 60, "拆除工地"),
    (WasteSiteKind.NEW_BUILD, 20, "新建工地"),
    (WasteSiteKind.ROAD, 8, "道路工地"),
    (WasteSiteKind.RENOVATION_DEPOT, 8, "装修垃圾堆放点"),
)
STATES = (
    (FacilityStatus.DECLARED, 0.08), (FacilityStatus.APPROVED, 0.12), (FacilityStatus.ACTIVE, 0.55), (FacilityStatus.PAUSED, 0.05),
    (FacilityStatus.FINISHED, 0.12), (FacilityStatus.CLEARED, 0.08),
)  # fmt: skip
WASTE_OF = {
    WasteSiteKind.DEMOLITION: "拆除垃圾",
    WasteSiteKind.NEW_BUILD: "工程渣土",
    WasteSiteKind.ROAD: "工程垃圾",
    WasteSiteKind.RENOVATION_DEPOT: "装修垃圾",
}
WASTES = ("工程渣土", "工程泥浆", "工程垃圾", "拆除垃圾", "装修垃圾")


def draw_waste_sites(rng: np.random.Generator, ground: Ground, scale: float, today: datetime.date) -> Iterator[Facility]:
    """Yield receivers first, then the sites that send waste to them, about 120 in the full city."""
    number, receivers = 1, []
    for site_kind, count, word in RECEIVERS:
        for spot in _spots(rng, ground, max(1, round(count * scale)), number):
            number += 1
            site = _receiver(rng, spot, site_kind, word, today)
            receivers.append(site.code)
            yield site
    for site_kind, count, word in GIVERS:
        for spot in _spots(rng, ground, max(1, round(count * scale)), number):
            number += 1
            site = _giver(rng, spot, site_kind, word, today)
            destination = receivers[int(rng.integers(0, len(receivers)))]
            yield dataclasses.replace(site, details=dataclasses.replace(_demolition(site), destination_code=destination))


def _spots(rng: np.random.Generator, ground: Ground, count: int, first: int) -> list[Spot]:
    return take_spots(ground, inside_grids(rng, ground, 2 * count + 5), count, first=first)


def _demolition(site: Facility) -> DemolitionSite:
    if not isinstance(site.details, DemolitionSite):
        message = f"{site.code} is no waste site"
        raise TypeError(message)
    return site.details


def _receiver(rng: np.random.Generator, spot: Spot, site_kind: WasteSiteKind, word: str, today: datetime.date) -> Facility:
    capacity = float(rng.integers(20, 400)) * 10_000
    details = DemolitionSite(
        site_kind=site_kind, footprint=_footprint(rng, spot, 80.0), capacity_m3=capacity, remaining_m3=round(capacity * float(rng.uniform(0.1, 0.9))),
        intake_t_per_day=float(rng.integers(100, 4_000)), accepted_categories="、".join(WASTES[:1] if "弃土" in word else WASTES[2:]),
        service_life=f"至 {today.year + int(rng.integers(1, 9))} 年", contact="199-9999-0000", wash_bay=True, fenced=True, hardened=True, covered=True,
        dust_noise_sensors=True, city_side=str(rng.choice(["汉口", "汉阳", "武昌"])),
    )  # fmt: skip
    return _site(spot, word, FacilityStatus.OPEN, details, today - datetime.timedelta(days=int(rng.integers(300, 3_000))))


def _giver(rng: np.random.Generator, spot: Spot, site_kind: WasteSiteKind, word: str, today: datetime.date) -> Facility:
    status = STATES[int(rng.choice(len(STATES), p=[share for _, share in STATES]))][0]
    permitted = status is not FacilityStatus.DECLARED
    start = today - datetime.timedelta(days=int(rng.integers(10, 300)))
    declared = int(rng.integers(2, 200)) * 500
    disposed = round(declared * float(rng.random())) if permitted else 0
    quantities = {WASTE_OF[site_kind]: {"declared_t": declared, "approved_t": declared * permitted, "disposed_t": disposed}}
    yes = rng.random(5) < (0.9, 0.97, 0.85, 0.8, 0.5)
    details = DemolitionSite(
        site_kind=site_kind, footprint=_footprint(rng, spot, 35.0), builder=f"演示建设单位{spot.number}", contractor=f"演示拆除公司{spot.number % 17 + 1}",
        supervisor_unit=f"演示监理公司{spot.number % 9 + 1}", permit_no=f"演示核准{start.year}-{spot.number:04d}" if permitted else None,
        permit_from=start if permitted else None, permit_to=start + datetime.timedelta(days=180) if permitted else None,
        permitted_hours="19:00-次日06:00" if permitted else None, quantities=quantities, carriers=f"演示运输车队{spot.number % 11 + 1}",
        wash_bay=bool(yes[0]), fenced=bool(yes[1]), hardened=bool(yes[2]), covered=bool(yes[3]),
        dust_noise_sensors=bool(yes[4]), contact=f"199-9999-{spot.number:04d}",
    )  # fmt: skip
    return _site(spot, word, status, details, start)


def _site(spot: Spot, word: str, status: FacilityStatus, details: DemolitionSite, since: datetime.date) -> Facility:
    return Facility(
        code=f"CC-{spot.number:05d}", kind=FacilityKind.DEMOLITION_SITE, name=f"{spot.office}{spot.number}号{word}（演示）", status=status,
        point=spot.point, source=SOURCE, address=f"{spot.office}（演示地址）{spot.number}号", owner="演示城管局", opened_on=since, details=details,
    )  # fmt: skip


def _footprint(rng: np.random.Generator, spot: Spot, reach: float) -> shapely.MultiPolygon:
    point, half = np.array([spot.point.x, spot.point.y]), rng.uniform(0.5, 1.2, 2) * reach
    return shapely.MultiPolygon([shapely.box(*crs.snap(np.concatenate([point - half, point + half])))])
