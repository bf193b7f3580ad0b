"""A year of incident reports: gathered along roads and hot spots, in the rhythm of the day, some on borders, outside or misdeclared."""

from __future__ import annotations

import datetime

import numpy as np

from gridmgmt import crs
from gridmgmt.cases.model import IncidentReport
from gridmgmt.city.model import CityProfile
from gridmgmt.demo.incident_mix import CLASSES, HOURS, SOURCES, WEEKDAYS
from gridmgmt.demo.mesh import Floats
from gridmgmt.demo.places import Ground, beside_roads, inside_grids, on_borders, outside_city

ON_BORDER, OUTSIDE, IN_GRIDS = 0.03, 0.007, 0.25
# How the position came: rightly declared GCJ-02 and BD-09, and GCJ-02 called WGS 84.
GCJ02, BD09, WRONG = 0.05, 0.02, 0.01
DAYS = 365


def draw_reports(rng: np.random.Generator, ground: Ground, count: int, profile: CityProfile, today: datetime.date) -> list[IncidentReport]:
    """Draw the reports of the 365 days before ``today``, by time."""
    storage = f"epsg:{profile.storage_srid}"
    points, places = _points(rng, ground, count, profile, storage)
    systems = _systems(rng, places)
    x, y = _as_given(points, systems, storage)
    times = _times(rng, count, profile, today)
    classes = rng.choice(len(CLASSES), count, p=_shares([entry[2] for entry in CLASSES]))
    sources = rng.choice(len(SOURCES), count, p=_shares([entry[1] for entry in SOURCES]))
    atoms = ground.atom_at(points)
    reports = []
    for number, index in enumerate(sorted(range(count), key=lambda i: (times[i], i)), start=1):
        kind, code, _, words = CLASSES[classes[index]]
        source, _, accuracy = SOURCES[sources[index]]
        reports.append(
            IncidentReport(
                x=float(x[index]),
                y=float(y[index]),
                crs=_declared(systems[index], storage),
                source=source,
                reported_at=times[index],
                accuracy_m=accuracy,
                kind=kind.value,
                class_code=code,
                description=words + _remark(places[index], systems[index]),
                address=f"{ground.office_name(int(atoms[index]))}（演示）" if atoms[index] >= 0 else None,
                source_ref=f"DEMO-{number:06d}",
            )
        )
    return reports


def _points(rng: np.random.Generator, ground: Ground, count: int, profile: CityProfile, storage: str) -> tuple[Floats, list[str]]:
    border, outside, inside = round(count * ON_BORDER), round(count * OUTSIDE), round(count * IN_GRIDS)
    box = profile.envelope
    xs, ys = crs.crs_to_crs([box.west + 0.02, box.east - 0.02], [box.south + 0.02, box.north - 0.02], crs.WGS84, storage)
    bounds = (float(xs[0]), float(ys[0]), float(xs[1]), float(ys[1]))
    beside, _ = beside_roads(rng, ground, count - border - outside - inside, away=(0.0, 40.0), hot=0.25)
    parts = {
        "road": beside,
        "grid": inside_grids(rng, ground, inside),
        "border": on_borders(rng, ground, border),
        "outside": outside_city(rng, ground, outside, bounds),
    }
    return np.concatenate(list(parts.values())), [name for name, part in parts.items() for _ in range(len(part))]


def _systems(rng: np.random.Generator, places: list[str]) -> list[str]:
    """Choose how each position was given; a border point comes in the storage CRS, where it is exact."""
    shares = [1 - GCJ02 - BD09 - WRONG, GCJ02, BD09, WRONG]
    drawn = rng.choice([crs.WGS84, crs.GCJ02, crs.BD09, "wrong"], len(places), p=shares)
    return ["storage" if place == "border" else str(system) for place, system in zip(places, drawn, strict=True)]


def _as_given(points: Floats, systems: list[str], storage: str) -> tuple[Floats, Floats]:
    x, y = points[:, 0].copy(), points[:, 1].copy()
    for system in (crs.WGS84, crs.GCJ02, crs.BD09, "wrong"):
        these = np.array([name == system for name in systems])
        target = crs.GCJ02 if system == "wrong" else system
        given = crs.crs_to_crs(points[these, 0], points[these, 1], storage, target)
        x[these], y[these] = np.round(given[0], 7), np.round(given[1], 7)
    return x, y


def _declared(system: str, storage: str) -> str:
    return {"storage": storage, "wrong": crs.WGS84}.get(system, system)


def _times(rng: np.random.Generator, count: int, profile: CityProfile, today: datetime.date) -> list[datetime.datetime]:
    zone = profile.zone
    days = [today - datetime.timedelta(days=back) for back in range(DAYS, 0, -1)]
    weight = _shares([WEEKDAYS[day.weekday()] * (1.0 + 0.15 * np.sin((day.month - 4) / 12 * 2 * np.pi)) for day in days])
    chosen = rng.choice(DAYS, count, p=weight)
    hours = rng.choice(24, count, p=_shares(list(HOURS)))
    seconds = rng.integers(0, 3_600, count)
    return [
        datetime.datetime.combine(days[day], datetime.time(hour), zone) + datetime.timedelta(seconds=second)
        for day, hour, second in zip(chosen.tolist(), hours.tolist(), seconds.tolist(), strict=True)
    ]


def _shares(weights: list[float] | list[int]) -> Floats:
    array = np.array(weights, dtype=np.float64)
    return np.asarray(array / array.sum())


def _remark(place: str, system: str) -> str:
    if system == "wrong":
        return "（演示：GCJ-02 坐标误报为 WGS 84）"
    return {"border": "（演示：位于网格边界）", "outside": "（演示：市辖区以外）"}.get(place, "")
