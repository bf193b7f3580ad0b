"""Accessibility (可达性): who is within reach, how far the rest must go, and how evenly it is shared. Plain arrays in, numbers out."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from gridmgmt.errors import InvalidInputError
from gridmgmt.siting.units import Floats


@dataclasses.dataclass(frozen=True)
class AccessMeasures:
    """How one group of people reaches its nearest facility.

    ``share_within``: people at most the radius away / all people. ``mean_m``: over those who reach any facility. ``p95_m``: the least distance
    that 95 % of all people need not exceed, infinite when more than 5 % reach none. All are NaN for a group without people.
    ``access_mean`` and ``access_gini`` are of the 2SFCA values, NaN where none were given.
    """

    weight: float
    reached: float
    share_within: float
    mean_m: float
    p95_m: float
    access_mean: float = float("nan")
    access_gini: float = float("nan")


def measure(distance_m: npt.ArrayLike, weight: npt.ArrayLike, *, radius_m: float, access: npt.ArrayLike | None = None) -> AccessMeasures:
    """Measure one group: metres to the nearest facility (infinite or NaN: none), people, and optionally the 2SFCA value of each point.

    Raises InvalidInputError for arrays of different lengths and for weights that are negative or no number.
    """
    distance, people = _columns(distance_m, weight)
    far = np.where(np.isnan(distance), np.inf, distance)
    total = float(people.sum())
    if total == 0:
        return AccessMeasures(0.0, 0.0, *[float("nan")] * 3)
    here = np.isfinite(far)
    reached = float(people[here].sum())
    mean = float((far[here] * people[here]).sum() / reached) if reached else float("nan")
    within = float(people[far <= radius_m].sum()) / total
    found = AccessMeasures(total, reached, within, mean, weighted_percentile(far, people, 95))
    if access is None:
        return found
    value = np.asarray(access, np.float64)
    return dataclasses.replace(found, access_mean=float((value * people).sum() / total), access_gini=gini(value, people))


def measure_groups(
    distance_m: npt.ArrayLike, weight: npt.ArrayLike, group: npt.ArrayLike, *, radius_m: float, access: npt.ArrayLike | None = None
) -> dict[object, AccessMeasures]:
    """Measure each group (district, street office); keys are the values of ``group``, ascending."""
    distance, people = _columns(distance_m, weight)
    labels, number = np.unique(np.asarray(group), return_inverse=True)
    if len(number) != len(distance):
        raise InvalidInputError(
            "group", f"{len(number)} groups for {len(distance)} points", zh=f"{len(distance)} 个点有 {len(number)} 个分组"
        )
    value = None if access is None else np.asarray(access, np.float64)
    order = np.argsort(number, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(number, minlength=len(labels)))[:-1])
    return {
        label: measure(distance[part], people[part], radius_m=radius_m, access=None if value is None else value[part])
        for label, part in zip(labels.tolist(), parts, strict=False)
    }


def weighted_percentile(values: npt.ArrayLike, weight: npt.ArrayLike, percent: float) -> float:
    """Return the least value that at least ``percent`` % of the weight does not exceed; NaN without weight."""
    value, people = np.asarray(values, np.float64), np.asarray(weight, np.float64)
    value, people = value[people > 0], people[people > 0]
    if len(value) == 0:
        return float("nan")
    order = np.argsort(value, kind="stable")
    below = np.cumsum(people[order])
    wanted = below[-1] * (percent / 100.0)
    at = int(np.searchsorted(below, wanted * (1 - 1e-12)))  # a hair less: 95 % of 20 is 19.000000000000004 for a float
    return float(value[order][min(at, len(value) - 1)])


def two_step_access(indptr: npt.ArrayLike, indices: npt.ArrayLike, weight: npt.ArrayLike, supply: npt.ArrayLike) -> Floats:
    """Return the two-step floating catchment value (2SFCA) of each demand point: supply per head, summed over the facilities in reach.

    ``indptr``, ``indices``: the facilities in reach of each demand point (CSR rows, as ``WalkingReach`` has them); ``supply``: what each
    facility offers (places, tonnes per day). First each facility's supply is shared by all in its reach, then each point adds up its shares.
    A facility that nobody reaches gives nothing.
    """
    start, facility = np.asarray(indptr, np.int64), np.asarray(indices, np.int64)
    people, offered = np.asarray(weight, np.float64), np.asarray(supply, np.float64)
    row = np.repeat(np.arange(len(start) - 1), np.diff(start))
    crowd = np.bincount(facility, weights=people[row], minlength=len(offered))
    ratio = np.divide(offered, crowd, out=np.zeros_like(offered), where=crowd > 0)
    return np.bincount(row, weights=ratio[facility], minlength=len(start) - 1).astype(np.float64)


def gini(values: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> float:
    """Return the Gini coefficient, 0 (all have as much) to 1, of values >= 0 with people as weights.

    Half the mean difference of two people drawn at random, over the mean. 0 when nobody has anything, NaN without people.
    """
    value = np.asarray(values, np.float64)
    people = np.ones_like(value) if weight is None else np.asarray(weight, np.float64)
    if (value < 0).any() or not np.isfinite(value).all():
        raise InvalidInputError("values", "the Gini coefficient needs finite values >= 0", zh="基尼系数要求数值有限且不小于 0")
    total = people.sum()
    if total == 0:
        return float("nan")
    order = np.argsort(value, kind="stable")
    share, have = people[order] / total, (value * people)[order]
    if have.sum() == 0:
        return 0.0
    held = np.cumsum(have) / have.sum()
    return float(1.0 - (share * (held + np.concatenate([[0.0], held[:-1]]))).sum())


def groups_without(counted: dict[object, AccessMeasures], *, least_share: float) -> list[object]:
    """Return the groups whose share within the radius is below ``least_share``, worst first."""
    poor = [(found.share_within, str(name), name) for name, found in counted.items() if found.share_within < least_share]
    return [name for _, _, name in sorted(poor, key=lambda entry: entry[:2])]


def _columns(distance_m: npt.ArrayLike, weight: npt.ArrayLike) -> tuple[Floats, Floats]:
    distance, people = np.asarray(distance_m, np.float64), np.asarray(weight, np.float64)
    if len(distance) != len(people):
        raise InvalidInputError(
            "weight", f"{len(people)} weights for {len(distance)} points", zh=f"{len(distance)} 个点有 {len(people)} 个权重"
        )
    bad = ~(np.isfinite(people) & (people >= 0))
    if bad.any():
        raise InvalidInputError("weight", "must be a number >= 0", row=int(np.argmax(bad)) + 1, zh="应为不小于 0 的数")
    return distance, people
