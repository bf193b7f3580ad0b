"""The order of building: nested by year, the greatest gain first."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmgmt.siting.order import order_sites
from gridmgmt.siting.sparse import Sparse

COVERS = st.lists(st.sets(st.integers(0, 9)), min_size=1, max_size=7)


def sparse(sets: list[set[int]]) -> Sparse:
    starts = np.concatenate([[0], np.cumsum([len(one) for one in sets])]).astype(np.int64)
    items = np.array([item for one in sets for item in sorted(one)], np.int32)
    return Sparse(starts, items, 10)


@settings(deadline=None)  # the first call compiles
@given(COVERS, st.lists(st.integers(0, 20), min_size=10, max_size=10), st.lists(st.integers(0, 1), min_size=10, max_size=10))
def test_each_step_takes_the_greatest_gain_and_the_gains_add_up(covers: list[set[int]], weights: list[int], standing: list[int]) -> None:
    weight, stands = np.array(weights), np.array(standing)
    built = order_sites(sparse(covers), stands, weight, np.arange(len(covers)), {2021: 1, 2022: len(covers) - 1})
    left, chosen = {i for i in range(10) if not stands[i]}, []
    for one in built:
        gains = {j: sum(weights[i] for i in covers[j] & left) for j in range(len(covers)) if j not in chosen}
        assert one.adds == gains[one.position] == max(gains.values())
        assert one.position == min(j for j, gain in gains.items() if gain == one.adds)
        others = set().union(*(covers[j] for j in range(len(covers)) if j != one.position)) if len(covers) > 1 else set()
        assert one.alone == sum(weights[i] for i in covers[one.position] - others if not stands[i])
        left -= covers[one.position]
        chosen.append(one.position)
    assert [one.year for one in built] == [2021] + [2022] * (len(covers) - 1)
