"""Where something may be built: frontages, facilities to be rebuilt, sites that fall free, the planner's own places; and what stands."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import shapely

from gridmgmt.facilities.model import (
    DemolitionSite,
    Facility,
    FacilityKind,
    FacilityStatus,
    Toilet,
    ToiletForm,
    TransferStation,
    WasteSiteKind,
)
from gridmgmt.siting.frontage import walk_frontages
from gridmgmt.siting.ground import BUILDABLE, NOWHERE, Floats, Ground, Strings
from gridmgmt.siting.scenario import CandidateTable, StandingTable
from gridmgmt.siting.scenario_settings import Origin

WORST_CLASS = 2  # of toilets that the plan's programme counts
FREED = (FacilityStatus.FINISHED, FacilityStatus.CLEARED)


@dataclasses.dataclass(frozen=True)
class Place:
    """A place that a planner proposes; storage CRS, area of the site in m² where known."""

    name: str
    x: float
    y: float
    area_m2: float | None = None


@dataclasses.dataclass(frozen=True)
class _Raw:
    code: str
    origin: Origin
    x: float
    y: float
    facility_code: str = ""
    area_m2: float = float("nan")
    dropped: str = ""


def meets_standard(facility: Facility) -> bool:
    """Say whether a facility in service counts as serving: a toilet of class 2 or better that is no mobile one, a station above class V.

    What the register does not say is not held against it.
    """
    if facility.status is not FacilityStatus.OPEN:
        return False
    details = facility.details
    if isinstance(details, Toilet):
        return (details.toilet_class or WORST_CLASS) <= WORST_CLASS and details.form is not ToiletForm.MOBILE
    if isinstance(details, TransferStation):
        return details.station_class != "V"
    return True


def list_standing(facilities: Iterable[Facility]) -> StandingTable:
    """Return the facilities in service by code, and whether each meets the standard."""
    found = sorted((one for one in facilities if one.status is FacilityStatus.OPEN), key=lambda one: one.code)
    xy = np.array([(one.point.x, one.point.y) for one in found], np.float64).reshape(-1, 2)
    meets = np.array([meets_standard(one) for one in found], np.bool_)
    capacity = np.array([_capacity(one) for one in found], np.float64)
    return StandingTable(_strings([one.code for one in found]), xy, meets, capacity)


def list_candidates(
    ground: Ground,
    kind: FacilityKind,
    facilities: Sequence[Facility],
    freed: Sequence[Facility],
    planned: Sequence[Place],
    *,
    step_m: float,
) -> CandidateTable:
    """Return every place that comes into question, none dropped yet: the planner's first, then upgrades, freed sites, frontages.

    ``facilities`` are those of the kind, ``freed`` all sites of demolition. Codes: L-number, U-facility, D-facility, F-segment-number.
    """
    raw = [*_planner(planned), *_upgrades(facilities), *(_freed(freed) if kind is not FacilityKind.DEMOLITION_SITE else ())]
    along = walk_frontages(ground.road_line, ground.road_class, step_m=step_m, allowed=BUILDABLE, both_sides=False)
    codes = [f"F-{ground.road_code[road]}-{number}" for road, number in zip(along.road.tolist(), along.number.tolist(), strict=True)]
    few, many = len(raw), len(codes)
    xy = np.concatenate([np.array([(one.x, one.y) for one in raw], np.float64).reshape(-1, 2), along.xy])
    area = ground.area_at(xy)
    own = _strings([*(one.dropped for one in raw), *[""] * many])
    return CandidateTable(
        _strings([*(one.code for one in raw), *codes]), _strings([*(one.origin.value for one in raw), *[Origin.FRONTAGE.value] * many]), xy,
        _strings([*(one.facility_code for one in raw), *[""] * many]),
        np.concatenate([_strings([""] * few), ground.road_class[along.road]]),
        np.concatenate([np.array([one.area_m2 for one in raw], np.float64), np.full(many, np.nan)]),
        np.append(ground.street_office, "")[area], np.append(ground.district, "")[area],
        np.where(area == NOWHERE, "outside", np.where(np.append(ground.is_water, False)[area], "water", own)).astype(object),
        _strings([""] * len(xy)),
    )  # fmt: skip


def _planner(planned: Sequence[Place]) -> list[_Raw]:
    return [
        _Raw(f"L-{number:04d}", Origin.PLANNER, place.x, place.y, area_m2=float("nan") if place.area_m2 is None else place.area_m2)
        for number, place in enumerate(planned, 1)
    ]


def _upgrades(facilities: Sequence[Facility]) -> list[_Raw]:
    """Return facilities in service below the standard, and those that are paused: rebuilt or extended they count toward the programme.

    One that counts already is dropped: it cannot count twice.
    """
    shaky = [one for one in facilities if one.status in {FacilityStatus.OPEN, FacilityStatus.PAUSED} and not meets_standard(one)]
    return [
        _Raw(
            f"U-{one.code}",
            Origin.UPGRADE,
            one.point.x,
            one.point.y,
            one.code,
            _site_area(one),
            "counted" if one.counts_toward_plan else "",
        )
        for one in sorted(shaky, key=_by_code)
    ]


def _freed(sites: Sequence[Facility]) -> list[_Raw]:
    ready = [
        one
        for one in sites
        if one.status in FREED and isinstance(one.details, DemolitionSite) and one.details.site_kind is WasteSiteKind.DEMOLITION
    ]
    return [_Raw(f"D-{one.code}", Origin.FREED, one.point.x, one.point.y, one.code, _site_area(one)) for one in sorted(ready, key=_by_code)]


def _site_area(facility: Facility) -> float:
    details = facility.details
    found: float | None = None
    if isinstance(details, Toilet):
        found = details.plot_area_m2
    elif isinstance(details, TransferStation):
        found = details.site_area_m2
    elif isinstance(details, DemolitionSite) and details.footprint is not None:
        found = float(shapely.area(details.footprint))
    return float("nan") if found is None else found


def _capacity(facility: Facility) -> float:
    found = getattr(facility.details, "design_t_per_day", None) or getattr(facility.details, "capacity_t_per_day", None)
    return float("nan") if found is None else float(found)


def _by_code(facility: Facility) -> str:
    return facility.code


def _strings(values: Sequence[Any]) -> Strings:
    column = np.empty(len(values), object)
    column[:] = list(values)
    return column


def ordered(table: CandidateTable) -> CandidateTable:
    """Return the kept places before the dropped ones, otherwise as they were: their row numbers are the positions of a solver."""
    return table.only(np.argsort(~table.kept, kind="stable"))


def people_around(xy: Floats, demand_xy: Floats, people: Floats, *, radius_m: float, cell_m: float = 100.0) -> Floats:
    """Return the people in the square of cells that reaches about a radius to each side of every point: quick, for ranking only."""
    if not len(xy) or not len(demand_xy):
        return np.zeros(len(xy))
    corner = demand_xy.min(axis=0)
    at = np.floor((demand_xy - corner) / cell_m).astype(np.int64)
    size = at.max(axis=0) + 1
    grid = np.zeros(tuple(size + 1))
    np.add.at(grid, (at[:, 0] + 1, at[:, 1] + 1), people)
    total = grid.cumsum(axis=0).cumsum(axis=1)
    here = np.floor((xy - corner) / cell_m).astype(np.int64)
    reach = max(1, round(radius_m * np.sqrt(np.pi) / 2 / cell_m))  # a square of the circle's area
    low, high = np.clip(here - reach, 0, size), np.clip(here + reach + 1, 0, size)
    return np.asarray(
        total[high[:, 0], high[:, 1]] - total[low[:, 0], high[:, 1]] - total[high[:, 0], low[:, 1]] + total[low[:, 0], low[:, 1]]
    )
