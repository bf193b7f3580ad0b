"""From a prepared set and the settings of a scenario to what a solver takes: weights, standing sites, rules by position."""

from __future__ import annotations

import dataclasses

import numpy as np

from gridmgmt.crs import snap
from gridmgmt.errors import InvalidInputError
from gridmgmt.siting.ground import Floats, Integers, Strings
from gridmgmt.siting.model import Budget, Quota, Rules, Spacing
from gridmgmt.siting.scenario import CandidateTable, DemandTable, SetTables, StandingTable
from gridmgmt.siting.scenario_settings import Origin, Problem, Settings, StandingKind

PHASED = (Problem.MCLP, Problem.BACKUP)  # each year has a bound of its own; others are only shared out
BY_COMMUNITY = (Problem.P_MEDIAN, Problem.P_CENTER, Problem.CAPACITATED)


@dataclasses.dataclass(frozen=True)
class Question:
    """What a solver is asked: arrays in metres of the storage CRS, whole weights, rules over candidate positions.

    ``load``: whole kilograms a day of each demand point, all 0 where the problem knows no capacity; ``people``: who lives there.
    """

    demand_xy: Floats
    weight: Integers
    people: Integers
    load: Integers
    candidate_xy: Floats
    standing_xy: Floats
    standing_capacity: Floats
    rules: Rules
    settings: Settings


def ask(tables: SetTables, settings: Settings) -> Question:
    """Return the question; raise InvalidInputError for codes of candidates or areas that the set does not hold.

    Problems of distance are asked of communities, each at the middle of its people; those of cover of every demand point.
    """
    standing = _standing(tables.standing, settings.standing)
    weight, xy, people = weigh(tables.demand, settings), tables.demand.xy, tables.demand.people
    if settings.problem in BY_COMMUNITY:
        xy, weight, people = _by_community(tables.demand, weight)
    load = -(-people * settings.per_person_g // 1000) if settings.problem is Problem.CAPACITATED else np.zeros_like(weight)
    return Question(
        xy,
        weight,
        people,
        load,
        tables.candidates.xy,
        tables.standing.xy[standing],
        tables.standing.capacity[standing],
        _rules(tables.candidates, settings),
        settings,
    )


def _by_community(demand: DemandTable, weight: Integers) -> tuple[Floats, Integers, Integers]:
    """Return middle (snapped), weight and people of each community that weighs something, by code."""
    _, group = np.unique(demand.community.astype(str), return_inverse=True)
    total = np.bincount(group, weights=weight)
    middle = [np.bincount(group, weights=weight * demand.xy[:, axis]) / np.maximum(total, 1) for axis in (0, 1)]
    people = np.bincount(group, weights=demand.people).astype(np.int64)
    used = total > 0
    return snap(np.stack(middle, axis=1)[used]), total[used].astype(np.int64), people[used]


def weigh(demand: DemandTable, settings: Settings) -> Integers:
    """Return the whole weight of each demand point."""
    return np.asarray(
        demand.people * settings.people_weight + demand.shops * settings.shop_weight + demand.cases * settings.case_weight, np.int64
    )


def _standing(table: StandingTable, kind: StandingKind) -> Integers:
    if kind is StandingKind.NONE:
        return np.empty(0, np.int64)
    return np.flatnonzero(table.meets) if kind is StandingKind.STANDARD else np.arange(len(table.code))


def _rules(candidates: CandidateTable, settings: Settings) -> Rules:
    quotas = []
    for quota in settings.quotas:
        members = np.flatnonzero((candidates.district == quota.code) | (candidates.street_office == quota.code))
        if not len(members) and quota.least:
            raise InvalidInputError("quotas", f"no candidate lies in {quota.code}", zh=f"{quota.code} 内没有候选点")
        quotas.append(Quota(quota.code, tuple(members.tolist()), quota.least or 0, quota.most))
    if settings.upgrades != (None, None):
        least, most = settings.upgrades
        quotas.append(Quota("upgrade", _where(candidates.origin, Origin.UPGRADE), least or 0, most))
    spacings = [Spacing("new", settings.spacing_m)] if settings.spacing_m > 0 else []
    spacings += [Spacing(name, metres, _where(candidates.road_class, name)) for name, metres in settings.road_spacing_m.items()]
    budgets = () if settings.budget is None else (Budget("plan", tuple(costs(candidates, settings).tolist()), settings.budget),)
    phases = tuple(settings.years.items()) if settings.problem in PHASED else ()
    forced, forbidden = (_positions(candidates, name, getattr(settings, name)) for name in ("forced", "forbidden"))
    return Rules(quotas=tuple(quotas), spacings=tuple(spacings), budgets=budgets, forced=forced, forbidden=forbidden, phases=phases)


def costs(candidates: CandidateTable, settings: Settings) -> Integers:
    """Return what each candidate costs by its origin, in 10,000 yuan."""
    return np.array([settings.costs.get(origin, 0) for origin in candidates.origin.tolist()], np.int64)


def _where(column: Strings, value: str) -> tuple[int, ...]:
    return tuple(np.flatnonzero(column == value).tolist())


def _positions(candidates: CandidateTable, field: str, codes: tuple[str, ...]) -> tuple[int, ...]:
    places = {code: position for position, code in enumerate(candidates.code.tolist())} if codes else {}
    unknown = [code for code in codes if code not in places]
    if unknown:
        raise InvalidInputError(field, f"{unknown[0]} is no candidate of the set", zh=f"{unknown[0]} 不是该数据集的候选点")
    return tuple(sorted(places[code] for code in codes))
