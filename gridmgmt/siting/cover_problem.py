"""From points and weights, or from sets of who covers whom, to a covering problem in integers."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from gridmgmt.errors import InvalidInputError
from gridmgmt.siting.model import Rules
from gridmgmt.siting.problem import Problem, merged
from gridmgmt.siting.rules_rows import fixed_by_rules, side_rows
from gridmgmt.siting.sparse import Sparse, near
from gridmgmt.siting.units import Ints, reach_limit, to_units


@dataclasses.dataclass(frozen=True)
class CoverSets:
    """Which candidates cover each demand point, and how many standing facilities do; coordinates (units) where they are known."""

    candidates: Sparse
    standing: Ints
    candidate_xy: Ints | None = None
    standing_xy: Ints | None = None

    @classmethod
    def from_points(cls, demand_xy: npt.ArrayLike, candidate_xy: npt.ArrayLike, service_radius_m: float, standing_xy: npt.ArrayLike | None = None) -> CoverSets:  # fmt: skip
        """Cover in a straight line: a point exactly ``service_radius_m`` away is covered. All in metres of one system, n × 2."""
        demand, candidates = to_units(demand_xy, "demand_xy"), to_units(candidate_xy, "candidate_xy")
        standing = to_units(np.empty((0, 2)) if standing_xy is None else standing_xy, "standing_xy")
        limit = reach_limit(service_radius_m, "service_radius_m")
        return cls(near(demand, candidates, limit), near(demand, standing, limit).sizes(), candidates, standing)

    @classmethod
    def from_csr(cls, indptr: npt.ArrayLike, indices: npt.ArrayLike, candidates: int, standing: npt.ArrayLike | None = None, candidate_xy: npt.ArrayLike | None = None) -> CoverSets:  # fmt: skip
        """Cover as listed: ``indices[indptr[i]:indptr[i + 1]]`` are the candidates that cover demand point i (walking distances, say).

        ``standing`` is how many standing facilities cover each point; ``candidate_xy`` (metres) is needed for rules of spacing only.
        """
        starts, items = np.asarray(indptr, np.int64), np.asarray(indices, np.int64)
        if starts.ndim != 1 or not len(starts) or starts[0] or starts[-1] != len(items) or (np.diff(starts) < 0).any():
            raise InvalidInputError("indptr", "does not fit the indices", zh="indptr 与 indices 不符")
        if len(items) and (items.min() < 0 or items.max() >= candidates):
            raise InvalidInputError("indices", f"names a candidate that is not among the {candidates}", zh="所列候选点不存在")
        counts = np.zeros(len(starts) - 1, np.int64) if standing is None else np.asarray(standing, np.int64)
        if len(counts) != len(starts) - 1:
            raise InvalidInputError("standing", f"{len(counts)} values for {len(starts) - 1} points", zh="standing 的长度与需求点不符")
        rows = Sparse(starts, items.astype(np.int32), candidates).turned().turned()  # sorted within each point
        return cls(rows, counts, None if candidate_xy is None else to_units(candidate_xy, "candidate_xy"))

    @property
    def size(self) -> tuple[int, int]:
        """How many demand points and candidates there are."""
        return len(self.candidates), self.candidates.width


def cover_problem(sets: CoverSets, first: Ints, second: Ints, rules: Rules, *, most: int, price: int = 0) -> tuple[Problem, Ints]:
    """Return the problem of all candidates and what rules fix (FREE, OUT, IN); worths are per demand point, in parts."""
    count = sets.size[1]
    none, twice = sets.standing == 0, np.where(sets.standing == 1, second, 0)
    base = int(first[~none].sum() + second[sets.standing > 1].sum())
    side = side_rows(rules, count, sets.candidate_xy)
    standing_xy = np.empty((0, 2), np.int64) if sets.standing_xy is None else sets.standing_xy
    fix = fixed_by_rules(rules, count, sets.candidate_xy, standing_xy)
    left_first, left_second = np.where(none, first, twice), np.where(none, second, 0)
    problem = Problem(
        rows=sets.candidates,
        sites=sets.candidates.turned(),
        first=left_first,
        second=left_second,
        price=np.full(count, price, np.int64),
        most=most,
        side=side,
        row_ids=np.arange(sets.size[0]),
        site_ids=np.arange(count),
        base=base,
    )
    return merged(problem), fix
