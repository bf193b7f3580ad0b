"""The written proof of a bound: multipliers that fix sites step by step, then a tree of cases, all in whole numbers."""

from __future__ import annotations

import base64
import dataclasses
import zlib
from typing import Any

import numpy as np

from gridmgmt.siting.model import Bound
from gridmgmt.siting.multipliers import Bounded, Cuts, Multipliers, bound_of, fixed_by, fraction_for
from gridmgmt.siting.problem import FREE, Problem
from gridmgmt.siting.units import Ints

Entry = dict[str, Any]


def packed(values: Ints) -> str:
    """Return whole numbers as text."""
    return base64.b64encode(zlib.compress(np.ascontiguousarray(values, "<i8").tobytes(), 6)).decode()


def unpacked(text: str) -> Ints:
    """Return the whole numbers of ``packed``."""
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), "<i8").astype(np.int64)


@dataclasses.dataclass
class Proof:
    """What is proved so far about plans that are worth more than ``best``: the free problem left over, and the least bound (parts).

    Each entry of ``trunk`` fixes sites; the rest is a smaller problem with equal rows merged, for which the next entry speaks.
    """

    problem: Problem
    best: int
    bound: int
    trunk: list[Entry] = dataclasses.field(default_factory=list)
    tree: Entry | None = None
    idle: bool = False  # the last entry fixes nothing: a better bound takes its place

    def closed(self) -> bool:
        """Return whether nothing better than ``best`` is possible."""
        return self.bound <= self.best

    def learn(self, by: Multipliers, cuts: Cuts, *, keep: bool = False) -> Ints | None:
        """Note what multipliers prove; return which sites they fix, None where they prove nothing new (unless ``keep``).

        When sites are fixed, ``problem`` becomes the smaller one.
        """
        best = self.best  # another thread may raise it meanwhile
        fraction, free = fraction_for(self.problem), np.full(len(self.problem.sites), FREE, np.int64)
        found = bound_of(self.problem, cuts, fraction, by, free)
        fix = fixed_by(found, free, (best + 1) * fraction)
        fewer = int((fix != FREE).sum())
        if not (keep or found.steps // fraction < self.bound or fewer > 0):
            return None
        if self.idle and found.steps // fraction <= self.bound:
            self.trunk.pop()
        self.idle = fewer == 0
        self.trunk.append({"beats": best, **entry_of(by, cuts, fraction)})
        self.bound = max(self.best, min(self.bound, found.steps // fraction))
        self.problem = self.problem.shrink(fix) if fewer else self.problem
        return fix

    def look(self, by: Multipliers, cuts: Cuts) -> tuple[Bounded, int]:
        """Return what multipliers bound with, and their fraction; nothing is noted."""
        fraction = fraction_for(self.problem)
        return bound_of(self.problem, cuts, fraction, by, np.full(len(self.problem.sites), FREE, np.int64)), fraction

    def written(self) -> Bound:
        """Return the proof as plain values."""
        return {"trunk": self.trunk, "tree": self.tree}


def entry_of(by: Multipliers, cuts: Cuts, fraction: int, *, every_cut: bool = False) -> Entry:
    """Return multipliers and cuts as plain values; rows are numbered by their lowest demand point, rising."""
    used = np.arange(len(by.cut)) if every_cut else np.flatnonzero(by.cut)
    sets = [cuts.rows.of(int(k)) for k in used]
    return {
        "fraction": fraction,
        "row": packed(by.row),
        "side": packed(by.side),
        "cut": packed(by.cut[used]),
        "cut_sizes": packed(np.array([len(rows) for rows in sets], np.int64)),
        "cut_rows": packed(np.concatenate(sets).astype(np.int64) if sets else np.empty(0, np.int64)),
    }
