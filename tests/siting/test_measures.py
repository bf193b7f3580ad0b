"""Accessibility measures agree with counting person by person."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmgmt.errors import InvalidInputError
from gridmgmt.siting import measures

INF = float("inf")
people_at = st.lists(st.tuples(st.one_of(st.integers(0, 60).map(float), st.just(INF)), st.integers(0, 4)), min_size=1, max_size=20)


def crowd(rows: list[tuple[float, int]]) -> list[float]:
    """Each person's distance, sorted."""
    return sorted(far for far, count in rows for _ in range(count))


@given(people_at, st.integers(0, 60))
def test_share_mean_and_percentile_are_those_of_the_crowd(rows: list[tuple[float, int]], radius: int) -> None:
    found = measures.measure([far for far, _ in rows], [count for _, count in rows], radius_m=radius)
    everyone = crowd(rows)
    if not everyone:
        assert math.isnan(found.share_within)
        return
    reached = [far for far in everyone if far < INF]
    assert found.share_within == pytest.approx(sum(far <= radius for far in everyone) / len(everyone))
    assert found.reached == len(reached)
    assert found.mean_m == pytest.approx(sum(reached) / len(reached)) if reached else math.isnan(found.mean_m)
    assert found.p95_m == everyone[-(-95 * len(everyone) // 100) - 1]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), min_size=1, max_size=12))
def test_gini_is_half_the_mean_difference_over_the_mean(rows: list[tuple[int, int]]) -> None:
    have = [value for value, count in rows for _ in range(count)]
    found = measures.gini([value for value, _ in rows], [count for _, count in rows])
    if not have:
        assert math.isnan(found)
    elif sum(have) == 0:
        assert found == 0
    else:
        differences = sum(abs(one - other) for one in have for other in have) / len(have) ** 2
        assert found == pytest.approx(differences / 2 / (sum(have) / len(have)))


@given(st.integers(1, 8), st.integers(1, 6), st.randoms(use_true_random=False))
def test_two_step_access_is_supply_per_head_in_reach(points: int, sites: int, chance: object) -> None:
    pick = np.random.default_rng(chance.randrange(2**32))  # type: ignore[attr-defined]
    near = pick.random((points, sites)) < 0.5
    weight, supply = pick.integers(0, 5, points), pick.integers(0, 50, sites)
    indptr = np.concatenate([[0], np.cumsum(near.sum(axis=1))])
    found = measures.two_step_access(indptr, np.nonzero(near)[1], weight, supply)
    for i in range(points):
        wanted = 0.0
        for j in range(sites):
            heads = sum(int(weight[k]) for k in range(points) if near[k, j])
            wanted += supply[j] / heads if near[i, j] and heads else 0.0
        assert found[i] == pytest.approx(wanted)


def test_groups_are_measured_apart_and_the_poor_ones_named() -> None:
    distance, people, office = [100.0, 700.0, 400.0, 900.0], [10, 10, 30, 0], ["东湖", "东湖", "中南", "青山"]
    found = measures.measure_groups(distance, people, office, radius_m=500)
    assert found["东湖"] == measures.measure(distance[:2], people[:2], radius_m=500)
    assert (found["东湖"].share_within, found["中南"].share_within) == (0.5, 1.0)
    assert math.isnan(found["青山"].share_within)
    assert measures.groups_without(found, least_share=0.8) == ["东湖"]


def test_equal_access_has_no_inequality() -> None:
    found = measures.measure([1.0, 2.0], [3, 4], radius_m=5, access=[0.5, 0.5])
    assert found.access_mean == 0.5
    assert found.access_gini == pytest.approx(0.0)


def test_a_negative_weight_is_named_by_its_row() -> None:
    with pytest.raises(InvalidInputError, match="row 2, weight"):
        measures.measure([1.0, 2.0], [1, -1], radius_m=5)
    with pytest.raises(InvalidInputError, match="3 groups for 2 points"):
        measures.measure_groups([1.0, 2.0], [1, 1], ["a", "b", "c"], radius_m=5)
