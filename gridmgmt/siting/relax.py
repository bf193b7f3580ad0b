"""The linear relaxation at city size: a restarted primal-dual method whose multipliers bound every plan (and are made exact elsewhere)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from gridmgmt.siting import relax_kernel
from gridmgmt.siting.cover_kernel import gather
from gridmgmt.siting.problem import Problem
from gridmgmt.siting.units import Floats

LOOK = 40  # steps between two looks at the gap
ENOUGH = 1e-5  # share of the bound: better multipliers change nothing that integers see
FALLEN, LONGEST, LAZY = 0.3, 400, 0.3  # restart when the gap fell to this share, or after so many steps, or this share of all


@dataclasses.dataclass
class Point:
    """Shares of sites (x) and multipliers of rows and of rules (lam, nu), with what x covers and uses; in units of ``unit`` parts.

    ``weight`` is the ratio of dual to primal steps that served last.
    """

    x: Floats
    lam: Floats
    nu: Floats
    cover: Floats
    used: Floats
    weight: float = 1.0


@dataclasses.dataclass(frozen=True)
class Relaxed:
    """Best multipliers found (parts), the bound and the value of the relaxation they leave between, shares of sites, and the last point."""

    lam: Floats
    nu: Floats
    x: Floats
    bound: float
    value: float
    last: Point


class Relaxation:
    """The scaled problem and its steps."""

    def __init__(self, problem: Problem, *, counted: int | None = None) -> None:
        """Scale worths to 1 on average and rules to factors of 1 at most; only the first ``counted`` sites count among ``most``."""
        self.problem, side = problem, problem.side
        self.counted = len(problem.sites) if counted is None else counted
        self.unit = max(1.0, float(problem.first.mean())) if len(problem.first) else 1.0
        self.first, self.second, self.price = (part / self.unit for part in (problem.first, problem.second, problem.price))
        rule = side.rule_of_item()
        self.norms = np.ones(len(side.sites))
        np.maximum.at(self.norms, rule, np.abs(side.factors))
        self.factors, self.limits = side.factors / self.norms[rule], side.limits / self.norms
        weights = np.abs(self.factors)
        self.tau = 1 / np.maximum(1, problem.sites.sizes() + np.bincount(side.sites.items, weights, minlength=len(problem.sites)))
        self.sigma = 1 / np.maximum(1.0, problem.rows.sizes())
        self.side_sigma = 1 / np.maximum(1e-9, np.bincount(rule, weights, minlength=len(side.sites)))
        self.guess = 0.0

    def start(self) -> Point:
        """Return every site by the same share and half of the worths."""
        share = min(1.0, self.problem.most / max(1, len(self.problem.sites)))
        return self.place(np.full(len(self.problem.sites), share), self.first / 2, np.zeros(len(self.limits)))

    def place(self, x: Floats, lam: Floats, nu: Floats) -> Point:
        """Return a point with its covers and uses."""
        point = Point(x, lam, nu, np.empty(len(lam)), np.empty(len(nu)))
        gather(self.problem.rows.starts, self.problem.rows.items, x, point.cover)
        relax_kernel.use(self.problem.side.sites.starts, self.problem.side.sites.items, self.factors, x, point.used)
        return point

    def advance(self, point: Point, weight: float, sums: tuple[Floats, Floats, Floats]) -> None:
        """Take ``LOOK`` steps in place."""
        rows, sites, side = self.problem.rows, self.problem.sites, self.problem.side.sites
        sets = (rows.starts, rows.items, sites.starts, sites.items, side.starts, side.items, self.factors, self.limits)
        worth = (self.first, self.second, self.price, float(self.problem.most), self.counted, weight, self.tau, self.sigma, self.side_sigma)
        here = (point.x, point.lam, point.nu, point.cover, point.used)
        self.guess = relax_kernel.advance(LOOK, *sets, *worth, *here, sums, self.guess)

    def bound(self, point: Point) -> float:
        """Return what the multipliers bound every plan with."""
        gain = np.asarray(self.problem.sites.sums(point.lam)) - self.price
        side = self.problem.side
        gain -= np.bincount(side.sites.items, self.factors * point.nu[side.rule_of_item()], minlength=len(gain))
        free, gain = gain[self.counted :], gain[: self.counted]
        most = min(self.problem.most, len(gain))
        chosen = np.partition(gain, len(gain) - most)[len(gain) - most :] if most else gain[:0]
        worth = np.maximum(0, self.first - point.lam) + np.maximum(0, self.second - point.lam)
        return float(worth.sum() + point.nu @ self.limits + np.maximum(0, chosen).sum() + np.maximum(0, free).sum())

    def value(self, point: Point) -> float:
        """Return what the shares are worth; a broken rule costs twice its multiplier and more."""
        worth = self.first @ np.minimum(1, point.cover) + self.second @ np.clip(point.cover - 1, 0, 1) - self.price @ point.x
        broken = np.maximum(0, point.used - self.limits)
        return float(worth - broken @ (2 * point.nu + 1))


def relax(
    problem: Problem, *, go_on: Callable[[float], bool], enough: float = ENOUGH, counted: int | None = None, start: Point | None = None
) -> Relaxed:
    """Return good multipliers; stops at a gap of ``enough`` of the bound, or when ``go_on`` (asked with the bound in parts) says no.

    ``start`` is the last point of a relaxation of the same sites and rows, with multipliers for the rules there are now.
    """
    work = Relaxation(problem, counted=counted)
    point = work.start() if start is None else work.place(start.x.copy(), start.lam.copy(), start.nu.copy())
    best, value, taken, weight = np.inf, -np.inf, 0, 1.0 if start is None else start.weight
    kept, began, last_gap, since = point, _copied(point), np.inf, 0
    sums = _zeros(point)
    while True:
        work.advance(point, weight, sums)
        taken, since = taken + LOOK, since + LOOK
        mean = work.place(*(part / since for part in sums))
        gaps = []
        for one in (point, mean):
            bound, worth = work.bound(one), work.value(one)
            gaps.append(bound - worth)
            value = max(value, worth)
            if bound < best:
                best, kept = bound, _copied(one)
        unit, nearer = work.unit, mean if gaps[1] <= gaps[0] else point
        if best - value <= enough * abs(best + problem.base / unit) or not go_on(best * unit + problem.base):
            rules, last = kept.nu * unit / work.norms, dataclasses.replace(nearer, weight=weight)
            return Relaxed(kept.lam * unit, rules, kept.x, best * unit + problem.base, value * unit + problem.base, last)
        if min(gaps) < FALLEN * last_gap or since >= max(LONGEST, LAZY * taken):
            point = nearer
            weight = _balanced(weight, work, began, point)
            began = _copied(point)
            sums, since, last_gap = _zeros(point), 0, min(gaps) if np.isfinite(last_gap) else 4 * min(gaps)


def _copied(point: Point) -> Point:
    return dataclasses.replace(point, x=point.x.copy(), lam=point.lam.copy(), nu=point.nu.copy())


def _zeros(point: Point) -> tuple[Floats, Floats, Floats]:
    return np.zeros(len(point.x)), np.zeros(len(point.lam)), np.zeros(len(point.nu))


def _balanced(weight: float, work: Relaxation, began: Point, now: Point) -> float:
    """Return the ratio of dual to primal steps, moved halfway (in logarithms) to how far both went since the last restart."""
    primal = float(((now.x - began.x) ** 2 / work.tau).sum()) ** 0.5
    dual = float(((now.lam - began.lam) ** 2 / work.sigma).sum()) ** 0.5
    return float((weight * dual / primal) ** 0.5) if primal > 0 and dual > 0 else weight
