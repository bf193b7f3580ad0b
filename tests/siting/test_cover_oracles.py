"""Covering optima against other people's solvers, and against published instances solved by enumeration."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pulp
import pytest

from gridmgmt.siting.cover_problem import CoverSets
from gridmgmt.siting.solve_cover import solve_lscp, solve_mclp, solve_mclp_sets

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # what pulp will do in its next version
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
CHANCE = np.random.default_rng(7)
POINTS = CHANCE.integers(0, 3000, (250, 2))
WEIGHT = CHANCE.integers(0, 500, 250)
SITES = CHANCE.integers(0, 3000, (60, 2))
RADIUS = 400


def reach() -> npt.NDArray[np.bool_]:
    return np.asarray(((POINTS[:, None] - SITES[None]) ** 2).sum(axis=2) <= RADIUS**2)


@pytest.mark.parametrize("p", [1, 6, 15])
def test_mclp_is_the_optimum_of_cbc(p: int) -> None:
    near = reach()
    model = pulp.LpProblem("mclp", pulp.LpMaximize)
    x = [pulp.LpVariable(f"x{site}", cat="Binary") for site in range(len(SITES))]
    y = [pulp.LpVariable(f"y{point}", 0, 1) for point in range(len(POINTS))]
    model += pulp.lpSum(int(weight) * var for weight, var in zip(WEIGHT, y, strict=True))
    for row, var in zip(near, y, strict=True):
        model += var <= pulp.lpSum(x[site] for site in np.flatnonzero(row))
    model += pulp.lpSum(x) <= p
    model.solve(pulp.PULP_CBC_CMD(msg=False))
    plan = solve_mclp(POINTS, WEIGHT, SITES, service_radius_m=RADIUS, p=p)
    assert plan.proved_optimal
    assert plan.covered == round(pulp.value(model.objective))


def test_lscp_is_the_optimum_of_cbc() -> None:
    near = reach()
    model = pulp.LpProblem("lscp", pulp.LpMinimize)
    x = [pulp.LpVariable(f"x{site}", cat="Binary") for site in range(len(SITES))]
    model += pulp.lpSum(x)
    for row in near[near.any(axis=1)]:
        model += pulp.lpSum(x[site] for site in np.flatnonzero(row)) >= 1
    model.solve(pulp.PULP_CBC_CMD(msg=False))
    plan = solve_lscp(POINTS, SITES, service_radius_m=RADIUS)
    assert plan.proved_optimal
    assert plan.covered == round(pulp.value(model.objective))
    assert plan.unreachable == tuple(np.flatnonzero(~near.any(axis=1)))


@pytest.mark.skipif(not (DATA / "spopt_sf_stores.zip").exists(), reason="the shared data are not beside the project")
def test_stores_of_san_francisco_as_enumerated() -> None:
    exact = json.loads((DATA / "spopt_sf_exact.json").read_text())
    with zipfile.ZipFile(DATA / "spopt_sf_stores.zip") as archive:
        demand = _rows(archive, "SF_demand_205_centroid_uniform_weight.csv")
        pairs = _rows(archive, "SF_network_distance_candidateStore_16_censusTract_205_new.csv")
    tracts, stores = sorted({row["DestinationName"] for row in pairs}), sorted({row["name"] for row in pairs})
    people = {row["NAME"]: int(row["POP2000"]) for row in demand}
    near = np.zeros((len(tracts), len(stores)), np.bool_)
    for row in pairs:
        near[tracts.index(row["DestinationName"]), stores.index(row["name"])] = float(row["distance"]) <= 5000
    sets = CoverSets.from_csr(np.concatenate([[0], np.cumsum(near.sum(axis=1))]), np.nonzero(near)[1], len(stores))
    for p, figures in exact["by_p"].items():
        plan = solve_mclp_sets(sets, [people[tract] for tract in tracts], p=int(p))
        assert plan.proved_optimal
        assert plan.covered == figures["mclp5000_pop"]


def _rows(archive: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read(name).decode())))
