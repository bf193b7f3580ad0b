"""Reasoned fixes of known mistakes in sources (勘误), applied on every import so that nobody edits the source by hand."""

from __future__ import annotations

import csv
import dataclasses
import datetime
from collections.abc import Iterable, Sequence
from pathlib import Path

from gridmgmt.errors import InvalidInputError, SourceError
from gridmgmt.ingest.cells import clean_text
from gridmgmt.ingest.layer import SourceLayer
from gridmgmt.labels import Words

FIELDS = ("layer", "key", "field", "old_value", "new_value", "reason", "who", "date")


@dataclasses.dataclass(frozen=True)
class Correction:
    """In ``layer`` the feature with code ``key`` has ``new_value`` in ``field`` where the source says ``old_value``."""

    layer: str
    key: str
    field: str
    old_value: str | None
    new_value: str | None
    reason: str
    who: str
    date: datetime.date


@dataclasses.dataclass(frozen=True)
class CorrectedLayer:
    """A layer after its corrections: those applied, and sentences on those that do not fit the source any more."""

    layer: SourceLayer
    applied: tuple[Correction, ...]
    refused: tuple[Words, ...]


def read_corrections(path: Path) -> list[Correction]:
    """Read a corrections file; lines that begin with ``#`` are comments. Raises SourceError or InvalidInputError naming the line."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path}: {error}"
        raise SourceError(message, zh=f"勘误表 {path} 无法读取：{error}") from error
    rows = csv.DictReader(line for line in lines if line.strip() and not line.startswith("#"))
    missing = [field for field in FIELDS if field not in (rows.fieldnames or ())]
    if missing:
        message = f"{path}: no column {', '.join(missing)}; a corrections file has {', '.join(FIELDS)}"
        raise SourceError(message, zh=f"{path}：缺少列 {', '.join(missing)}；勘误表应有 {', '.join(FIELDS)}")
    return [_correction(row, number) for number, row in enumerate(rows, start=1)]


def apply_corrections(layer: SourceLayer, name: str, corrections: Iterable[Correction]) -> CorrectedLayer:
    """Apply the corrections of one layer to its mapped attributes; one whose old value does not match is refused and said."""
    attributes = layer.attributes.copy()
    codes = [clean_text(code) for code in attributes["code"].tolist()] if "code" in attributes else []
    applied, refused = [], []
    for correction in (entry for entry in corrections if entry.layer == name):
        places = [i for i, code in enumerate(codes) if code == correction.key]
        found = [clean_text(attributes.at[i, correction.field]) if correction.field in attributes else None for i in places]
        wrong = _why_not(correction, found)
        if wrong:
            en = f"correction of {name} {correction.key}, {correction.field}: {wrong}; not applied"
            refused.append(Words(en, zh=f"勘误 {name} {correction.key} 的 {correction.field} 未应用：{wrong.zh}"))
            continue
        if correction.field not in attributes:
            attributes[correction.field] = None
        attributes.loc[places, correction.field] = correction.new_value
        applied.append(correction)
    return CorrectedLayer(dataclasses.replace(layer, attributes=attributes), tuple(applied), tuple(refused))


def _why_not(correction: Correction, found: Sequence[str | None]) -> Words | None:
    if not found:
        return Words("the source holds no such code", zh="数据源中没有该编码")
    if all(value == correction.new_value for value in found):
        return Words(
            f"the source already says {correction.new_value!r}; the correction can be deleted",
            zh=f"数据源已是“{correction.new_value}”，该勘误可删除",
        )
    if any(value != correction.old_value for value in found):
        return Words(
            f"it expects {correction.old_value!r} but the source says {found[0]!r}",
            zh=f"勘误的原值为“{correction.old_value or ''}”，数据源为“{found[0] or ''}”",
        )
    return None


def _correction(row: dict[str, str], number: int) -> Correction:
    values = {field: (row[field] or "").strip() for field in FIELDS}
    for field in ("layer", "key", "field", "reason", "who", "date"):
        if not values[field]:
            raise InvalidInputError(field, "is blank; a correction says what, why, who and when", row=number, zh="不能为空")
    try:
        day = datetime.date.fromisoformat(values["date"])
    except ValueError:
        raise InvalidInputError(
            "date", f"{values['date']!r} is no day; write YYYY-MM-DD", row=number, zh=f"{values['date']!r} 不是日期，应为 YYYY-MM-DD"
        ) from None
    return Correction(
        values["layer"], values["key"], values["field"], values["old_value"] or None, values["new_value"] or None,
        values["reason"], values["who"], day,
    )  # fmt: skip
