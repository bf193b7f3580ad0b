"""HiGHS on a problem that was made small: its relaxation with cuts, and whole solutions; what it says is used, never believed."""

from __future__ import annotations

import dataclasses

import highspy
import numpy as np

from gridmgmt.siting.multipliers import Cuts
from gridmgmt.siting.problem import FREE, IN, OUT, Problem
from gridmgmt.siting.units import Floats, Ints

LARGE = 4_000  # sites from which the interior point method finds the first solution faster
ENDLESS = 2**31 - 1


@dataclasses.dataclass(frozen=True)
class Solved:
    """A solution of the relaxation: value (parts, base included), shares of sites, multipliers (parts) of rows, cuts and rules."""

    value: float
    x: Floats
    row: Floats
    cut: Floats
    side: Floats


class CoreModel:
    """The problem as columns (sites, first covers, second covers) and rows (covers, rules, number of sites, cuts)."""

    def __init__(self, problem: Problem, *, whole: bool) -> None:
        """Hand the problem to HiGHS; ``whole`` asks for whole sites."""
        self.problem = problem
        self.unit = float(max(1, int(problem.first.mean()))) if len(problem.first) else 1.0
        self.twice = np.flatnonzero(problem.second > 0)
        self.cuts = 0
        self.fix = np.full(len(problem.sites), FREE, np.int64)
        self.highs = highspy.Highs()  # type: ignore[no-untyped-call]
        for name, value in (("output_flag", False), ("threads", 1), ("mip_rel_gap", 0.0), ("mip_abs_gap", 0.0)):
            self.highs.setOptionValue(name, value)
        self.large = not whole and len(problem.sites) > LARGE
        self.highs.passModel(self._columns(whole))

    def _columns(self, whole: bool) -> highspy.HighsLp:  # noqa: FBT001
        problem, side = self.problem, self.problem.side
        sites, rows, rules = len(problem.sites), len(problem.rows), len(side.sites)
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = sites + rows + len(self.twice), rows + rules + 1
        worth = np.concatenate([problem.price.astype(float), -problem.first, -problem.second[self.twice]]) / self.unit
        model.col_cost_, model.col_lower_, model.col_upper_ = worth, np.zeros(len(worth)), np.ones(len(worth))
        model.row_lower_ = np.full(rows + rules + 1, -highspy.kHighsInf)
        model.row_upper_ = np.concatenate([np.zeros(rows), side.limits, [problem.most]]).astype(float)
        columns = (
            problem.rows.items,
            sites + np.arange(rows),
            sites + rows + np.arange(len(self.twice)),
            side.sites.items,
            np.arange(sites),
        )
        holders = (
            np.repeat(np.arange(rows), problem.rows.sizes()),
            np.arange(rows),
            self.twice,
            rows + side.rule_of_item(),
            np.full(sites, rows + rules),
        )
        values = (np.full(len(columns[0]), -1.0), np.ones(rows), np.ones(len(self.twice)), side.factors.astype(float), np.ones(sites))
        holder = np.concatenate(holders)
        order = np.argsort(holder, kind="stable")
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.searchsorted(holder[order], np.arange(rows + rules + 2)).astype(np.int32)
        model.a_matrix_.index_ = np.concatenate(columns)[order].astype(np.int32)
        model.a_matrix_.value_ = np.concatenate(values)[order]
        if whole:
            model.integrality_ = [highspy.HighsVarType.kInteger] * sites + [highspy.HighsVarType.kContinuous] * (rows + len(self.twice))
        return model

    def add(self, cuts: Cuts) -> None:
        """Add cuts: ``sum(factor * x) - sum(covered in T) >= least - |T|``."""
        rows = len(self.problem.sites)
        sizes, holds = cuts.sites.sizes(), cuts.rows.sizes()
        for k in range(len(cuts.rows)):
            items = np.concatenate([cuts.sites.of(k), rows + cuts.rows.of(k)]).astype(np.int32)
            start = int(cuts.sites.starts[k])
            values = np.concatenate([cuts.factors[start : start + sizes[k]], -np.ones(holds[k])]).astype(float)
            self.highs.addRow(float(cuts.least[k] - holds[k]), highspy.kHighsInf, len(items), items, values)
        self.cuts += len(cuts.rows)

    def set_fix(self, fix: Ints) -> None:
        """Fix sites OUT or IN, or free them again."""
        changed = np.flatnonzero(fix != self.fix).astype(np.int32)
        if len(changed):
            low, high = (fix[changed] == IN).astype(float), (fix[changed] != OUT).astype(float)
            self.highs.changeColsBounds(len(changed), changed, low, high)
        self.fix = fix.copy()

    def solve(self, *, steps: int = ENDLESS, time_limit_s: float | None = None, again: bool = False) -> Solved | None:
        """Solve the relaxation; None when it has no solution, or none was found within the limits.

        ``again``: only a few bounds changed since the last time, so start from its basis.
        """
        self.highs.setOptionValue("simplex_iteration_limit", steps)
        self.highs.setOptionValue("solver", "ipm" if self.large and not again else "simplex")
        self._limit(time_limit_s)
        self.highs.run()
        solution, rows = self.highs.getSolution(), len(self.problem.rows)
        if not (solution.value_valid and solution.dual_valid) or self.highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
            return None
        dual = np.abs(np.asarray(solution.row_dual, np.float64)) * self.unit
        rules = len(self.problem.side.sites)
        x = np.clip(np.asarray(solution.col_value[: len(self.problem.sites)]), 0, 1)
        value = -self.highs.getInfo().objective_function_value * self.unit + self.problem.base
        return Solved(value, x, dual[:rows], dual[rows + rules + 1 :], dual[rows : rows + rules])

    def best_whole(self, *, time_limit_s: float | None, start: Ints | None = None) -> Ints | None:
        """Return the best whole choice found within the time, None when there is none; ``start`` is a choice to begin with."""
        self._limit(time_limit_s)
        if start is not None:
            count = self.problem.sites.counts(start)
            x = np.bincount(start, minlength=len(self.problem.sites))
            given = highspy.HighsSolution()
            given.col_value = np.concatenate([x, count > 0, count[self.twice] > 1]).astype(float).tolist()
            self.highs.setSolution(given)
        self.highs.run()
        info = self.highs.getInfo()
        if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return None
        x = np.asarray(self.highs.getSolution().col_value[: len(self.problem.sites)])
        return np.flatnonzero(x > 0.5)  # noqa: PLR2004 - whole up to the solver's tolerance

    def _limit(self, time_limit_s: float | None) -> None:
        ends = highspy.kHighsInf if time_limit_s is None else self.highs.getRunTime() + max(0.01, time_limit_s)
        self.highs.setOptionValue("time_limit", ends)  # its clock runs on from solve to solve
