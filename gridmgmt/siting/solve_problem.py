"""The way from a problem to a good choice and a written proof: relax, search, cut, fix, solve what is left, close it by cases."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from gridmgmt.siting.clock import Clock
from gridmgmt.siting.core_lp import CoreModel
from gridmgmt.siting.multipliers import Cuts, Multipliers, bound_of, fraction_for, rounded
from gridmgmt.siting.problem import FREE, OUT, Problem, rows_after
from gridmgmt.siting.proof import Proof
from gridmgmt.siting.relax import relax
from gridmgmt.siting.relax_cuts import CutRelaxation
from gridmgmt.siting.rule_lp import choose_by_rules
from gridmgmt.siting.search import LocalSearch, improve
from gridmgmt.siting.tighten import Part, Sets, renamed
from gridmgmt.siting.tree import Tree
from gridmgmt.siting.units import Floats, Ints
from gridmgmt.siting.windows import improve_by_windows

SMALL = 1_500  # sites up to which the relaxation is left to HiGHS
# Candidates kept for the search: so many for each site to choose (for a whole model), and at least.
A_SITE, WHOLE_A_SITE, AT_LEAST = 6, 3, 1_200
MOVES, QUICK_MOVES = 60_000, 4_000  # of annealing, for each site to choose
PART, EASY = 1e-3, 1_000  # shares that count as neither none nor one; so many may be such for the search to be given to HiGHS as a whole
MOST_TURNS = 80
FEW = 0.02  # share of a part that may be missing for cuts to be worth looking for
LITTLE = 0.003  # share of the gap that a turn of cuts must close
PATIENCE = 5  # turns of steps that may close less
CORE = 5_000  # sites that the relaxation with cuts holds at least
BROAD = 8_000  # sites taken in part from which HiGHS is too slow for the relaxation altogether
TREE = 6_000  # sites up to which cases are tried
RELAXED, ANNEALED, SEARCHED, SOLVED, CUT = 0.08, 0.8, 0.95, 0.5, 0.92  # shares of the time limit at which steps end


@dataclasses.dataclass
class Work:
    """What is known at a moment: the best choice (candidates' positions), the proof, and multipliers and cuts to go on with."""

    whole: Problem
    clock: Clock
    seed: int
    chosen: Ints
    proof: Proof
    row: Floats
    side: Floats
    share: Floats  # of each site of the whole that the relaxation takes
    sets: Sets = dataclasses.field(default_factory=list)

    @property
    def parts(self) -> int:
        """How many sites the relaxation takes in part."""
        return _in_part(self.share)

    @property
    def selected(self) -> tuple[int, ...]:
        """The best choice as positions of candidates, with what was fixed from the start."""
        return tuple(sorted((*self.whole.taken, *self.whole.site_ids[self.chosen].tolist())))

    def take(self, chosen: Ints) -> None:
        """Keep a choice (positions in the whole) if it keeps the rules and is better."""
        if self.whole.keeps_rules(chosen) and self.whole.value(chosen) > self.proof.best:
            self.chosen, self.proof.best = np.sort(chosen), self.whole.value(chosen)
            self.proof.bound = max(self.proof.bound, self.proof.best)
        self.clock.tell("search", value=self.proof.best, bound=self.proof.bound, selected=self.selected)

    def in_whole(self, chosen: Ints) -> Ints:
        """Return a choice of the free problem as positions in the whole, with what is fixed into the plan."""
        rest = self.proof.problem
        ids = np.concatenate([rest.site_ids[chosen], np.array(rest.taken, np.int64)])
        return np.searchsorted(self.whole.site_ids, np.setdiff1d(ids, np.array(self.whole.taken, np.int64)))


def solve_problem(whole: Problem, clock: Clock, *, seed: int, start: Sequence[int] | None = None) -> Work:
    """Return the best choice found and the proof of its bound; the rules must allow some choice. ``start`` is one to begin with."""
    work = _begun(whole, clock, seed, start)
    if work.parts <= EASY and not work.proof.closed():
        _solve_whole(work)
        _learn_again(work)
        _tighten(work)
    elif not work.proof.closed():
        part = _promising_part(work, len(whole.sites))
        with ThreadPoolExecutor(1) as other:  # one core searches, the other cuts
            search = other.submit(_search_long, work, *part)
            _tighten_by_steps(work)
            if work.parts <= BROAD:
                _tighten(work)
            search.result()
    _learn_again(work)
    if not work.proof.closed() and len(work.proof.problem.sites) <= TREE and clock.goes_on():
        _close(work)
    clock.tell("done", value=work.proof.best, bound=work.proof.bound)
    return work


def _begun(whole: Problem, clock: Clock, seed: int, start: Sequence[int] | None) -> Work:
    """Relax and choose greedily; note what the multipliers prove."""
    row, side, gain, share = _multipliers(whole, clock)
    kept = np.sort(np.argsort(-gain, kind="stable")[: max(AT_LEAST, A_SITE * whole.most, _in_part(share))])
    chosen = _better(whole, _first_choice(whole, kept, gain), start)
    best = whole.value(chosen)
    work = Work(whole, clock, seed, chosen, Proof(whole, best, whole.base + int(whole.first.sum() + whole.second.sum())), row, side, share)
    _learn_again(work)
    clock.tell("relaxed", value=best, bound=work.proof.bound, selected=work.selected)
    return work


def _solve_whole(work: Work) -> None:
    """Give the sites that matter to HiGHS as a whole; sound only as a choice, the proof is made later."""
    if len(work.whole.sites) > SMALL:
        _anneal(work, *_promising_part(work, A_SITE), moves=QUICK_MOVES * len(work.chosen), cores=2)
    part, kept = _promising_part(work, WHOLE_A_SITE)
    found = CoreModel(part, whole=True).best_whole(time_limit_s=work.clock.left(SOLVED), start=np.searchsorted(kept, work.chosen))
    if found is not None:
        work.take(kept[found])


def _search_long(work: Work, part: Problem, kept: Ints) -> None:
    """Anneal, then solve window by window, in a part of the whole (its sites are ``kept``)."""
    _anneal(work, part, kept, moves=MOVES * len(work.chosen), cores=1)
    better = improve_by_windows(part, np.searchsorted(kept, work.chosen), work.clock, until=SEARCHED, seed=work.seed)
    work.take(kept[better])


def _anneal(work: Work, part: Problem, kept: Ints, *, moves: int, cores: int) -> None:
    began, clock = work.clock.seconds, work.clock

    def done() -> float:
        return clock.done(began, ANNEALED)

    chosen = improve(part, np.searchsorted(kept, work.chosen), moves=moves, seed=work.seed, done=done, cores=cores)
    work.take(kept[chosen])


def _promising_part(work: Work, a_site: int) -> tuple[Problem, Ints]:
    """Return the whole over the chosen sites and those of the free problem that bring most, and their positions in the whole."""
    kept = np.union1d(
        work.chosen,
        np.searchsorted(
            work.whole.site_ids,
            work.proof.problem.site_ids[_promising(work, max(AT_LEAST, work.parts if work.parts > EASY else 0), a_site)],
        ),
    )
    kept = np.union1d(kept, np.searchsorted(work.whole.site_ids, np.setdiff1d(work.proof.problem.taken, work.whole.taken)).astype(np.int64))
    fix = np.full(len(work.whole.sites), OUT, np.int64)
    fix[kept] = FREE
    return work.whole.shrink(fix), kept


def _multipliers(whole: Problem, clock: Clock) -> tuple[Floats, Floats, Floats, Floats]:
    """Return multipliers (parts) of rows and rules, what each site brings under them, and the share of each that the relaxation takes."""
    share, row, side = np.zeros(len(whole.sites)), whole.first / 2, np.zeros(len(whole.side.sites))
    if len(whole.sites) <= SMALL:
        solved = CoreModel(whole, whole=False).solve(time_limit_s=clock.left())
        if solved is not None:
            row, side = solved.row, solved.side
    elif len(whole.rows):

        def go_on(bound: float) -> bool:
            clock.tell("relaxing", bound=bound)
            return clock.goes_on(RELAXED)

        relaxed = relax(whole, go_on=go_on)
        row, side, share = relaxed.lam, relaxed.nu, relaxed.x
    by = rounded(fraction_for(whole), row, np.empty(0), side, whole)
    gain = bound_of(whole, Cuts.over(whole, []), fraction_for(whole), by, np.full(len(whole.sites), FREE, np.int64)).gain
    return row, side, gain.astype(float), share


def _in_part(share: Floats) -> int:
    return int(((share > PART) & (share < 1 - PART)).sum())


def _first_choice(whole: Problem, kept: Ints, gain: Floats) -> Ints:
    if len(whole.side.sites):
        found = choose_by_rules(whole.side, whole.most, gain)
        return np.empty(0, np.int64) if found is None else found
    fix = np.full(len(whole.sites), OUT, np.int64)
    fix[kept] = FREE
    chosen = kept[LocalSearch(whole.shrink(fix)).greedy(np.empty(0, np.int64))]
    return LocalSearch(whole).greedy(chosen) if whole.price.any() else chosen


def _better(whole: Problem, chosen: Ints, start: Sequence[int] | None) -> Ints:
    """Return the better of two choices; ``start`` (positions of candidates) counts where it keeps the rules."""
    if start is None:
        return chosen
    free = np.setdiff1d(np.asarray(start, np.int64), np.array(whole.taken, np.int64))
    given = np.flatnonzero(np.isin(whole.site_ids, free))
    fits = whole.keeps_rules(given) and (not whole.keeps_rules(chosen) or whole.value(given) > whole.value(chosen))
    return given if fits else chosen


def _learn(work: Work, by: Multipliers, cuts: Cuts) -> bool:
    """Note what multipliers prove; carry the rows' multipliers and the cuts over; return whether sites were fixed."""
    proof, before = work.proof, work.proof.problem
    fix = proof.learn(by, cuts)
    work.clock.tell("bound", bound=proof.bound)
    if fix is None or not (fix != FREE).any():
        return False
    place = rows_after(before, fix, proof.problem)
    here = place >= 0
    work.row = np.bincount(place[here], work.row[here], minlength=len(proof.problem.rows)).astype(np.float64)
    work.sets = renamed(work.sets, place)
    return True


def _learn_again(work: Work) -> None:
    """Note what the multipliers kept prove, now that a better choice may be known."""
    rest = work.proof.problem
    _learn(work, rounded(fraction_for(rest), work.row, np.empty(0), work.side, rest), Cuts.over(rest, []))


def _tighten(work: Work) -> None:
    """Cut the relaxation over the sites that matter until nothing more comes of it, the bound closes, or its time is over.

    The sites outside that the multipliers would choose come in first: cuts over too few sites bound nothing.
    """
    proof, part, wanted = work.proof, None, np.empty(0, np.int64)
    for turn in range(MOST_TURNS):
        rest, before = proof.problem, proof.bound
        if proof.closed() or not len(rest.sites) or not work.clock.goes_on(CUT):
            return
        if part is None or part.whole is not rest:
            wanted = _promising(work, max(CORE, work.parts), A_SITE)
        if part is None or part.whole is not rest or len(wanted) > len(part.part.sites):
            part = Part.over(rest, wanted, work.sets)
        if not part.solve(work.clock):
            return
        by, cuts = part.lifted(work.row)
        work.row, work.side = by.row / fraction_for(rest), by.side / fraction_for(rest)
        outside = _left_out(work, by, cuts, wanted)
        more = len(outside) <= FEW * len(wanted) and part.cut(seed=work.seed + turn)
        wanted, work.sets = np.union1d(wanted, outside), part.sets_in_whole()
        fixed = _learn(work, by, cuts)
        little = before - proof.bound < LITTLE * (proof.bound - proof.best)
        if not (fixed or len(outside) or (more and not little)):
            return


def _tighten_by_steps(work: Work) -> None:
    """Cut the relaxation over every site by its own steps: far faster than HiGHS while much is fractional, never quite exact."""
    proof, cutting, turn, idle = work.proof, None, 0, 0
    while not proof.closed() and len(proof.problem.sites) and work.clock.goes_on(CUT) and idle < PATIENCE:
        rest, before, turn = proof.problem, proof.bound, turn + 1
        if cutting is None or cutting.problem is not rest:
            share = work.share[np.searchsorted(work.whole.site_ids, rest.site_ids)]
            cutting = CutRelaxation(rest, share, work.row, work.side, work.sets)
        by, cuts = cutting.go_on(lambda _: work.clock.goes_on(CUT), seed=work.seed + turn)
        work.row, work.side, work.sets = by.row / fraction_for(rest), by.side / fraction_for(rest), cutting.sets
        fixed = _learn(work, by, cuts)
        idle = idle + 1 if not fixed and before - proof.bound < LITTLE * (proof.bound - proof.best) else 0


def _promising(work: Work, at_least: int, a_site: int) -> Ints:
    """Return the sites of the free problem that bring most under the rows' multipliers."""
    rest = work.proof.problem
    gain = rest.sites.sums(np.asarray(work.row, np.float64)) - rest.price
    return np.sort(np.argsort(-gain, kind="stable")[: max(at_least, a_site * work.whole.most)])


def _left_out(work: Work, by: Multipliers, cuts: Cuts, sites: Ints) -> Ints:
    """Return the sites outside the part that bring more than the last one chosen inside: the part grows by them."""
    found, _ = work.proof.look(by, cuts)
    inside = np.sort(found.gain[sites])[::-1]
    last = int(inside[found.room - 1]) if 0 < found.room <= len(inside) else 0
    return np.setdiff1d(np.flatnonzero(found.gain > max(0, last)), sites)


def _close(work: Work) -> None:
    """Prove the rest by cases."""
    rest, proof = work.proof.problem, work.proof
    start = rounded(fraction_for(rest), work.row, np.zeros(len(work.sets)), np.zeros(len(rest.side.sites)), rest)
    tree = Tree(rest, work.sets, proof.best, start)
    worst = tree.run(work.clock)
    if tree.found is not None:
        work.take(work.in_whole(tree.found))
    proof.bound = max(proof.best, min(proof.bound, worst))
    proof.tree = tree.written()
