"""Why a case goes where it goes, in words: for every rule what it asks, what the case has, and whether that fits; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from gridmgmt.cases.model import ReportSource
from gridmgmt.catalogue.model import ManagedKind
from gridmgmt.city.calendar import WEEKDAYS_EN, WEEKDAYS_ZH, windows_text
from gridmgmt.dispatch.match import HOLDS, conditions_of, unit_of
from gridmgmt.dispatch.model import AREA_WORDS, Area, Check, Condition, DispatchRule, Facts, Suggestion, Verdict
from gridmgmt.roads.model import RoadClass

Pair = tuple[str, str]  # Chinese, English
NOTHING: Pair = ("无", "none")


def judge(rules: Iterable[DispatchRule], facts: Facts) -> tuple[Verdict, ...]:
    """Return what every rule says of a case, in their order."""
    return tuple(Verdict(rule, tuple(_check(condition, rule, facts) for condition in conditions_of(rule, facts))) for rule in rules)


def asked_of(rule: DispatchRule) -> list[tuple[Condition, Pair]]:
    """Return the conditions a rule has, each with what it asks for."""
    return [
        (condition, ASKED[condition](rule)) for condition in conditions_of(rule) if condition not in {Condition.TEAM, Condition.AREA_UNIT}
    ]


def explain_suggestion(suggestion: Suggestion, language: str = "zh") -> list[str]:
    """Return the answer as sentences in ``zh`` or ``en``: the unit, how it was found, then every rule up to the one that matched."""
    zh = language != "en"
    rules = suggestion.rule_set.name if suggestion.rule_set else NOTHING[0 if zh else 1]
    lines = [
        f"{'建议派遣' if zh else 'Goes to'} {suggestion.unit.code} {suggestion.unit.name}",
        f"依据：{suggestion.how.label(language)}" if zh else f"Because: {suggestion.how.label(language)}",
        f"规则集：{rules}" if zh else f"Rules: {rules}",
    ]
    for verdict in suggestion.verdicts:
        lines.append(f"{verdict.rule.position}. {verdict.rule.name} — {explain_verdict(verdict, suggestion.rule, language)}")
        if verdict.rule == suggestion.rule:
            break
    return lines


def explain_verdict(verdict: Verdict, chosen: DispatchRule | None, language: str = "zh") -> str:
    """Say in one sentence whether a rule matches and, if not, why."""
    zh = language != "en"
    if verdict.matches:
        if verdict.rule == chosen:
            return "匹配，采用" if zh else "matches, and is used"
        return "匹配，但前面已有规则匹配" if zh else "matches, but an earlier rule did already"
    failed = [check for check in verdict.checks if not check.holds]
    if zh:
        return "不匹配：" + "；".join(f"{check.condition.zh}须为 {check.asked_zh}，实为 {check.found_zh}" for check in failed)
    return "does not match: " + "; ".join(f"{check.condition.en.lower()} must be {check.asked_en}, is {check.found_en}" for check in failed)


def target_label(rule: DispatchRule, language: str = "zh") -> str:
    """Return where a rule sends a case."""
    return rule.unit_code or rule.unit_pattern or rule.target.label(language)


def area_labels(areas: Iterable[Area]) -> Pair:
    """Return areas as level and code."""
    listed = list(areas)
    zh, en = (f"{AREA_WORDS[level]} {code}" for level, code in listed), (f"{level.replace('_', ' ')} {code}" for level, code in listed)
    return "、".join(zh), ", ".join(en)


def weekdays_label(weekdays: Iterable[int]) -> Pair:
    """Return weekdays in words."""
    days = sorted(weekdays)
    return "、".join(f"周{WEEKDAYS_ZH[day - 1]}" for day in days), ", ".join(WEEKDAYS_EN[day - 1] for day in days)


def _check(condition: Condition, rule: DispatchRule, facts: Facts) -> Check:
    asked, found = ASKED[condition](rule), FOUND[condition](facts)
    if condition is Condition.AREA_UNIT:
        code = unit_of(rule, facts)
        found = (
            _plain(code) if code in facts.units else (f"没有单位 {code or '（不在该级区域内）'}", f"no unit {code or '(in no such area)'}")
        )
    if condition is Condition.RETURNED:
        asked = (f"非 {unit_of(rule, facts)}", f"another than {unit_of(rule, facts)}")
    return Check(condition, HOLDS[condition](rule, facts), *asked, *found)


def _plain(text: str | None) -> Pair:
    return (text, text) if text else NOTHING


def _several(texts: Iterable[str]) -> Pair:
    listed = list(texts)
    return "、".join(listed), ", ".join(listed)


def _labels(members: Iterable[ManagedKind | RoadClass | ReportSource]) -> Pair:
    listed = list(members)
    return "、".join(member.zh for member in listed), ", ".join(member.en for member in listed)


def _working(value: bool | None) -> Pair:  # noqa: FBT001 - the answer to a question
    return ("工作时间", "working time") if value else ("非工作时间", "outside working time")


ASKED: Mapping[Condition, Callable[[DispatchRule], Pair]] = {
    Condition.KIND: lambda rule: _labels([rule.kind] if rule.kind else []),
    Condition.CLASS: lambda rule: _several(rule.class_codes),
    Condition.AREA: lambda rule: area_labels(rule.areas),
    Condition.ROAD_CLASS: lambda rule: _labels(rule.road_classes),
    Condition.SOURCE: lambda rule: _labels(rule.sources),
    Condition.WEEKDAY: lambda rule: weekdays_label(rule.weekdays),
    Condition.HOURS: lambda rule: _plain(windows_text(rule.hours)),
    Condition.WORKING_TIME: lambda rule: _working(rule.working_time),
    Condition.AREA_UNIT: lambda rule: _plain(rule.unit_pattern),
    Condition.TEAM: lambda _: ("有路长团队", "there"),
    Condition.RETURNED: lambda rule: _plain(rule.unit_code),
}
FOUND: Mapping[Condition, Callable[[Facts], Pair]] = {
    Condition.KIND: lambda facts: _labels([ManagedKind(facts.kind)]) if facts.kind else NOTHING,
    Condition.CLASS: lambda facts: _plain(facts.class_code),
    Condition.AREA: lambda facts: area_labels(facts.areas) if facts.areas else NOTHING,
    Condition.ROAD_CLASS: lambda facts: _labels([RoadClass(facts.road_class)]) if facts.road_class else NOTHING,
    Condition.SOURCE: lambda facts: _labels([ReportSource(facts.source)]) if facts.source else NOTHING,
    Condition.WEEKDAY: lambda facts: weekdays_label([facts.at.isoweekday()]),
    Condition.HOURS: lambda facts: _plain(f"{facts.at:%H:%M}"),
    Condition.WORKING_TIME: lambda facts: _working(facts.working_time),
    Condition.AREA_UNIT: lambda facts: area_labels(facts.areas) if facts.areas else NOTHING,
    Condition.TEAM: lambda facts: _plain(facts.team),
    Condition.RETURNED: lambda facts: (f"由 {facts.returned_by} 退回", f"returned by {facts.returned_by}"),
}
