"""A prepared set, scenarios and plans of siting on the toy city: few points, so that everything can be counted a second way."""

from __future__ import annotations

import dataclasses
import datetime
import itertools
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from gridmgmt.facilities.model import FacilityKind
from gridmgmt.siting import scenario_store, set_store
from gridmgmt.siting.exclusions import Checked
from gridmgmt.siting.figures import plan_figures
from gridmgmt.siting.order import order_sites
from gridmgmt.siting.question import ask
from gridmgmt.siting.read_rules import SitingRule, read_rules
from gridmgmt.siting.scenario import CandidateTable, DemandTable, PreparedSet, SavedPlan, Scenario, SetTables, Site, StandingTable
from gridmgmt.siting.scenario_settings import Origin, Problem, Settings
from gridmgmt.siting.sparse import near
from gridmgmt.siting.units import reach_limit, to_units
from tests import toy_city

MADE = datetime.datetime(2026, 3, 2, 1, 30, tzinfo=datetime.UTC)
RULES = Path(__file__).resolve().parents[2] / "geodata" / "siting" / "rules.csv"
POINTS, PLACES = 400, 60
RADIUS_M = 30.0
LEASE = datetime.timedelta(seconds=30)
_numbers = itertools.count(1)


def prepare(session: Session, *, dropped: int = 0) -> PreparedSet:
    """Store a set: 400 demand points, 60 candidates (the last five are facilities to be rebuilt), three standing ones of which two serve.

    So many of the last candidates are places that a rule dropped.
    """
    tables = draw()
    tables.candidates.dropped[PLACES - dropped :] = "keep_away:building"
    summary: dict[str, Any] = {
        "demand": {"points": POINTS, "people": int(tables.demand.people.sum())},
        "candidates": {"kept": PLACES, "dropped": {"keep_away:building": 3}},
        "rules": [Checked(rule, 0).to_json() for rule in _rules()],
        "programme": {"target": 12, "done": 4}, "years": {"2021": 4, "2022": 8},
    }  # fmt: skip
    head = PreparedSet(0, FacilityKind.TOILET, f"玩具集 {next(_numbers)}", None, MADE, "tester", {"day": "2026-03-02"}, summary)
    return set_store.add_set(session, head, tables)


def draw() -> SetTables:
    """Return the points, the same every time."""
    random = np.random.default_rng(7)
    demand, places = _spread(random, POINTS), _spread(random, PLACES)
    west = places[:, 0] < toy_city.EAST0 + 100
    origin = np.array(["frontage"] * (PLACES - 5) + ["upgrade"] * 5, object)
    candidates = CandidateTable(
        _texts(f"C{at:04d}" for at in range(PLACES)), origin, places, _texts([""] * (PLACES - 5) + [f"T{at}" for at in range(5)]),
        _texts([""] * PLACES), np.full(PLACES, np.nan), _texts(np.where(west, toy_city.WEST, toy_city.EAST)),
        _texts([toy_city.DISTRICT] * PLACES), _texts([""] * PLACES), _texts([""] * PLACES),
    )  # fmt: skip
    codes = [_texts(["x"] * POINTS) for _ in range(4)]
    people = DemandTable(demand, random.integers(0, 90, POINTS), random.integers(0, 3, POINTS), random.integers(0, 2, POINTS), *codes)
    standing = StandingTable(_texts(["S1", "S2", "S3"]), _spread(random, 3), np.array([True, False, True]), np.full(3, np.nan))
    return SetTables(people, candidates, standing)


def ask_for(session: Session, prepared: PreparedSet, **changes: Any) -> Scenario:
    """Store a scenario: six sites within 30 m, or with other settings."""
    settings = Settings(**{"problem": Problem.MCLP, "radius_m": RADIUS_M, "sites": 6, **changes})
    return scenario_store.add_scenario(
        session, Scenario(0, f"玩具方案 {next(_numbers)}", prepared.kind, prepared.id, settings, MADE, "tester")
    )


def plan_for(session: Session, scenario: Scenario, selected: tuple[int, ...]) -> SavedPlan:
    """Store a plan of some candidates as the worker would, with a bound a tenth above it."""
    tables = set_store.read_tables(session, scenario.set_id)
    question = ask(tables, scenario.settings)
    limit = reach_limit(scenario.settings.radius_m, "radius_m")
    demand = to_units(question.demand_xy, "demand")
    covers = near(demand, to_units(question.candidate_xy, "candidates"), limit).turned()
    standing = near(demand, to_units(question.standing_xy, "standing"), limit).sizes()
    built = order_sites(covers, standing, question.weight, np.array(selected), scenario.settings.years)
    value = float(question.weight[standing > 0].sum() + sum(one.adds for one in built))
    summary = plan_figures(tables, built, None, radius_m=scenario.settings.radius_m)
    plan = SavedPlan(
        0, scenario.id, None, MADE, "tester", scenario.settings.problem.value, {}, summary, value, value * 1.1, 1 / 11, 2.5, proved=False
    )
    places = tables.candidates
    sites = [
        Site(
            0, rank, one.position, places.code[one.position], Origin(places.origin[one.position]), places.facility_code[one.position] or None,
            float(places.xy[one.position, 0]), float(places.xy[one.position, 1]), one.year, float(one.adds), float(one.alone), places.street_office[one.position],
            places.district[one.position],
        )
        for rank, one in enumerate(built, 1)
    ]  # fmt: skip
    return scenario_store.add_plan(session, plan, sites)


def _rules() -> list[SitingRule]:
    """Return the rules of toilets as they are shipped, with a radius that fits a city of 200 m."""
    rules = read_rules(RULES, FacilityKind.TOILET)
    return [dataclasses.replace(rule, value=RADIUS_M) if rule.rule == "service_radius" else rule for rule in rules]


def _spread(random: np.random.Generator, count: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    corner = np.array([toy_city.EAST0, toy_city.NORTH0])
    return np.asarray(corner + random.integers(0, 200 * 1024, (count, 2)) / 1024, np.float64)


def _texts(values: Any) -> np.ndarray[Any, np.dtype[np.object_]]:
    column = np.array([str(value) for value in values], object)
    return np.asarray(column)
