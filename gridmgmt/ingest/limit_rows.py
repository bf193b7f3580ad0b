"""Handling limits from a table, compared with what is stored, and their commit: a change is a new version, never an edit."""

from __future__ import annotations

import dataclasses
import datetime
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path

from sqlalchemy.orm import Session

from gridmgmt.catalogue import limit_store
from gridmgmt.catalogue import store as catalogue_store
from gridmgmt.catalogue.model import ClassLimit, LimitKey, ManagedKind, TimeLimit, TimeUnit
from gridmgmt.errors import InvalidInputError
from gridmgmt.ingest.commit_areas import file_sha256
from gridmgmt.ingest.facility_aliases import NO, YES
from gridmgmt.ingest.layer import SourceLayer
from gridmgmt.ingest.store import IngestRun, add_run
from gridmgmt.ingest.table_values import parse_day, text_rows

LAYER = "limits"
WANTED = (
    "standard", "kind", "class_code", "condition_no", "filing_condition", "handling_limit", "limit_unit", "closing_condition", "is_sample",
    "provenance", "valid_from",
)  # fmt: skip
REQUIRED = ("class_code", "filing_condition", "handling_limit")
LIMIT = re.compile(r"([0-9]+(?:\.[0-9]{1,2})?)\s*(.*)")
UNIT_WORDS: Mapping[str, TimeUnit] = {
    "紧急工作时": TimeUnit.URGENT_HOUR, "紧急小时": TimeUnit.URGENT_HOUR, "工作时": TimeUnit.WORKING_HOUR, "工作小时": TimeUnit.WORKING_HOUR,
    "个工作时": TimeUnit.WORKING_HOUR, "工作日": TimeUnit.WORKING_DAY, "个工作日": TimeUnit.WORKING_DAY, "自然日": TimeUnit.NATURAL_DAY,
    "个自然日": TimeUnit.NATURAL_DAY, "紧急工作日": TimeUnit.NATURAL_DAY, "日历日": TimeUnit.NATURAL_DAY,
    **{unit.value: unit for unit in TimeUnit}, **{unit.en: unit for unit in TimeUnit}, **{f"{unit.en}s": unit for unit in TimeUnit},
}  # fmt: skip
LARGEST = Decimal(100_000)

Row = Mapping[str, str | None]


@dataclasses.dataclass(frozen=True)
class LimitPlan:
    """What an import of limits would do: new conditions, new versions (old, new), conditions that end, and what was refused."""

    added: tuple[ClassLimit, ...]
    changed: tuple[tuple[ClassLimit, ClassLimit], ...]
    ended: tuple[ClassLimit, ...]
    unchanged: int
    refused: tuple[InvalidInputError, ...]
    starts_on: datetime.date

    def __bool__(self) -> bool:
        """Say whether anything changes."""
        return bool(self.added or self.changed or self.ended)


def parse_limit(text: str, unit: str | None = None) -> TimeLimit:
    """Read a limit such as ``4工作时``, ``2 working days``, or a number with its unit beside it; raise InvalidInputError."""
    found = LIMIT.fullmatch(text.strip())
    word = ((found.group(2) if found else "") or unit or "").strip()
    if not found or word not in UNIT_WORDS:
        units = "、".join(unit.zh for unit in TimeUnit)
        reason = f"{text!r} is not a limit like '4工作时' would be; units: {', '.join(TimeUnit)}"
        raise InvalidInputError("handling_limit", reason, zh=f"{text!r} 不是时限（如 4工作时）；单位：{units}")
    try:
        amount = Decimal(found.group(1))
    except InvalidOperation:
        amount = LARGEST
    if amount >= LARGEST:
        raise InvalidInputError("handling_limit", f"{text!r} is too long", zh=f"{text!r} 过长")
    return TimeLimit(amount, UNIT_WORDS[word])


def plan_limits(session: Session, table: SourceLayer, *, standard: str, starts_on: datetime.date, replace: bool = False) -> LimitPlan:
    """Compare the rows of a table with the newest stored versions; rows that cannot be meant are refused, each with its row number.

    ``standard`` and ``starts_on`` stand for rows that do not say theirs; with ``replace`` conditions of the table's standards that it
    does not list end on ``starts_on``.
    """
    listed: dict[LimitKey, tuple[int, ClassLimit]] = {}
    refused: list[InvalidInputError] = []
    for number, row in text_rows(table):
        try:
            limit = _limit(session, row, table, standard=standard, starts_on=starts_on)
            _refuse_repeat(limit, listed)
            listed[limit.key] = number, limit
        except InvalidInputError as error:
            refused.append(InvalidInputError(error.field, error.reason, row=number, zh=error.zh_reason))
    standards = {limit.standard for _, limit in listed.values()}
    plan = _compare(limit_store.list_newest_limits(session, standards), listed, starts_on, replace=replace)
    return dataclasses.replace(plan, refused=(*refused, *plan.refused))


