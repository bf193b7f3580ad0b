"""Rules as linear rows over candidates: quotas, budgets, spacing as cliques of sites too near to each other."""

from __future__ import annotations

import numpy as np

from gridmgmt.errors import ConflictError, InvalidInputError
from gridmgmt.labels import Words
from gridmgmt.siting.model import Rules, Spacing
from gridmgmt.siting.problem import FREE, IN, OUT, Side
from gridmgmt.siting.sparse import Sparse, near
from gridmgmt.siting.units import Ints, closer_limit

Row = tuple[Words, Ints, Ints, int]  # name, sites, factors, limit


def side_rows(rules: Rules, count: int, xy: Ints | None) -> Side:
    """Return the linear rows of the rules for ``count`` candidates; raise InvalidInputError where a rule speaks of one that is not there."""
    rows: list[Row] = []
    for quota in rules.quotas:
        members = positions(quota.members, count, f"rules.quotas[{quota.name}]")
        if quota.at_most is not None and quota.at_most < len(members):
            said = Words(f"quota {quota.name}: at most {quota.at_most}", zh=f"配额 {quota.name} 至多 {quota.at_most} 处")
            rows.append((said, members, np.ones(len(members), np.int64), quota.at_most))
        if quota.at_least > 0:
            said = Words(f"quota {quota.name}: at least {quota.at_least}", zh=f"配额 {quota.name} 至少 {quota.at_least} 处")
            rows.append((said, members, -np.ones(len(members), np.int64), -quota.at_least))
    for budget in rules.budgets:
        cost = np.asarray(budget.cost, np.int64)
        if cost.shape != (count,) or (cost < 0).any():
            raise InvalidInputError(f"rules.budgets[{budget.name}]", f"needs {count} costs from 0 on", zh=f"需要 {count} 个非负成本")
        said = Words(f"budget {budget.name}: at most {budget.at_most}", zh=f"预算 {budget.name} 不超过 {budget.at_most:,}")
        rows.append((said, np.flatnonzero(cost), cost[cost > 0], budget.at_most))
    for spacing in rules.spacings:
        name = Words(f"spacing {spacing.name}: {spacing.distance_m:g} m", zh=f"间距 {spacing.name} 不小于 {spacing.distance_m:g} 米")
        rows += [(name, clique, np.ones(len(clique), np.int64), 1) for clique in cliques(too_near(spacing, count, xy))]
    return _side(rows, count)


def positions(given: tuple[int, ...], count: int, field: str) -> Ints:
    """Return distinct positions below ``count``, rising; raise InvalidInputError naming the rule otherwise."""
    found = np.unique(np.asarray(given, np.int64))
    if len(found) and (found[0] < 0 or found[-1] >= count):
        raise InvalidInputError(field, f"names a candidate that is not among the {count}", zh=f"所列候选点不在 {count} 个候选点之内")
    return found


def fixed_by_rules(rules: Rules, count: int, xy: Ints | None, standing: Ints) -> Ints:
    """Return for each candidate FREE, IN (forced) or OUT (forbidden, or too near to a standing facility)."""
    fix = np.full(count, FREE, np.int64)
    fix[positions(rules.forbidden, count, "rules.forbidden")] = OUT
    for spacing in rules.spacings:
        if spacing.to_standing and len(standing):
            members = _side_of(spacing.members, count, spacing)
            close = near(_known(xy, spacing)[members], standing, closer_limit(spacing.distance_m, f"rules.spacings[{spacing.name}]"))
            fix[members[close.sizes() > 0]] = OUT
    forced = positions(rules.forced, count, "rules.forced")
    if (fix[forced] == OUT).any():
        site = int(forced[fix[forced] == OUT][0])
        why = "forbidden" if site in rules.forbidden else "too near to a standing facility"
        zh_why = "被禁止" if site in rules.forbidden else "与现有设施间距不足"
        raise ConflictError(f"these rules contradict each other: candidate {site} is forced; it is {why}", zh=f"下列规则相互矛盾：候选点 {site} 必选；{zh_why}")  # fmt: skip
    fix[forced] = IN
    return fix


def too_near(spacing: Spacing, count: int, xy: Ints | None) -> Sparse:
    """Return for each candidate those that may not be chosen beside it."""
    points = _known(xy, spacing)
    members, others = (
        _side_of(side, count, spacing) for side in (spacing.members, spacing.others if spacing.others is not None else spacing.members)
    )
    pairs = near(points[members], points[others], closer_limit(spacing.distance_m, f"rules.spacings[{spacing.name}]"))
    a, b = members[np.repeat(np.arange(len(members)), pairs.sizes())], others[pairs.items]
    both = np.unique(np.stack([np.minimum(a, b), np.maximum(a, b)], axis=1)[a != b], axis=0)
    ends = np.concatenate([both, both[:, ::-1]])
    ends = ends[np.lexsort((ends[:, 1], ends[:, 0]))]
    starts = np.searchsorted(ends[:, 0], np.arange(count + 1))
    return Sparse(starts.astype(np.int64), ends[:, 1].astype(np.int32), count)


def cliques(conflicts: Sparse) -> list[Ints]:
    """Return sets of sites that all exclude each other, together holding every pair; greedy, so that few rows say much."""
    beside = [set(conflicts.of(one).tolist()) for one in range(len(conflicts))]
    open_pairs = [set(others) for others in beside]
    found: list[Ints] = []
    for one in range(len(conflicts)):
        while open_pairs[one]:
            clique = [one]
            shared = set(beside[one])
            for other in sorted(open_pairs[one]):
                if other in shared:
                    clique.append(other)
                    shared &= beside[other]
            for a in clique:
                open_pairs[a].difference_update(clique)
            found.append(np.array(sorted(clique), np.int64))
    return found


def _side_of(members: tuple[int, ...] | None, count: int, spacing: Spacing) -> Ints:
    return np.arange(count) if members is None else positions(members, count, f"rules.spacings[{spacing.name}]")


def _known(xy: Ints | None, spacing: Spacing) -> Ints:
    if xy is None:
        raise InvalidInputError(f"rules.spacings[{spacing.name}]", "needs the coordinates of the candidates", zh="间距规则需要候选点坐标")
    return xy


def _side(rows: list[Row], count: int) -> Side:
    sizes = [len(sites) for _, sites, _, _ in rows]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    sites = np.concatenate([sites for _, sites, _, _ in rows] or [np.empty(0, np.int64)])
    factors = np.concatenate([factors for _, _, factors, _ in rows] or [np.empty(0, np.int64)])
    limits = np.array([limit for _, _, _, limit in rows], np.int64)
    return Side(Sparse(starts, sites.astype(np.int32), count), factors.astype(np.int64), limits, tuple(name for name, *_ in rows))
