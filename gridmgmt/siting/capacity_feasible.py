"""Whether everybody can be sent to a site within capacity at all; if not, the smallest set of rules that forbids it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import optimize, sparse

from gridmgmt.errors import ConflictError
from gridmgmt.siting.limits import Limits
from gridmgmt.siting.near import Near
from gridmgmt.siting.units import Ints

SECONDS = 60.0
NAMED = 5
Rule = tuple[str, str]  # English, Chinese


def refuse_impossible(near: Near, load: Ints, capacity: Ints, limits: Limits, p: int) -> None:
    """Raise ConflictError where arithmetic alone shows that no plan exists: a point without a site that can take it, too little capacity."""
    row = np.repeat(np.arange(len(load)), np.diff(near.indptr))
    usable = ~limits.closed[near.site]
    _refuse_points(np.bincount(row[usable], minlength=len(load)) == 0, [("reach and forbidden sites", "服务距离与禁选站点")])
    takes = usable & (capacity[near.site] >= load[row])
    _refuse_points(np.bincount(row[takes], minlength=len(load)) == 0, [("capacity of one site", "单站容量"), ("reach", "服务距离")])
    room = np.where(limits.closed, 0, capacity)
    forced = limits.state == 1
    rest = np.sort(np.where(forced, 0, room))[::-1][: max(0, p - int(forced.sum()))]
    most, wanted = int(room[forced].sum() + rest.sum()), int(load.sum())
    if most < wanted:
        raise contradiction([
            (f"at most {p} sites", f"最多 {p} 个站点"), (f"capacities (together {most} at most)", f"容量（合计最多 {most}）"),
            (f"every load is taken ({wanted})", f"全部负荷（{wanted}）都有去处"),
        ])  # fmt: skip


def contradiction(rules: Sequence[Rule]) -> ConflictError:
    """Return the error that names rules which contradict each other."""
    english, chinese = "; ".join(rule for rule, _ in rules), "；".join(zh for _, zh in rules)
    return ConflictError(f"these rules contradict each other: {english}", zh=f"下列规则相互矛盾：{chinese}")


def find_assignment(near: Near, load: Ints, capacity: Ints, limits: Limits, p: int) -> Ints:
    """Return some assignment found by HiGHS; raise ConflictError with the smallest set of rules that leaves none, or that time ran out."""
    names: list[Rule] = [(f"at most {p} sites", f"最多 {p} 个站点"), ("capacity", "容量"), ("forced and excluded sites", "必选与禁选站点")]
    names += [(name, name) for name in dict.fromkeys(limits.side.names)]
    everything = set(range(len(names)))
    possible, found = _solve(near, load, capacity, limits, p=p, names=names, kept=everything)
    if found is not None:
        return found
    if possible is None:
        raise ConflictError("no plan was found in time; whether one exists is open", zh="限时内未找到方案，是否存在可行方案尚不确定")
    kept = set(everything)
    for rule in sorted(everything):
        if _solve(near, load, capacity, limits, p=p, names=names, kept=kept - {rule})[0] is False:
            kept -= {rule}
    raise contradiction([*(names[rule] for rule in sorted(kept)), ("every point goes to one site in reach", "每个需求点去一个可达站点")])


def _solve(
    near: Near, load: Ints, capacity: Ints, limits: Limits, *, p: int, names: list[Rule], kept: set[int]
) -> tuple[bool | None, Ints | None]:
    """Return (whether a plan keeps these rules, None: not known; its assignment)."""
    points, sites, pairs = len(load), near.sites, len(near.site)
    row, width = np.repeat(np.arange(points), np.diff(near.indptr)), pairs + near.sites
    at = np.arange(pairs)
    once = sparse.csr_array((np.ones(pairs), (row, at)), shape=(points, width))
    both, ends = np.concatenate([at, at]), np.concatenate([at, pairs + near.site])
    only_open = sparse.csr_array((np.concatenate([np.ones(pairs), -np.ones(pairs)]), (both, ends)), shape=(pairs, width))
    constraints = [optimize.LinearConstraint(once, 1, 1), optimize.LinearConstraint(only_open, -np.inf, 0)]
    if 0 in kept:
        constraints.append(optimize.LinearConstraint(np.concatenate([np.zeros(pairs), np.ones(sites)]), 0, p))
    if 1 in kept:
        full = sparse.csr_array(
            (np.concatenate([load[row], -capacity]), (np.concatenate([near.site, np.arange(sites)]), np.arange(width))),
            shape=(sites, width),
        )
        constraints.append(optimize.LinearConstraint(full, -np.inf, 0))
    side = limits.side
    rule = np.repeat(np.arange(len(side.sites)), side.sites.sizes())
    told = [k for k, name in enumerate(side.names) if names.index((name, name)) in kept]
    if told:
        every = sparse.csr_array((side.factors, (rule, pairs + side.sites.items)), shape=(len(side.limits), width))[told]
        constraints.append(optimize.LinearConstraint(every, -np.inf, side.limits[told]))
    least, most = np.zeros(width), np.ones(width)
    if 2 in kept:  # noqa: PLR2004 - the third name
        least[pairs:], most[pairs:] = limits.state == 1, limits.state != -1
    bounds, whole = optimize.Bounds(least, most), np.ones(width)
    solved = optimize.milp(np.zeros(width), constraints=constraints, integrality=whole, bounds=bounds, options={"time_limit": SECONDS})
    if solved.x is None:
        return (False if solved.status == 2 else None), None  # noqa: PLR2004 - HiGHS says infeasible
    taken = np.asarray(solved.x[:pairs]) > 0.5  # noqa: PLR2004 - whole up to the solver's tolerance
    to = np.full(points, -1, np.int64)
    to[row[taken]] = near.site[taken]
    return True, to


def _refuse_points(lost: np.ndarray[tuple[int], np.dtype[np.bool_]], rules: list[Rule]) -> None:
    if lost.any():
        rows = ", ".join(str(i + 1) for i in np.flatnonzero(lost)[:NAMED])
        number = int(lost.sum())
        raise contradiction([*rules, (f"{number} points need a site (rows {rows})", f"{number} 个需求点要有站点（第 {rows} 行）")])
