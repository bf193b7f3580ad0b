"""The covering problems of location science: MCLP, its backup form, and LSCP; each ends in a plan that carries its proof."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from gridmgmt.errors import ConflictError, InvalidInputError
from gridmgmt.siting.clock import Clock
from gridmgmt.siting.cover_problem import CoverSets, cover_problem
from gridmgmt.siting.model import Cancel, Phase, Plan, Rules, Watch
from gridmgmt.siting.phases import SHARE, Whole, share_out
from gridmgmt.siting.problem import IN, OUT
from gridmgmt.siting.rule_lp import refuse_if_contradictory
from gridmgmt.siting.solve_problem import solve_problem
from gridmgmt.siting.units import Ints, weight_parts


@dataclasses.dataclass(frozen=True)
class Asked:
    """One problem to solve: worths of demand points (parts), how many parts make one unit of weight, rules and settings."""

    problem: str
    first: Ints
    second: Ints
    scale: int
    rules: Rules
    p: int
    settings: dict[str, Any]
    start: Sequence[int] | None


def solve_mclp(
    demand_xy: npt.ArrayLike, demand_weight: npt.ArrayLike, candidate_xy: npt.ArrayLike, *, service_radius_m: float, p: int,
    standing_xy: npt.ArrayLike | None = None, rules: Rules | None = None, time_limit_s: float | None = None, seed: int = 0,
    on_progress: Watch | None = None, cancel: Cancel | None = None, start: Sequence[int] | None = None,
) -> Plan:  # fmt: skip
    """Choose ``p`` candidates at most so that the most weight lies within the radius of a chosen or standing one (MCLP).

    Maximise ``sum(weight[i] * y[i])`` with ``y[i] <= sum(x[j] for j within service_radius_m of i)``, ``sum(x) <= p``, x and y 0 or 1. Points
    exactly on the radius count. Coordinates are metres of one system (n × 2), snapped to 1/1024 m; distances are straight lines. Fewer
    than ``p`` are chosen only when more would cover nothing more. Without ``time_limit_s`` the work goes on until it is proved, which for
    hundreds of sites on an empty map may be never; with it, the best plan and bound so far are returned. ``start`` is a choice to
    begin with, left aside where it breaks the rules. Raises InvalidInputError for bad
    input and ConflictError naming a smallest set of rules that contradict each other.
    """
    sets = CoverSets.from_points(demand_xy, candidate_xy, service_radius_m, standing_xy)
    settings = {"service_radius_m": service_radius_m, "distance": "straight line"}
    return solve_mclp_sets(sets, demand_weight, p=p, rules=rules, time_limit_s=time_limit_s, seed=seed, on_progress=on_progress, cancel=cancel, start=start, settings=settings)  # fmt: skip


def solve_mclp_sets(
    sets: CoverSets, demand_weight: npt.ArrayLike, *, p: int, rules: Rules | None = None, time_limit_s: float | None = None, seed: int = 0,
    on_progress: Watch | None = None, cancel: Cancel | None = None, start: Sequence[int] | None = None, settings: dict[str, Any] | None = None,
) -> Plan:  # fmt: skip
    """As ``solve_mclp``, over sets of who covers whom (for walking distances)."""
    parts, scale = weight_parts(demand_weight, sets.size[0])
    clock = Clock(_for_the_whole(rules, p, time_limit_s), on_progress, cancel, scale)
    about = {"p": _number_of_sites(p), "seed": seed, "time_limit_s": time_limit_s, **(settings or {})}
    return _solve(sets, Asked("mclp", parts, np.zeros_like(parts), scale, rules or Rules(), p, about, start), clock)


def solve_backup_cover(
    demand_xy: npt.ArrayLike, demand_weight: npt.ArrayLike, candidate_xy: npt.ArrayLike, *, service_radius_m: float, p: int,
    standing_xy: npt.ArrayLike | None = None, rules: Rules | None = None, time_limit_s: float | None = None, seed: int = 0,
    on_progress: Watch | None = None, cancel: Cancel | None = None, start: Sequence[int] | None = None,
) -> Plan:  # fmt: skip
    """Choose ``p`` candidates at most so that weight covered once plus weight covered twice is the most (BACOP2 with equal worths).

    Maximise ``sum(weight[i] * (y[i] + u[i]))`` with ``y[i] + u[i] <= sum(x[j] within the radius) + standing within it``. Else as
    ``solve_mclp``.
    """
    sets = CoverSets.from_points(demand_xy, candidate_xy, service_radius_m, standing_xy)
    parts, scale = weight_parts(demand_weight, sets.size[0])
    clock = Clock(_for_the_whole(rules, p, time_limit_s), on_progress, cancel, scale)
    about = {
        "p": _number_of_sites(p),
        "seed": seed,
        "time_limit_s": time_limit_s,
        "service_radius_m": service_radius_m,
        "distance": "straight line",
    }
    return _solve(sets, Asked("backup", parts, parts, scale, rules or Rules(), p, about, start), clock)


def solve_lscp(
    demand_xy: npt.ArrayLike, candidate_xy: npt.ArrayLike, *, service_radius_m: float, standing_xy: npt.ArrayLike | None = None,
    rules: Rules | None = None, time_limit_s: float | None = None, seed: int = 0, on_progress: Watch | None = None,
    cancel: Cancel | None = None, start: Sequence[int] | None = None,
) -> Plan:  # fmt: skip
    """Choose the fewest candidates so that every demand point that can be covered lies within the radius of a chosen or standing one (LSCP).

    Minimise ``sum(x)`` with ``sum(x[j] within service_radius_m of i) >= 1``. Points that no candidate allowed by the rules and no standing
    facility reaches are reported in ``unreachable`` and left out. Else as ``solve_mclp``. Raises ConflictError when the rules leave no
    choice that covers all the others.
    """
    sets = CoverSets.from_points(demand_xy, candidate_xy, service_radius_m, standing_xy)
    clock = Clock(time_limit_s, on_progress, cancel)
    about = {
        "p": sets.size[1],
        "seed": seed,
        "time_limit_s": time_limit_s,
        "service_radius_m": service_radius_m,
        "distance": "straight line",
    }
    # A point left out costs more than a site; more than all sites together where rules may forbid the one that covers it.
    worth = np.full(sets.size[0], sets.size[1] + 2 if rules and (rules.quotas or rules.spacings or rules.budgets) else 2, np.int64)
    return _solve(sets, Asked("lscp", worth, np.zeros_like(worth), 1, rules or Rules(), sets.size[1], about, start), clock)


def _solve(sets: CoverSets, asked: Asked, clock: Clock) -> Plan:
    price = int(asked.problem == "lscp")
    whole, fix = cover_problem(sets, asked.first, asked.second, asked.rules, most=asked.p, price=price)
    if (fix == IN).any() or len(whole.side.sites):
        refuse_if_contradictory(whole.side, asked.p, fix)
    work = solve_problem(whole.shrink(fix), clock, seed=asked.settings["seed"], start=asked.start)
    reached = np.asarray(sets.candidates.sums((fix != OUT).astype(np.int64)))
    unreachable = np.flatnonzero((reached == 0) & (sets.standing == 0))
    value, bound, selected = work.proof.best, work.proof.bound, work.selected
    if asked.problem == "lscp":
        total = int(asked.first.sum()) - int(asked.first[unreachable].sum())
        value, bound = _fewest(total, value, bound, len(selected))
    stopped = "" if work.proof.closed() else clock.stopped()
    phases = _phases(sets, asked, selected, bound, clock)
    return Plan(
        problem=asked.problem,
        selected=selected,
        objective=value,
        bound=bound,
        scale=asked.scale,
        seconds=clock.seconds,
        rules=asked.rules,
        settings=asked.settings,
        certificate={"cliques": whole.side.cliques(), **work.proof.written()},
        unreachable=tuple(unreachable.tolist()),
        stopped=stopped,
        phases=phases,
    )


def _phases(sets: CoverSets, asked: Asked, selected: tuple[int, ...], bound: int, clock: Clock) -> tuple[Phase, ...]:
    """Return the years of a plan; a problem without a number of sites has none."""
    if not asked.rules.phases or asked.problem == "lscp":
        return ()
    whole = Whole(sets, asked.first, asked.second, asked.rules, asked.settings["seed"])
    found = share_out(whole, selected, asked.settings["time_limit_s"], clock.cancelled)
    return tuple(one if one.certificate else dataclasses.replace(one, bound=bound) for one in found)


def _for_the_whole(rules: Rules | None, p: int, time_limit_s: float | None) -> float | None:
    """Return the time for the plan as a whole: with phases, the rest is for the years before the last."""
    phases = rules.phases if rules else ()
    years = [year for year, _ in phases]
    if phases and (len(set(years)) != len(years) or min(number for _, number in phases) < 0 or sum(number for _, number in phases) != p):
        reason = f"the years must differ and their sites add up to {p}"
        raise InvalidInputError("phases", reason, zh=f"年度不得重复，各年数量合计须为 {p}")
    return time_limit_s if not phases or time_limit_s is None else time_limit_s * (1 - SHARE)


def _fewest(total: int, value: int, bound: int, sites: int) -> tuple[int, int]:
    """Return the number of sites and the least possible from the worth of a choice and its bound: covering everything less the sites."""
    if value != total - sites:
        raise ConflictError("no choice that keeps the rules and covers all demand was found", zh="未找到满足规则且覆盖全部需求点的方案")
    return sites, total - bound


def _number_of_sites(p: int) -> int:
    if p < 0:
        raise InvalidInputError("p", f"{p} is no number of sites", zh=f"{p} 不是设施数量")
    return p
