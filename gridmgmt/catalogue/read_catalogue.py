"""A catalogue (部件与事项目录) from its CSV file."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from gridmgmt.catalogue.model import ManagedClass, ManagedKind
from gridmgmt.errors import InvalidInputError, SourceError

COLUMNS = ("standard", "kind", "code", "name", "major_code", "major_name", "alias_2013")


def read_catalogue(path: Path) -> list[ManagedClass]:
    """Read a UTF-8 CSV with the columns of ``COLUMNS``; only ``alias_2013`` may be empty.

    Raises SourceError for a file that is no such table, InvalidInputError naming the row for a wrong value or a repeated key.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
            if missing:
                message = f"{path}: column {', '.join(missing)} is missing; a catalogue has {', '.join(COLUMNS)}"
                raise SourceError(message, zh=f"{path}：缺少列 {', '.join(missing)}")
            classes = [_class(row, number) for number, row in enumerate(reader, start=1)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        message = f"{path}: {error}"
        raise SourceError(message, zh=f"{path} 无法读取：{error}") from error
    _refuse_repeats(classes)
    return classes


def _class(row: Mapping[str, str | None], number: int) -> ManagedClass:
    values = {column: (row[column] or "").strip() for column in COLUMNS}
    for column in COLUMNS[:-1]:
        if not values[column]:
            raise InvalidInputError(column, "is empty", row=number, zh="不能为空")
    if values["kind"] not in set(ManagedKind):
        raise InvalidInputError(
            "kind", f"{values['kind']!r} is neither component nor matter", row=number, zh=f"{values['kind']!r} 不是 component 或 matter"
        )
    if not values["code"].startswith(values["major_code"]):
        reason = f"{values['code']} does not start with its major code {values['major_code']}"
        raise InvalidInputError("code", reason, row=number, zh=f"{values['code']} 不以大类代码 {values['major_code']} 开头")
    return ManagedClass(
        standard=values["standard"], kind=ManagedKind(values["kind"]), code=values["code"], name=values["name"],
        major_code=values["major_code"], major_name=values["major_name"], alias_2013=values["alias_2013"] or None,
    )  # fmt: skip


def _refuse_repeats(classes: list[ManagedClass]) -> None:
    seen: dict[tuple[str, ManagedKind, str], int] = {}
    for number, entry in enumerate(classes, start=1):
        key = (entry.standard, entry.kind, entry.code)
        if key in seen:
            raise InvalidInputError(
                "code",
                f"{entry.kind} {entry.code} stands in row {seen[key]} already",
                row=number,
                zh=f"{entry.kind.zh}编码 {entry.code} 与第 {seen[key]} 行重复",
            )
        seen[key] = number
