"""Read a rule of dispatch from texts, as a table or a form gives them, and write it as texts again; both directions agree."""

from __future__ import annotations

import dataclasses
import datetime
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from sqlalchemy.orm import Session

from gridmgmt.cases import step_store
from gridmgmt.cases.model import ReportSource
from gridmgmt.catalogue import store as catalogue_store
from gridmgmt.catalogue.model import ManagedKind
from gridmgmt.city import store as city_store
from gridmgmt.city.calendar import WEEKDAYS_ZH, parse_windows, windows_text
from gridmgmt.csv_cells import as_typed
from gridmgmt.dispatch import known_store
from gridmgmt.dispatch.match import PLACE
from gridmgmt.dispatch.model import AREA_WORDS, Area, DispatchRule, Target
from gridmgmt.errors import InvalidInputError
from gridmgmt.labels import LabelledEnum
from gridmgmt.roads.model import RoadClass

FIELDS = (
    "position", "rule_name", "managed_kind", "class_codes", "areas", "road_classes", "sources", "weekdays", "hours", "working_time",
    "unit_code", "automatic", "note",
)  # fmt: skip
LONGEST_NAME, LONGEST_NOTE = 80, 500
MEMBER = TypeVar("MEMBER", bound=LabelledEnum)
SEPARATORS = re.compile(r"[,、;|\s]+")
WEEK = {**{str(day): day for day in range(1, 8)}, **{word: day for day, word in enumerate(WEEKDAYS_ZH, 1)}, "天": 7}
SPAN = re.compile(r"(.)[-~至到–](.)")
TEAM_WORDS = frozenset({"路长团队", "路长团队先行", "路长", "road_chief_team"})
YES, NO = frozenset({"是", "yes", "true", "1", "y", "on"}), frozenset({"否", "no", "false", "0", "n", "off"})
Row = Mapping[str, str | None]


@dataclasses.dataclass(frozen=True)
class Known:
    """What the words of rules may refer to."""

    classes: frozenset[tuple[ManagedKind, str]]
    units: frozenset[str]
    areas: Mapping[str, frozenset[str]]  # code → the levels that have it


def load_known(session: Session, rows: Iterable[Row], *, on: datetime.date) -> Known:
    """Return what there is among what the rows may name, as of a day."""
    codes = {_area_parts(word)[1] for row in rows for word in _words(row.get("areas"))}
    areas: dict[str, set[str]] = {}
    for level, code in known_store.find_areas(session, codes, on=on):
        areas.setdefault(code, set()).add(level)
    classes = catalogue_store.list_classes(session, city_store.get_profile(session).catalogue_standard)
    return Known(
        frozenset((entry.kind, entry.code) for entry in classes), frozenset(unit.code for unit in step_store.list_units(session)),
        {code: frozenset(levels) for code, levels in areas.items()},
    )  # fmt: skip


def read_rule(row: Row, known: Known, *, position: int) -> DispatchRule:
    """Return the rule a row means; raise InvalidInputError, the field named, for a word that means nothing here."""
    kind = _one(row.get("managed_kind"), "managed_kind", ManagedKind)
    target, unit, pattern = _target(row.get("unit_code"), known)
    return DispatchRule(
        position=position, name=_name(row.get("rule_name")), target=target, unit_code=unit,
        automatic=_truth(row.get("automatic"), "automatic") or False, kind=kind, class_codes=_classes(row.get("class_codes"), kind, known),
        areas=tuple(dict.fromkeys(_area(word, known) for word in _words(row.get("areas")))),
        road_classes=_members(row.get("road_classes"), "road_classes", RoadClass),
        sources=_members(row.get("sources"), "sources", ReportSource), weekdays=_weekdays(row.get("weekdays")),
        hours=parse_windows(row.get("hours") or "") if (row.get("hours") or "").strip() else (),
        working_time=_working_time(row.get("working_time")), note=as_typed((row.get("note") or "").strip())[:LONGEST_NOTE],
        unit_pattern=pattern,
    )  # fmt: skip


