"""Optima of distance against other people's solvers, and against published instances."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pulp
import pytest
from scipy.sparse.csgraph import floyd_warshall
from spopt.locate import PCenter, PMedian

from gridmgmt.siting.capacitated import solve_capacitated
from gridmgmt.siting.center import solve_p_center
from gridmgmt.siting.check_distance import faults
from gridmgmt.siting.distance_plan import DistancePlan
from gridmgmt.siting.median import solve_p_median

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::FutureWarning"
)  # what pulp and spopt will do in their next version
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
ABSENT = "the shared data are not beside the project"
Solve = Callable[..., DistancePlan]
CHANCE = np.random.default_rng(11)
METRES = CHANCE.integers(1, 4000, (30, 15)).astype(np.float64)
WEIGHT = CHANCE.integers(0, 50, 30)


@pytest.mark.parametrize("p", [1, 4, 9])
@pytest.mark.parametrize(("solve", "peer"), [(solve_p_median, PMedian), (solve_p_center, PCenter)], ids=["median", "center"])
def test_the_optimum_is_that_of_spopt(solve: Solve, peer: Any, p: int) -> None:
    weight = WEIGHT if peer is PMedian else np.ones(30)
    more = (weight,) if peer is PMedian else ()
    told = peer.from_cost_matrix(METRES, *more, p_facilities=p).solve(pulp.PULP_CBC_CMD(msg=False))
    plan = solve(None, weight, None, p=p, distances=METRES)
    assert plan.proved_optimal
    assert plan.value_m == round(pulp.value(told.problem.objective))
    assert faults(plan, None, weight, None, p=p, distances=METRES) == []


def test_the_optimum_within_capacity_is_that_of_cbc() -> None:
    load, capacity, p = CHANCE.integers(1, 20, 25), 75, 5
    metres = METRES[:25, :12]
    model = pulp.LpProblem("capacitated", pulp.LpMinimize)
    to = {(i, j): pulp.LpVariable(f"x{i}_{j}", cat="Binary") for i in range(25) for j in range(12)}
    opened = [pulp.LpVariable(f"y{j}", cat="Binary") for j in range(12)]
    model += pulp.lpSum(metres[i, j] * int(WEIGHT[i]) * x for (i, j), x in to.items())
    model += pulp.lpSum(opened) <= p
    for i in range(25):
        model += pulp.lpSum(to[i, j] for j in range(12)) == 1
    for j in range(12):
        model += pulp.lpSum(int(load[i]) * to[i, j] for i in range(25)) <= capacity * opened[j]
    for (_, j), x in to.items():
        model += x <= opened[j]
    model.solve(pulp.PULP_CBC_CMD(msg=False))
    plan = solve_capacitated(None, WEIGHT[:25], None, load=load, capacity=capacity, p=p, distances=metres, time_limit_s=10)
    assert faults(plan, None, WEIGHT[:25], None, load=load, capacity=capacity, p=p, distances=metres) == []
    assert plan.value_m == round(pulp.value(model.objective))


@pytest.mark.skipif(not (DATA / "orlib_pmed1_20.zip").exists(), reason=ABSENT)
@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, pytest.param(6, marks=pytest.mark.slow), pytest.param(9, marks=pytest.mark.slow)])
def test_graphs_of_the_or_library_are_solved_to_their_known_optima(number: int) -> None:
    metres, p = graph(number)
    known = {row["instance"]: row for row in csv.DictReader(io.StringIO((DATA / "orlib_optima_1_20.csv").read_text()))}[f"pmed{number}"]
    ones = np.ones(len(metres))
    for solve, column in ((solve_p_median, "pmedian_opt"), (solve_p_center, "pcenter_opt")):
        plan = solve(None, ones, None, p=p, distances=metres)
        assert plan.proved_optimal
        assert plan.value_m == float(known[column])
        assert faults(plan, None, ones, None, p=p, distances=metres) == []


def graph(number: int) -> tuple[npt.NDArray[np.float64], int]:
    """Return (shortest ways between all nodes, p); of repeated edges the last one counts."""
    with zipfile.ZipFile(DATA / "orlib_pmed1_20.zip") as files:
        first, *lines = files.read(f"pmed{number}.txt").decode().strip().split("\n")
    nodes, _, p = (int(word) for word in first.split())
    metres = np.full((nodes, nodes), np.inf)
    for a, b, length in ((int(word) for word in line.split()) for line in lines):
        metres[a - 1, b - 1] = metres[b - 1, a - 1] = length
    np.fill_diagonal(metres, 0)
    return floyd_warshall(metres), p


@pytest.mark.skipif(not (DATA / "spopt_sf_stores.zip").exists(), reason=ABSENT)
def test_stores_of_san_francisco_as_enumerated() -> None:
    exact = json.loads((DATA / "spopt_sf_exact.json").read_text())
    with zipfile.ZipFile(DATA / "spopt_sf_stores.zip") as archive:
        demand, pairs = (
            list(csv.DictReader(io.StringIO(archive.read(name).decode())))
            for name in ("SF_demand_205_centroid_uniform_weight.csv", "SF_network_distance_candidateStore_16_censusTract_205_new.csv")
        )
    tracts, stores = sorted({row["DestinationName"] for row in pairs}), sorted({row["name"] for row in pairs})
    people = {row["NAME"]: int(row["POP2000"]) for row in demand}
    weight = np.array([people[tract] for tract in tracts])
    metres = np.full((len(tracts), len(stores)), np.inf)
    for row in pairs:
        metres[tracts.index(row["DestinationName"]), stores.index(row["name"])] = float(row["distance"])
    for p, figures in exact["by_p"].items():
        median, center = (solve(None, weight, None, p=int(p), distances=metres) for solve in (solve_p_median, solve_p_center))
        assert median.proved_optimal
        assert center.proved_optimal
        assert median.value_m / weight.sum() == pytest.approx(figures["pmedian_mean_weighted_m"], abs=1 / 1024)
        assert center.value_m == pytest.approx(figures["pcenter_m"], abs=1 / 1024)
