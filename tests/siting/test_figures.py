"""Figures of a plan year by year, by both distances: compared with measuring each year's facilities by themselves."""

from __future__ import annotations

import dataclasses

import numpy as np

from gridmgmt.siting.accessibility import nearest_m
from gridmgmt.siting.figures import plan_figures
from gridmgmt.siting.network import Network
from gridmgmt.siting.order import Built
from tests.siting.drawn_set import drawn_tables

RADIUS_M = 600.0


def test_each_year_counts_who_is_within_the_radius_by_then_by_both_distances() -> None:
    """Standing facilities below the standard serve nobody; the last year's figures are those of the plan."""
    tables = drawn_tables(demand=80, candidates=9, standing=2)
    tables = dataclasses.replace(tables, standing=dataclasses.replace(tables.standing, meets=np.array([True, False])))
    built = [Built(5, 0, 0, 2024), Built(2, 0, 0, 2026), Built(7, 0, 0, 2026)]
    corner, ends = tables.demand.xy.min(axis=0), np.arange(0, 4001, 500)
    nodes = corner + np.stack(np.meshgrid(ends, ends), axis=-1).reshape(-1, 2)
    pairs = [(a, b) for a in range(len(nodes)) for b in range(a) if np.abs(nodes[a] - nodes[b]).sum() == 500]
    network = Network(nodes.astype(np.float64), np.array(pairs), np.full(len(pairs), 500.0))
    found = plan_figures(tables, built, network, radius_m=RADIUS_M)
    by_then = {2024: [5], 2026: [5, 2, 7]}
    assert [row["year"] for row in found["by_year"]] == list(by_then)
    for row in found["by_year"]:
        places = np.concatenate([tables.standing.xy[:1], tables.candidates.xy[by_then[row["year"]]]])
        walks = network.reach(tables.demand.xy, places, limit_m=RADIUS_M).nearest_m(np.arange(len(places)))
        assert row["straight"] == tables.demand.people[nearest_m(tables.demand.xy, places) <= RADIUS_M].sum()
        assert row["walking"] == tables.demand.people[walks <= RADIUS_M].sum()
    assert (found["straight"]["after"], found["walking"]["after"]) == (row["straight"], row["walking"])
    assert found["straight"]["before_meets"] <= found["by_year"][0]["straight"] < row["straight"]
    assert set(found["straight"]) == {"before_all", "before_meets", "after"}
    alone = plan_figures(tables, built, None, radius_m=RADIUS_M)
    assert (alone["walking"], [row["walking"] for row in alone["by_year"]]) == (None, [None, None])
