"""HiGHS on the rules alone: a choice that keeps them, and the smallest set of rules that contradict each other."""

from __future__ import annotations

import highspy
import numpy as np

from gridmgmt.errors import ConflictError
from gridmgmt.labels import Words, in_language
from gridmgmt.siting.problem import FREE, IN, OUT, Side
from gridmgmt.siting.units import Floats, Ints


def choose_by_rules(side: Side, most: int, gain: Floats, fix: Ints | None = None) -> Ints | None:
    """Return the choice of ``most`` sites at most with the greatest sum of gains that keeps the rules; None when no choice does."""
    sites, rules = len(gain), len(side.sites)
    if not sites:
        return np.empty(0, np.int64) if (side.limits >= 0).all() else None
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = sites, rules + 1
    scale = max(1.0, float(np.abs(gain).max(initial=0)))
    model.col_cost_ = -gain / scale
    model.col_lower_, model.col_upper_ = np.zeros(sites), np.ones(sites)
    if fix is not None:
        model.col_lower_, model.col_upper_ = (fix == IN).astype(float), (fix != OUT).astype(float)
    model.row_lower_ = np.full(rules + 1, -highspy.kHighsInf)
    model.row_upper_ = np.append(side.limits, most).astype(float)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.append(side.sites.starts, len(side.factors) + sites).astype(np.int32)
    model.a_matrix_.index_ = np.append(side.sites.items, np.arange(sites)).astype(np.int32)
    model.a_matrix_.value_ = np.append(side.factors, np.ones(sites)).astype(float)
    model.integrality_ = [highspy.HighsVarType.kInteger] * sites
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in (("output_flag", False), ("threads", 1), ("mip_rel_gap", 1e-4)):
        highs.setOptionValue(name, value)
    highs.passModel(model)
    highs.run()
    if highs.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return None
    return np.flatnonzero(np.asarray(highs.getSolution().col_value) > 0.5)  # noqa: PLR2004 - whole up to the solver's tolerance


def refuse_if_contradictory(side: Side, most: int, fix: Ints) -> None:
    """Raise ConflictError naming a smallest set of rules that contradict each other, if the rules do (each is left out in turn)."""
    forced, excluded = int((fix == IN).sum()), int((fix == OUT).sum())
    words: dict[str, str] = {
        Words(f"{most} sites at most", zh=f"至多 {most} 处"): "most",
        Words(f"{forced} forced sites", zh=f"必选 {forced} 处"): "forced",
        Words(f"{excluded} candidates excluded by rules", zh=f"规则排除候选点 {excluded} 处"): "excluded",
    } | {name: name for name in side.names}
    if _possible(side, most, fix, set(words.values())):
        return
    kept = set(words.values())
    for word in words.values():
        if not _possible(side, most, fix, kept - {word}):
            kept -= {word}
    named = [said for said, word in words.items() if word in kept]
    raise ConflictError(
        "these rules contradict each other: " + "; ".join(named),
        zh="下列规则相互矛盾：" + "；".join(in_language(name, "zh") for name in named),
    )


def _possible(side: Side, most: int, fix: Ints, words: set[str]) -> bool:
    """Return whether some choice keeps the rules of these words."""
    kept = np.array([k for k, name in enumerate(side.names) if name in words], np.int64)
    part = Side(side.sites.pick(kept), side.factors[np.isin(side.rule_of_item(), kept)], side.limits[kept], ())
    left = np.where((fix == IN) & ("forced" not in words) | (fix == OUT) & ("excluded" not in words), FREE, fix)
    return choose_by_rules(part, most if "most" in words else len(fix), np.zeros(len(fix)), left) is not None