def commit_limits(session: Session, plan: LimitPlan, path: Path) -> bool:
    """Write a plan and the record of the import; return False where nothing changes."""
    if not plan:
        return False
    for old, new in plan.changed:
        if old.id is not None and (old.valid_to is None or old.valid_to > new.valid_from):
            limit_store.end_limit(session, old.id, new.valid_from)
    for limit in plan.ended:
        if limit.id is not None:
            limit_store.end_limit(session, limit.id, max(plan.starts_on, limit.valid_from))
    for limit in (*plan.added, *(new for _, new in plan.changed)):
        limit_store.add_limit(session, limit)
    changes = {"added": len(plan.added), "changed": len(plan.changed), "ended": len(plan.ended)}
    features = len(plan.added) + len(plan.changed) + plan.unchanged
    add_run(session, IngestRun(LAYER, path.name, file_sha256(path), "-", features, 0, {"changes": changes}))
    return True


def _compare(
    stored: Mapping[LimitKey, ClassLimit], listed: Mapping[LimitKey, tuple[int, ClassLimit]], starts_on: datetime.date, *, replace: bool
) -> LimitPlan:
    added, changed, refused, unchanged = [], [], list[InvalidInputError](), 0
    for key in sorted(listed):
        number, limit = listed[key]
        newest = stored.get(key)
        if newest is None:
            added.append(limit)
        elif newest.valid_to is None and newest.says_the_same_as(limit):
            unchanged += 1
        elif limit.valid_from < newest.valid_from:
            reason = f"{limit.valid_from} lies before version {newest.version}, which begins on {newest.valid_from}"
            zh = f"{limit.valid_from} 早于第 {newest.version} 版的生效日期 {newest.valid_from}"
            refused.append(InvalidInputError("valid_from", reason, row=number, zh=zh))
        else:
            changed.append((newest, dataclasses.replace(limit, version=newest.version + 1)))
    gone = [stored[key] for key in sorted(stored.keys() - listed.keys()) if replace and stored[key].valid_to is None]
    return LimitPlan(tuple(added), tuple(changed), tuple(gone), unchanged, tuple(refused), starts_on)


def _limit(session: Session, row: Row, table: SourceLayer, *, standard: str, starts_on: datetime.date) -> ClassLimit:
    kind = _kind(row.get("kind"))
    named = row.get("standard") or standard
    known = catalogue_store.find_class(session, named, kind, _needed(row, "class_code"))
    if known is None:
        reason = f"{kind.value} {row['class_code']} is not in {named}"
        raise InvalidInputError("class_code", reason, zh=f"{named} 中没有{kind.zh}编码 {row['class_code']}")
    return ClassLimit(
        standard=named, kind=kind, class_code=known.code, condition_no=row.get("condition_no") or "1",
        filing_condition=_needed(row, "filing_condition"), limit=parse_limit(_needed(row, "handling_limit"), row.get("limit_unit")),
        closing_condition=row.get("closing_condition"), is_sample=_is_sample(row.get("is_sample")),
        provenance=row.get("provenance") or table.path.name, valid_from=parse_day(row.get("valid_from"), "valid_from") or starts_on,
    )  # fmt: skip


def _refuse_repeat(limit: ClassLimit, listed: Mapping[LimitKey, tuple[int, ClassLimit]]) -> None:
    if limit.key in listed:
        row = listed[limit.key][0]
        reason = f"condition {limit.condition_no} of {limit.class_code} stands in row {row} already"
        raise InvalidInputError("condition_no", reason, zh=f"{limit.class_code} 的条件 {limit.condition_no} 与第 {row} 行重复")


def _needed(row: Row, field: str) -> str:
    value = row.get(field)
    if value is None:
        raise InvalidInputError(field, "is empty", zh="不能为空")
    return value


def _kind(word: str | None) -> ManagedKind:
    kind = next((kind for kind in ManagedKind if word in {None, kind.value, kind.zh, kind.en}), None)
    if word is None:
        return ManagedKind.MATTER
    if kind is None:
        raise InvalidInputError("kind", f"{word!r} is neither component nor matter", zh=f"{word!r} 既不是部件也不是事项")
    return kind


def _is_sample(word: str | None) -> bool:
    if word is not None and word.lower() not in YES | NO:
        raise InvalidInputError("is_sample", f"{word!r} is neither yes nor no", zh=f"{word!r} 不是“是”或“否”")
    return word is not None and word.lower() in YES


def refusals(plan: LimitPlan) -> Sequence[InvalidInputError]:
    """Return what was refused, by row."""
    return sorted(plan.refused, key=lambda error: error.row or 0)
