"""The checker's part on phases: every site is built in one year, each year keeps its number, its rules, its figure and its bound."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator

from gridmgmt.siting.model import Plan


def check_phases(plan: Plan, faults_of: Callable[[Plan], Iterable[str]]) -> Iterator[str]:
    """Yield what is wrong with the years of a plan; ``faults_of`` checks an earlier year as a plan of its own."""
    if sorted(site for phase in plan.phases for site in phase.sites) != sorted(plan.selected):
        yield "the years do not hold each chosen site once"
        return
    if [phase.year for phase in plan.phases] != sorted(year for year, _ in plan.rules.phases):
        yield "the plan's years are others than those of its rules"
        return
    allowed, built = 0, plan.selected[:0]
    for phase, (_, number) in zip(plan.phases, sorted(plan.rules.phases), strict=True):
        allowed, built = allowed + number, (*built, *phase.sites)
        if len(built) > allowed:
            yield f"{phase.year}: {len(built)} sites are built, {allowed} are allowed"
        if len(built) == len(plan.selected):
            if (phase.objective, phase.bound) != (plan.objective, plan.bound):
                yield f"{phase.year}: all sites are built, but the figures are not those of the plan"
            continue
        year = dataclasses.replace(
            plan, selected=tuple(sorted(built)), objective=phase.objective, bound=phase.bound, certificate=phase.certificate,
            rules=plan.rules.of_a_year(), phases=(),
        )  # fmt: skip
        for fault in faults_of(year):
            yield f"{phase.year}: {fault}"
