"""Close what is left by cases: a tree over single sites whose every leaf is bounded in whole numbers."""

from __future__ import annotations

import dataclasses

import numpy as np

from gridmgmt.siting.clock import Clock
from gridmgmt.siting.core_lp import CoreModel, Solved
from gridmgmt.siting.multipliers import ROOM, Bounded, Cuts, Multipliers, bound_of, fixed_by, fraction_for, rounded
from gridmgmt.siting.odd_cuts import WHOLE
from gridmgmt.siting.problem import FREE, IN, OUT, Problem
from gridmgmt.siting.proof import Entry, entry_of, packed
from gridmgmt.siting.tighten import Sets
from gridmgmt.siting.units import Floats, Ints

PROBED, PROBE_STEPS, TRUSTED = 8, 60, 2  # sites looked into before branching, simplex steps each, looks after which their history counts
LITTLE = 1e-3


@dataclasses.dataclass
class Case:
    """A node of the tree: its fixed sites, the multipliers of the case above, and where to note what becomes of it."""

    fix: Ints
    above: Multipliers
    note: Entry
    depth: int


class Tree:
    """The search over one small problem with its cuts."""

    def __init__(self, problem: Problem, sets: Sets, best: int, start: Multipliers) -> None:
        """Hand the problem to the relaxation; ``start`` are multipliers (cuts in the order of ``sets``) to fall back on."""
        self.problem, self.best, self.cuts = problem, best, Cuts.over(problem, sets)
        self.model = CoreModel(problem, whole=False)
        self.model.add(self.cuts)
        self.fraction = fraction_for(problem)
        self.lost, self.looks = np.zeros((2, len(problem.sites))), np.zeros((2, len(problem.sites)))
        self.found: Ints | None = None  # a better choice, met on the way
        self.start, self.root = start, Entry()
        self.worst = best

    def run(self, clock: Clock) -> int:
        """Search until every case is closed or the time is over; return the least bound proved (parts)."""
        open_cases = [Case(np.full(len(self.problem.sites), FREE, np.int64), self.start, self.root, 0)]
        while open_cases:
            case = open_cases.pop()
            bounded, by, solved = self._bound(case, clock)
            steps = bounded.steps
            if bounded.room < 0 or steps < (self.best + 1) * self.fraction:
                self._leaf(case, by, steps)
                continue
            fix = fixed_by(bounded, case.fix, (self.best + 1) * self.fraction)
            case.note["by"] = self._entry(by)
            site = self._next_site(fix, solved) if clock.goes_on() else -1
            if site < 0:
                self._leaf(case, by, steps)
                continue
            case.note["branch"], case.note["out"], case.note["in"] = site, Entry(), Entry()
            likely = IN if solved is not None and solved.x[site] > 0.5 else OUT  # noqa: PLR2004
            for choice in (likely, OUT + IN - likely):  # the likelier is taken up last: it may find a better choice, the other closes fast
                below = fix.copy()
                below[site] = choice
                open_cases.append(Case(below, by, case.note["in" if choice == IN else "out"], case.depth + 1))
            clock.tell("cases", bound=None)
        return self.worst

    def _bound(self, case: Case, clock: Clock) -> tuple[Bounded, Multipliers, Solved | None]:
        """Return the better bound of the case's own multipliers and those of the case above."""
        inherited = bound_of(self.problem, self.cuts, self.fraction, case.above, case.fix)
        if inherited.room < 0 or inherited.steps < (self.best + 1) * self.fraction or not clock.goes_on():
            return inherited, case.above, None
        self.model.set_fix(case.fix)
        solved = self.model.solve(time_limit_s=clock.left(), again=case.depth > 0)
        if solved is None:
            return *self._refuted(case, inherited), None
        self._keep_if_whole(solved.x)
        by = rounded(self.fraction, solved.row, solved.cut, solved.side, self.problem)
        own = bound_of(self.problem, self.cuts, self.fraction, by, case.fix)
        return (own, by, solved) if own.steps <= inherited.steps else (inherited, case.above, solved)

    def _refuted(self, case: Case, inherited: Bounded) -> tuple[Bounded, Multipliers]:
        """Return a bound by a large multiplier of a rule that the fixed sites break whatever else is chosen; what is known if there is none."""
        side, free = self.problem.side, case.fix == FREE
        helps = np.where(free[side.sites.items], np.minimum(0, side.factors), 0)
        over = side.used(np.flatnonzero(case.fix == IN)) - side.limits
        np.add.at(over, side.rule_of_item(), helps)
        if not len(over) or over.max() <= 0:
            return inherited, case.above
        rule = int(np.argmax(over))
        by = Multipliers(case.above.row, np.zeros_like(case.above.cut), np.zeros_like(case.above.side))
        plain = bound_of(self.problem, self.cuts, self.fraction, by, case.fix)
        by.side[rule] = (max(0, plain.steps) + int(np.maximum(0, plain.gain[free]).sum())) // int(over[rule]) + 1
        heavy = int(np.abs(side.factors[side.rule_of_item() == rule]).sum()) + abs(int(side.limits[rule]))
        if int(by.side[rule]) * heavy > ROOM:
            return inherited, case.above
        own = bound_of(self.problem, self.cuts, self.fraction, by, case.fix)
        return (own, by) if own.steps < inherited.steps else (inherited, case.above)

    def _keep_if_whole(self, x: Floats) -> None:
        chosen = np.flatnonzero(x > 0.5)  # noqa: PLR2004
        if np.minimum(x, 1 - x).max(initial=0) < WHOLE and self.problem.keeps_rules(chosen) and self.problem.value(chosen) > self.best:
            self.best, self.found = self.problem.value(chosen), chosen
            self.worst = max(self.worst, self.best)

    def _leaf(self, case: Case, by: Multipliers, steps: int) -> None:
        case.note["by"] = self._entry(by)
        if (case.fix == IN).sum() <= self.problem.most:
            self.worst = max(self.worst, steps // self.fraction)

    def _entry(self, by: Multipliers) -> Entry:
        """Return multipliers as their difference from those of the root, which packs small."""
        start = self.start
        return {"row": packed(by.row - start.row), "cut": packed(by.cut - start.cut), "side": packed(by.side - start.side)}

    def _next_site(self, fix: Ints, solved: Solved | None) -> int:
        """Return the site to branch on, -1 when there is none; where rules contradict each other only together, one that most of them hold."""
        if solved is not None:
            return self._site(fix, solved)
        held = self.problem.side.sites.items
        free = held[fix[held] == FREE]
        return int(np.bincount(free).argmax()) if len(free) else -1

    def _site(self, fix: Ints, solved: Solved) -> int:
        """Return the site to branch on, -1 when no share is fractional: the one whose two cases are expected to lose most."""
        x = solved.x
        parts = np.flatnonzero((x > WHOLE) & (x < 1 - WHOLE) & (fix == FREE))
        if not len(parts):
            return -1
        usual = [self.lost[side].sum() / max(1, self.looks[side].sum()) for side in (OUT, IN)]
        rates = [
            np.where(self.looks[side, parts] > 0, self.lost[side, parts] / np.maximum(1, self.looks[side, parts]), usual[side])
            for side in (OUT, IN)
        ]
        score = np.maximum(rates[0] * x[parts], LITTLE) * np.maximum(rates[1] * (1 - x[parts]), LITTLE)
        order = np.lexsort((-np.minimum(x[parts], 1 - x[parts]), -score))[:PROBED]
        best, best_score = int(parts[order[0]]), -1.0
        for k in order:
            site = int(parts[k])
            worth = float(score[k])
            if self.looks[:, site].min() < TRUSTED:
                worth = self._probe(site, fix, solved)
            if worth > best_score:
                best, best_score = site, worth
        return best

    def _probe(self, site: int, fix: Ints, solved: Solved) -> float:
        """Solve both cases of a site a few steps far; return the product of what they lose."""
        lost = []
        for side in (OUT, IN):
            trial = fix.copy()
            trial[site] = side
            self.model.set_fix(trial)
            ahead = self.model.solve(steps=PROBE_STEPS, again=True)
            loss = max(0.0, solved.value - ahead.value) if ahead is not None else 0.0
            self.lost[side, site] += loss / max(WHOLE, solved.x[site] if side == OUT else 1 - solved.x[site])
            self.looks[side, site] += 1
            lost.append(max(loss, LITTLE))
        return lost[0] * lost[1]

    def written(self) -> Entry:
        """Return the cuts, the multipliers of the root and the cases as plain values."""
        return {"start": entry_of(self.start, self.cuts, self.fraction, every_cut=True), "cases": self.root}