def write_rule(rule: DispatchRule) -> dict[str, str]:
    """Return a rule as the texts ``read_rule`` reads, Chinese where there is a choice."""
    return {
        "position": str(rule.position), "rule_name": rule.name, "managed_kind": rule.kind.zh if rule.kind else "",
        "class_codes": "、".join(rule.class_codes), "areas": "、".join(f"{AREA_WORDS[level]}:{code}" for level, code in rule.areas),
        "road_classes": "、".join(entry.zh for entry in rule.road_classes), "sources": "、".join(entry.zh for entry in rule.sources),
        "weekdays": "、".join(f"周{WEEKDAYS_ZH[day - 1]}" for day in rule.weekdays), "hours": windows_text(rule.hours),
        "working_time": "" if rule.working_time is None else "是" if rule.working_time else "否",
        "unit_code": rule.unit_code or rule.unit_pattern or "路长团队",
        "automatic": "是" if rule.automatic else "否", "note": rule.note,
    }  # fmt: skip


def _words(text: str | None) -> list[str]:
    return [word for word in SEPARATORS.split(unicodedata.normalize("NFKC", text or "").strip()) if word]


def _name(text: str | None) -> str:
    name = as_typed((text or "").strip())
    if not name or len(name) > LONGEST_NAME:
        raise InvalidInputError(
            "rule_name", f"a name of at most {LONGEST_NAME} characters is needed", zh=f"须填写，不超过 {LONGEST_NAME} 字"
        )
    return name


def _target(text: str | None, known: Known) -> tuple[Target, str | None, str | None]:
    """Return where a rule sends: the team, a pattern such as ``SZ-{district}`` that some unit fits, or a unit."""
    word = as_typed((text or "").strip())
    if word in TEAM_WORDS:
        return Target.ROAD_CHIEF_TEAM, None, None
    if PLACE.search(word):
        fits = re.compile(r"\w+".join(map(re.escape, PLACE.split(word)[::2])))
        if not set(PLACE.findall(word)) <= set(AREA_WORDS) or not any(fits.fullmatch(code) for code in known.units):
            raise InvalidInputError("unit_code", f"no unit has a code like {word!r}", zh=f"没有编码形如 {word} 的处置单位")
        return Target.AREA_UNIT, None, word
    if word not in known.units:
        raise InvalidInputError("unit_code", f"there is no unit {word!r}", zh=f"没有处置单位 {word or '（空）'}")
    return Target.UNIT, word, None


def _classes(text: str | None, kind: ManagedKind | None, known: Known) -> tuple[str, ...]:
    codes = tuple(dict.fromkeys(_words(text)))
    for code in codes:
        if not any(known_code.startswith(code) and kind in {None, known_kind} for known_kind, known_code in known.classes):
            raise InvalidInputError("class_codes", f"no class has a code that begins with {code}", zh=f"没有以 {code} 开头的类别编码")
    return codes


def _area_parts(word: str) -> tuple[str | None, str]:
    level, colon, code = word.rpartition(":")
    return (level, code) if colon else (None, word)


def _area(word: str, known: Known) -> Area:
    said, code = _area_parts(word)
    spoken = {level: unicodedata.normalize("NFKC", zh) for level, zh in AREA_WORDS.items()}
    named = {level for level, zh in spoken.items() if said is None or said in {level, zh, zh.partition("(")[0]}}
    levels = sorted(named & known.areas.get(code, frozenset()))
    if not levels:
        raise InvalidInputError("areas", f"there is no area {word!r} on this day", zh=f"没有编码为 {word} 的区域或考核单元")
    if len(levels) > 1:
        ways = ", ".join(f"{level}:{code}" for level in levels)
        raise InvalidInputError("areas", f"{word!r} may be any of {ways}", zh=f"{word} 有多种含义，请写作 {ways} 之一")
    return levels[0], code


