"""Plans, rules and what a solver tells on its way."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

Bound = dict[str, Any]  # the certificate: only plain values, as saved


@dataclasses.dataclass(frozen=True)
class Quota:
    """At least and at most how many of some candidates (of a district, a street office, a kind, upgrades among all) are chosen."""

    name: str
    members: tuple[int, ...]
    at_least: int = 0
    at_most: int | None = None


@dataclasses.dataclass(frozen=True)
class Spacing:
    """Chosen sites of ``members`` lie at least ``distance_m`` from those of ``others``; None: every candidate.

    Metres in a straight line; exactly ``distance_m`` is allowed. ``to_standing``: standing facilities count as others too.
    """

    name: str
    distance_m: float
    members: tuple[int, ...] | None = None
    others: tuple[int, ...] | None = None
    to_standing: bool = True


@dataclasses.dataclass(frozen=True)
class Budget:
    """The costs of the chosen candidates, whole numbers (yuan, or thousands), are ``at_most`` together."""

    name: str
    cost: tuple[int, ...]
    at_most: int


@dataclasses.dataclass(frozen=True)
class Rules:
    """What a plan must keep beside its number of sites; all positions are positions of candidates.

    An existing facility that may be upgraded is a candidate at its own place, left out of the standing ones; a quota over such candidates
    says how many upgrades count. ``forced`` sites are chosen and count; ``forbidden`` ones are not. ``phases`` are (year, number of sites)
    in the order of the years: each year's plan contains the last (known to the covering problems with a number of sites).
    """

    quotas: tuple[Quota, ...] = ()
    spacings: tuple[Spacing, ...] = ()
    budgets: tuple[Budget, ...] = ()
    forced: tuple[int, ...] = ()
    forbidden: tuple[int, ...] = ()
    phases: tuple[tuple[int, int], ...] = ()

    def of_a_year(self) -> Rules:
        """Return what an earlier year must keep: all but least numbers and forced sites, which speak of the whole plan."""
        return Rules(tuple(dataclasses.replace(one, at_least=0) for one in self.quotas), self.spacings, self.budgets, (), self.forbidden)


@dataclasses.dataclass(frozen=True)
class Phase:
    """A year of a plan: the sites it adds; what all sites up to it are worth (parts), and what no plan of as many sites exceeds.

    ``certificate`` proves ``bound``; the last year has none, for it is the whole plan.
    """

    year: int
    sites: tuple[int, ...]
    objective: int
    bound: int
    certificate: Bound

    @property
    def gap(self) -> float:
        """Distance between value and bound as a share of the bound."""
        return abs(self.bound - self.objective) / max(1, self.bound)


@dataclasses.dataclass(frozen=True)
class Progress:
    """Where a solver stands: the part of the work it does, best value and bound so far (None: none yet), seconds since the start.

    ``selected`` is the best choice so far, positions of candidates; told about twice a second at most.
    """

    step: str
    value: float | None
    bound: float | None
    seconds: float
    selected: tuple[int, ...] = ()


Watch = Callable[[Progress], None]
Cancel = Callable[[], bool]


@dataclasses.dataclass(frozen=True)
class Plan:
    """A solved covering problem and what proves it.

    ``objective`` and ``bound`` count whole parts, ``scale`` parts to one unit of weight (for "lscp": sites, scale 1, and ``bound`` is the least
    number possible). ``certificate`` holds the integers from which ``gridmgmt.siting.check`` recomputes the bound; ``rules`` and
    ``settings`` say under what it was solved. ``unreachable`` are demand points that no candidate and no standing facility reaches.
    """

    problem: str
    selected: tuple[int, ...]
    objective: int
    bound: int
    scale: int
    seconds: float
    rules: Rules
    settings: dict[str, Any]
    certificate: Bound
    unreachable: tuple[int, ...] = ()
    stopped: str = ""
    phases: tuple[Phase, ...] = ()

    @property
    def covered(self) -> float:
        """Weight covered (with backup cover: covered once plus covered twice); for "lscp" the number of sites."""
        return self.objective if self.scale == 1 else self.objective / self.scale

    @property
    def upper_bound(self) -> float:
        """What no plan under these rules can exceed; for "lscp" what none can fall below."""
        return self.bound if self.scale == 1 else self.bound / self.scale

    @property
    def gap(self) -> float:
        """Distance between value and bound as a share of the bound; 0 proves the plan optimal."""
        return abs(self.bound - self.objective) / max(1, self.bound)

    @property
    def proved_optimal(self) -> bool:
        """Whether the bound, recomputed in integers, leaves nothing above this plan."""
        return self.bound == self.objective

    def to_json(self) -> str:
        """Return the plan as JSON text."""
        return json.dumps(dataclasses.asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Return the plan that ``to_json`` wrote."""
        told = json.loads(text)
        given = told.pop("rules")
        rules = Rules(
            tuple(Quota(**{**one, "members": tuple(one["members"])}) for one in given["quotas"]),
            tuple(Spacing(**{**one, "members": _tuple(one["members"]), "others": _tuple(one["others"])}) for one in given["spacings"]),
            tuple(Budget(**{**one, "cost": tuple(one["cost"])}) for one in given["budgets"]),
            tuple(given["forced"]),
            tuple(given["forbidden"]),
            tuple((year, number) for year, number in given.get("phases", ())),
        )
        told["phases"] = tuple(Phase(**{**one, "sites": tuple(one["sites"])}) for one in told.get("phases", ()))
        return cls(**{**told, "rules": rules, "selected": tuple(told["selected"]), "unreachable": tuple(told["unreachable"])})


def _tuple(given: list[int] | None) -> tuple[int, ...] | None:
    return None if given is None else tuple(given)
