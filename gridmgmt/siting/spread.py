"""Whole numbers shared out by whole scores: nobody is lost and nobody is made."""

from __future__ import annotations

import numpy as np

from gridmgmt.siting.ground import Integers


def spread(totals: Integers, group: Integers, score: Integers) -> Integers:
    """Share each group's total among its members by score, the largest remainders rounded up, the earlier member first of equals.

    ``group`` is the position in ``totals`` of each member. The shares of a group add up to its total exactly; a group whose scores are all 0,
    or without members, gives nothing. Total × score must stay below 2**63.
    """
    whole = np.zeros(len(totals), np.int64)
    np.add.at(whole, group, score)
    exact = totals[group] * score
    base = np.where(whole[group] > 0, exact // np.maximum(whole[group], 1), 0)
    rest = np.where(whole[group] > 0, exact % np.maximum(whole[group], 1), -1)
    given = np.zeros(len(totals), np.int64)
    np.add.at(given, group, base)
    missing = np.where(whole > 0, totals - given, 0)
    order = np.lexsort((np.arange(len(group)), -rest, group))
    starts = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=len(totals)))])[:-1]
    place = np.empty(len(group), np.int64)
    place[order] = np.arange(len(group)) - starts[group[order]]
    return np.asarray(base + (place < missing[group]), np.int64)
