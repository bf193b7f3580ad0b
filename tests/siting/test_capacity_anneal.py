"""Annealing keeps its books: every plan it hands on is one, costs what it says, keeps the rules, and is better than the one before."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gridmgmt.siting.capacitated import solve_capacitated
from gridmgmt.siting.capacity_anneal import Annealing
from gridmgmt.siting.capacity_anneal_kernel import BEST, COST, OVER
from gridmgmt.siting.capacity_kernel import FAR
from gridmgmt.siting.limits import Limits
from gridmgmt.siting.model import Quota, Rules
from gridmgmt.siting.near import near_from_points
from gridmgmt.siting.units import Flags, Ints

P, POINTS, SITES, REACH_M = 12, 200, 80, 600
RULES = Rules(quotas=(Quota("东", tuple(range(40)), at_least=4, at_most=5),), forced=(5,), forbidden=(7, 31))


def town(seed: int) -> dict[str, Any]:
    chance = np.random.default_rng(seed)
    load = chance.integers(1, 30, POINTS)
    return {
        "demand_xy": chance.integers(0, 1000, (POINTS, 2)), "demand_weight": chance.integers(0, 9, POINTS),
        "candidate_xy": chance.integers(0, 1000, (SITES, 2)), "load": load, "capacity": int(load.sum() / (0.85 * P)),
    }  # fmt: skip


@pytest.mark.parametrize("seed", [0, 2, 3])
def test_every_plan_handed_on_is_sound_and_better(seed: int) -> None:
    asked = town(seed)
    limits = Limits.of(RULES, SITES, P, asked["candidate_xy"])
    near = near_from_points(asked["demand_xy"], asked["candidate_xy"], None).within(REACH_M * 1024)
    rows = near.rows(asked["demand_weight"], ~limits.closed)
    table = np.full((POINTS, SITES), FAR, np.int64)
    table[np.repeat(np.arange(POINTS), np.diff(rows[0])), rows[1]] = rows[2]
    first = solve_capacitated(**asked, p=P, reach_m=REACH_M, rules=RULES, cancel=lambda: True)
    is_open = np.isin(np.arange(SITES), first.selected)
    walk = Annealing(
        near, rows, table, asked["load"], np.full(SITES, asked["capacity"]), is_open=is_open, to=np.array(first.assigned, np.int64)
    )
    values = [first.value]

    def keep(now_open: Flags, to: Ints) -> bool:
        value = int(table[np.arange(POINTS), to].sum())
        assert value < values[-1]
        assert value == walk.now.sums[BEST]
        assert limits.keeps(now_open)
        assert now_open.sum() == P
        assert now_open[to].all()
        assert (np.bincount(to, asked["load"], SITES) <= asked["capacity"]).all()
        values.append(value)
        return True

    walk.walk(limits.arrays(is_open), np.random.default_rng(seed), lambda tried: tried / 60_000, keep)
    assert len(values) > 1
    now = walk.now
    used = np.bincount(now.to, asked["load"], SITES).astype(np.int64)
    assert now.used.tolist() == used.tolist()
    assert now.sums[COST] == table[np.arange(POINTS), now.to].sum()
    assert now.sums[OVER] == np.maximum(0, used - asked["capacity"]).sum()