def _members(text: str | None, field: str, choices: type[MEMBER]) -> tuple[MEMBER, ...]:
    return tuple(dict.fromkeys(_member(word, field, choices) for word in _words((text or "").replace(" ", "_"))))


def _one(text: str | None, field: str, choices: type[MEMBER]) -> MEMBER | None:
    word = (text or "").strip()
    return _member(word, field, choices) if word else None


def _member(word: str, field: str, choices: type[MEMBER]) -> MEMBER:
    plain = word.replace("_", "").lower()
    for member in choices:
        spellings = (member.value, member.en, member.zh)
        if plain in {spelling.replace("_", "").replace(" ", "").lower() for spelling in spellings}:
            return member
    known = ", ".join(choices)
    raise InvalidInputError(field, f"{word!r} is none of {known}", zh=f"{word} 不是 {'、'.join(member.zh for member in choices)} 之一")


def _weekdays(text: str | None) -> tuple[int, ...]:
    days: set[int] = set()
    plain = re.sub("周|星期|礼拜", "", unicodedata.normalize("NFKC", text or ""))
    for word in _words(SPAN.sub(r"\1-\2", plain)):
        ends = word.split("-")
        if not all(end in WEEK for end in ends) or len(ends) > 2 or WEEK[ends[0]] > WEEK[ends[-1]]:  # noqa: PLR2004 - first and last
            raise InvalidInputError("weekdays", f"{word!r} is no weekday such as 1-5", zh=f"{word} 不是星期（例：周一至周五，或 1-5）")
        days.update(range(WEEK[ends[0]], WEEK[ends[-1]] + 1))
    return tuple(sorted(days))


def _working_time(text: str | None) -> bool | None:
    word = (text or "").strip()
    named = {"工作时间": True, "非工作时间": False}
    return named[word] if word in named else _truth(word, "working_time")


def _truth(text: str | None, field: str) -> bool | None:
    word = (text or "").strip().lower()
    if word and word not in YES | NO:
        raise InvalidInputError(field, f"{word!r} is neither yes nor no", zh=f"{word} 不是“是”或“否”")
    return word in YES if word else None


def read_rules(rows: Sequence[tuple[int, Row]], known: Known) -> tuple[list[DispatchRule], list[InvalidInputError]]:
    """Read the rows of a table, numbered as in the file, into rules in their order, and what was refused.

    Rules are ordered by their position where every row has one, else as they stand in the file.
    """
    refused: list[InvalidInputError] = []
    read: list[tuple[int, DispatchRule]] = []
    for order, (number, row) in enumerate(rows, 1):
        try:
            read.append((number, read_rule(row, known, position=_position(row.get("position"), order))))
        except InvalidInputError as error:
            refused.append(InvalidInputError(error.field, error.reason, row=number, zh=error.zh_reason))
    refused += _repeats(read)
    ordered = sorted((rule for _, rule in read), key=lambda rule: rule.position)
    return [dataclasses.replace(rule, position=position) for position, rule in enumerate(ordered, 1)], refused


def _position(text: str | None, order: int) -> int:
    if not (text or "").strip():
        return order
    number = re.sub(r"\.0+$", "", (text or "").strip())
    if not number.isdecimal() or not 0 < int(number) < 10**6:
        raise InvalidInputError("position", f"{text!r} is not a number from 1", zh=f"{text} 不是从 1 起的序号")
    return int(number)


def _repeats(read: Sequence[tuple[int, DispatchRule]]) -> list[InvalidInputError]:
    seen: dict[int, int] = {}
    refused = []
    for number, rule in read:
        if rule.position in seen:
            first = seen[rule.position]
            reason = f"position {rule.position} stands in row {first} already"
            refused.append(InvalidInputError("position", reason, row=number, zh=f"序号 {rule.position} 与第 {first} 行重复"))
        seen.setdefault(rule.position, number)
    return refused
