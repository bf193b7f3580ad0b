"""Rows of a point file as incident reports: when, where, what; a row that cannot be one keeps its reason."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from gridmgmt.catalogue.model import ManagedClass, ManagedKind
from gridmgmt.errors import InvalidInputError
from gridmgmt.ingest.area_layer import column
from gridmgmt.ingest.cells import clean_number
from gridmgmt.ingest.layer import Fault
from gridmgmt.ingest.points import PointTable

WANTED = ("source_id", "reported_at", "kind", "class_code", "class_name", "description", "address", "accuracy_m")
FULL_MATTER_CODE = 11  # GB/T 47678.5-2026: division (6) + class (5)
DIVISION_DIGITS = 6
TIME_FORMS = (
    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y.%m.%d %H:%M:%S", "%Y.%m.%d %H:%M", "%Y.%m.%d",
    "%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日 %H:%M", "%Y年%m月%d日%H时%M分%S秒", "%Y年%m月%d日%H时%M分", "%Y年%m月%d日",
    "%m/%d/%Y %I:%M:%S %p",
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class ReportRow:
    """What one row reports; the coordinates as given, the time with its zone, ``source_ref`` the row's id or a digest of the row."""

    row: int
    x: float
    y: float
    reported_at: datetime.datetime
    source_ref: str
    kind: ManagedKind | None
    class_code: str | None
    description: str
    address: str | None
    accuracy_m: float | None


@dataclasses.dataclass(frozen=True)
class RejectedRow:
    """Why a row is no report: the field, and the reason in English and Chinese."""

    row: int
    field: str
    reason: str
    zh: str


def to_report_rows(
    table: PointTable,
    *,
    time_zone: datetime.tzinfo,
    source: str = "",
    reported_at: datetime.datetime | None = None,
    classes: Sequence[ManagedClass] = (),
) -> tuple[list[ReportRow], list[RejectedRow]]:
    """Return the reports of a table and the rows that are none.

    A time without zone is local (``time_zone``); ``reported_at`` stands in for rows without one. ``source`` goes before the row's id, so
    that two systems may number alike; a row without id is known by its contents. A class given by name only is looked up in
    ``classes``; a name the catalogue does not have stays in the description.
    """
    columns = {name: column(table.attributes, name) for name in WANTED}
    faults = {fault.feature: fault for fault in table.faults if fault.blocking}
    names = {(entry.kind, entry.name): entry.code for entry in reversed(classes)}
    rows, rejected = list[ReportRow](), list[RejectedRow]()
    for index, number in enumerate(table.numbers.tolist()):
        values = {name: cells[index] for name, cells in columns.items()}
        place = float(table.raw_x[index]), float(table.raw_y[index])
        try:
            _refuse_fault(faults.get(number), place[0])
            at = _time(values["reported_at"], time_zone, reported_at)
            rows.append(_report_row(number, place, at, values, source=source, names=names))
        except InvalidInputError as error:
            rejected.append(RejectedRow(number, error.field, error.reason, error.zh_reason))
    return rows, rejected


def parse_time(text: str, time_zone: datetime.tzinfo) -> datetime.datetime | None:
    """Return the time a text means, local where it names no zone; None where it is no time."""
    found = next(_readings(text.strip()), None)
    if found is None:
        return None
    return found if found.tzinfo else found.replace(tzinfo=time_zone)


def _refuse_fault(fault: Fault | None, x: float) -> None:
    if fault is not None:
        raise InvalidInputError("row" if np.isfinite(x) else "point", fault.reason, zh=fault.reason.zh)


def _report_row(
    number: int,
    place: tuple[float, float],
    at: datetime.datetime,
    values: Mapping[str, str | None],
    *,
    source: str,
    names: Mapping[tuple[ManagedKind, str], str],
) -> ReportRow:
    kind, code, text = _class(values, names)
    reference, accuracy = _reference(values, *place, source), _accuracy(values["accuracy_m"])
    return ReportRow(number, *place, at, reference, kind, code, text, values["address"], accuracy)


def _readings(text: str) -> Iterator[datetime.datetime]:
    for form in (None, *TIME_FORMS):
        try:
            yield datetime.datetime.fromisoformat(text) if form is None else datetime.datetime.strptime(text, form)
        except ValueError:
            continue


def _time(text: str | None, time_zone: datetime.tzinfo, default: datetime.datetime | None) -> datetime.datetime:
    if text is None:
        if default is None:
            raise InvalidInputError("reported_at", "is empty", zh="缺少上报时间")
        return default
    found = parse_time(text, time_zone)
    if found is None:
        raise InvalidInputError(
            "reported_at", f"{text!r} is not a time such as 2026-11-01 08:30", zh=f"{text!r} 不是时间（如 2026-11-01 08:30）"
        )
    return found


def class_of(
    code: str | None, name: str | None, kind: ManagedKind, names: Mapping[tuple[ManagedKind, str], str]
) -> tuple[ManagedKind, str | None]:
    """Return kind and class code of a class given by code or by name; no code where the catalogue does not know the name."""
    if code is None and name is not None:
        return kind, names.get((kind, name))
    if code is not None and kind is ManagedKind.MATTER and len(code) == FULL_MATTER_CODE:
        code = code[DIVISION_DIGITS:]
    return kind, code


def kind_of(word: str | None) -> ManagedKind:
    """Return the kind a cell names: a matter unless it says component."""
    return next((kind for kind in ManagedKind if word in {kind.value, kind.zh, kind.en}), ManagedKind.MATTER)


def _class(values: Mapping[str, str | None], names: Mapping[tuple[ManagedKind, str], str]) -> tuple[ManagedKind | None, str | None, str]:
    """Return kind, class code and description; a name the catalogue does not have stays in the description."""
    name, text = values["class_name"], values["description"] or ""
    kind, code = class_of(values["class_code"], name, kind_of(values["kind"]), names)
    if code is not None:
        return kind, code, text
    return None, None, text if name is None else f"{name} {text}".strip()


def _accuracy(text: str | None) -> float | None:
    if text is None:
        return None
    metres = clean_number(text.removesuffix("米").removesuffix("m"))
    if metres is None:
        raise InvalidInputError("accuracy_m", f"{text!r} is not a distance in metres", zh=f"{text!r} 不是以米为单位的距离")
    return metres


def _reference(values: Mapping[str, str | None], x: float, y: float, source: str) -> str:
    given = values["source_id"]
    if given is None:
        contents = repr((x, y, *values.values())).encode()
        given = f"sha256-{hashlib.sha256(contents).hexdigest()[:32]}"
    return f"{source}:{given}" if source else given
