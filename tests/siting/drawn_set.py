"""A prepared set drawn by chance in a square of 4 km, put straight into the database: no city needed around it."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from gridmgmt.facilities.model import FacilityKind
from gridmgmt.siting import scenario_store, set_store
from gridmgmt.siting.scenario import CandidateTable, DemandTable, PreparedSet, Scenario, SetTables, StandingTable
from gridmgmt.siting.scenario_settings import Origin, read_settings
from tests.siting.drawn_ground import column
from tests.toy_city import EAST0, NORTH0

AT = datetime.datetime(2026, 3, 1, 8, tzinfo=datetime.UTC)
SIDE_M = 4000


def drawn_tables(*, demand: int, candidates: int, standing: int = 0, seed: int = 1) -> SetTables:
    """Return tables of whole metres; the last tenth of the candidates was dropped."""
    chance = np.random.default_rng(seed)

    def points(count: int) -> Any:
        return chance.integers(0, SIDE_M, (count, 2)) + np.array([EAST0, NORTH0])

    def same(text: str, count: int) -> Any:
        return column(*[text] * count)

    people = chance.integers(1, 100, demand)
    zero = np.zeros(demand, np.int64)
    dropped = column(*["" if n < candidates - candidates // 10 else "keep_away:school" for n in range(candidates)])
    halves = column(*["420100001" if n % 2 else "420100002" for n in range(candidates)])
    return SetTables(
        DemandTable(points(demand), people, zero, zero, *(same(text, demand) for text in ("U", "C", "420100001", "420100"))),
        CandidateTable(
            column(*[f"F-{n}" for n in range(candidates)]), same(Origin.FRONTAGE.value, candidates), points(candidates), same("", candidates),
            same("tertiary", candidates), np.full(candidates, np.nan), halves, same("420100", candidates), dropped, same("", candidates),
        ),
        StandingTable(column(*[f"T{n}" for n in range(standing)]), points(standing), np.ones(standing, np.bool_), np.full(standing, np.nan)),
    )  # fmt: skip


def add_drawn_scenario(
    session: Session, tables: SetTables, *, name: str = "试算", kind: FacilityKind = FacilityKind.TOILET, **settings: Any
) -> Scenario:
    """Store a set and a scenario that asks it."""
    head = PreparedSet(
        0, kind, "随机", None, AT, "planner", {"day": "2026-03-01"}, {"years": {}, "rules": [], "programme": {"target": 300, "done": 0}}
    )
    number = set_store.add_set(session, head, tables).id
    given = {"problem": "mclp", "radius_m": 300, "sites": 5, "time_limit_s": 60} | settings
    return scenario_store.add_scenario(session, Scenario(0, name, kind, number, read_settings(given), AT, "planner"))
