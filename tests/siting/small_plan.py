"""A plan on the toy city that can be checked with a pencil: four demand points, one standing toilet, two sites.

  y
150 |  a 100           b 200        standing T-1 at (50, 150): on a
 50 |  c 300           d 400        sites: 1 at (150, 60), 10 m from d; 2 at (50, 50): on c
    +--- 50 ---------- 150 --> x    radius 40 m
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping

import numpy as np
from sqlalchemy.orm import Session

from gridmgmt.facilities.model import FacilityKind
from gridmgmt.roads.export_store import list_segments_on
from gridmgmt.siting import scenario_store, set_store
from gridmgmt.siting.accessibility_record import access_record
from gridmgmt.siting.network import network_of
from gridmgmt.siting.scenario import CandidateTable, DemandTable, PreparedSet, SavedPlan, Scenario, SetTables, Site, StandingTable
from gridmgmt.siting.scenario_settings import Origin, Problem, Settings
from tests import toy_city

AT = datetime.datetime(2026, 11, 2, 9, 0, tzinfo=datetime.UTC)
DAY = datetime.date(2026, 11, 1)
RULES = [
    {
        "kind": "toilet", "rule": "density_band", "subject": "residential", "value": 3.0, "high": 5.0, "unit": "per_km2",
        "force": "recommended", "source": "GB/T 50337-2018", "confidence": "M", "in_use": True, "zh": "居住用地每平方公里 3–5 座",
        "en": "Residential land", "key": "density_band:residential", "dropped": 0, "unchecked": "",
    }
]  # fmt: skip


def words(*values: str) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """Return a column of texts."""
    column = np.empty(len(values), object)
    column[:] = values
    return column


def places(*points: tuple[float, float]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return points of the drawing in the storage CRS."""
    return np.array([toy_city.point(*point) for point in points], np.float64).reshape(-1, 2)


def tables() -> SetTables:
    """Return the drawing above."""
    people, none = np.array([100, 200, 300, 400], np.int64), np.zeros(4, np.int64)
    grids = words(toy_city.NORTH_WEST, toy_city.NORTH_EAST, toy_city.SOUTH_WEST, toy_city.SOUTH_EAST)
    offices = words(toy_city.WEST, toy_city.EAST, toy_city.WEST, toy_city.EAST)
    communities = words(*(code[:12] for code in grids.tolist()))
    demand = DemandTable(
        places((50, 150), (150, 150), (50, 50), (150, 50)), people, none, none, grids, communities, offices, words(*[toy_city.DISTRICT] * 4)
    )
    frontage, empty = Origin.FRONTAGE.value, words("", "", "")
    candidates = CandidateTable(
        words("F-1", "F-2", "F-3"), words(frontage, frontage, frontage), places((150, 60), (50, 50), (100, 190)), empty, empty,
        np.full(3, np.nan), words(toy_city.EAST, toy_city.WEST, toy_city.EAST), words(*[toy_city.DISTRICT] * 3), empty, empty,
    )  # fmt: skip
    standing = StandingTable(words("T-1"), places((50, 150)), np.array([True]), np.array([np.nan]))
    return SetTables(demand, candidates, standing)


def keep_plan(session: Session, *, years: bool = True, name: str = "小方案", sources: Mapping[str, str] | None = None) -> SavedPlan:
    """Store set, scenario and plan, as the worker would; the plan's sites are candidates 0 and 1."""
    made, kind = tables(), FacilityKind.TOILET
    options = {"day": DAY.isoformat(), "step_m": 50.0, "sources": dict(sources or {})}
    summary = {
        "rules": RULES,
        "years": {"2025": 1, "2026": 1},
        "demand": {"points": 4, "people": 1000},
        "candidates": {"kept": 3, "dropped": {}},
        "programme": {"target": 300, "done": 0},
    }
    head = set_store.add_set(session, PreparedSet(0, kind, "小数据集", None, AT, "planner", options, summary), made)
    settings = Settings(Problem.MCLP, 40.0, 2, years={2025: 1, 2026: 1} if years else {})
    scenario = scenario_store.add_scenario(session, Scenario(0, name, kind, head.id, settings, AT, "planner"))
    network = network_of(list_segments_on(session, on=DAY))
    told = access_record(session, head, made, [0, 1], network, radius_m=40.0)
    told |= {
        "radius_m": 40.0,
        "unit": "weight",
        "distance": "straight",
        "sites": 2,
        "people": 1000,
        "straight": {"before_all": 100, "before_meets": 100, "after": 800},
        "walking": None,
        "by_year": [],
        "sensitivity": {
            "start": 100, "next": [["F-3", 0]], "instead": {"1": ["F-3", 0], "2": ["F-3", 0]}, "radius": [[20, 100, 500], [40.0, 100, 800]],
        },
    }  # fmt: skip
    plan = SavedPlan(0, scenario.id, None, AT, "planner", "mclp", {}, told, 800.0, 800.0, 0.0, 1.5, proved=True)
    sites = []
    for rank, position in ((1, 0), (2, 1)):
        x, y = made.candidates.xy[position]
        adds, year = (400.0, 300.0)[position], 2024 + rank if years else None
        code, office = made.candidates.code[position], made.candidates.street_office[position]
        sites.append(Site(0, rank, position, code, Origin.FRONTAGE, None, float(x), float(y), year, adds, adds, office, toy_city.DISTRICT))
    return scenario_store.add_plan(session, plan, sites)
