"""The rules of siting as data: values with source, force and confidence; yearly numbers of the programmes."""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Iterator
from pathlib import Path

from gridmgmt.errors import InvalidInputError, NotFoundError
from gridmgmt.facilities.model import FacilityKind

COLUMNS = ("kind", "rule", "subject", "value", "unit", "force", "source", "confidence", "in_use", "zh", "en")
CONFIDENCES = ("H", "M", "L", "local")


@dataclasses.dataclass(frozen=True)
class SitingRule:
    """One rule; ``high`` is the upper end of a band, else None. A rule of confidence L is in use only where somebody said so in the table."""

    kind: FacilityKind
    rule: str
    subject: str
    value: float
    high: float | None
    unit: str
    force: str
    source: str
    confidence: str
    in_use: bool
    zh: str
    en: str

    @property
    def key(self) -> str:
        """Return the word by which a dropped candidate names the rule."""
        return f"{self.rule}:{self.subject}" if self.subject else self.rule


def read_rules(path: Path, kind: FacilityKind) -> tuple[SitingRule, ...]:
    """Read the rules of one kind; raise InvalidInputError with the row and field of a bad value."""
    rules = (_rule(number, row) for number, row in _rows(path, COLUMNS))
    return tuple(rule for rule in rules if rule.kind is kind)


def read_programme(path: Path, kind: FacilityKind) -> dict[int, int]:
    """Return how many sites of a kind are to be built each year; raise InvalidInputError with the row and field of a bad value."""
    years: dict[int, int] = {}
    for number, row in _rows(path, ("kind", "year", "sites")):
        if _kind(number, row) is kind:
            years[int(_number(number, "year", row["year"]))] = int(_number(number, "sites", row["sites"]))
    return dict(sorted(years.items()))


def find_rule(rules: tuple[SitingRule, ...], rule: str, subject: str = "") -> SitingRule | None:
    """Return the rule in use with a name, or None."""
    return next((one for one in rules if one.in_use and one.rule == rule and one.subject == subject), None)


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    if not path.is_file():
        raise NotFoundError(f"{path} does not exist", zh=f"文件 {path} 不存在")
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        missing = [name for name in columns if name not in (reader.fieldnames or ())]
        if missing:
            raise InvalidInputError(missing[0], "column is missing", zh="缺少该列")
        yield from enumerate(reader, 1)


def _rule(number: int, row: dict[str, str]) -> SitingRule:
    low, _, high = row["value"].partition("-")
    if row["confidence"] not in CONFIDENCES:
        reason = f"{row['confidence']!r} is none of {', '.join(CONFIDENCES)}"
        raise InvalidInputError("confidence", reason, row=number, zh=f"{row['confidence']!r} 不是 {'、'.join(CONFIDENCES)} 之一")
    if row["in_use"] not in {"yes", "no"}:
        raise InvalidInputError("in_use", f"{row['in_use']!r} is neither yes nor no", row=number, zh=f"{row['in_use']!r} 不是 yes 或 no")
    return SitingRule(
        _kind(number, row), row["rule"], row["subject"], _number(number, "value", low), _number(number, "value", high) if high else None,
        row["unit"], row["force"], row["source"], row["confidence"], row["in_use"] == "yes", row["zh"], row["en"],
    )  # fmt: skip


def _kind(number: int, row: dict[str, str]) -> FacilityKind:
    try:
        return FacilityKind(row["kind"])
    except ValueError:
        raise InvalidInputError("kind", f"{row['kind']!r} is no kind of facility", row=number, zh=f"{row['kind']!r} 不是设施类别") from None


def _number(number: int, field: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InvalidInputError(field, f"{text!r} is no number", row=number, zh=f"{text!r} 不是数字") from None
