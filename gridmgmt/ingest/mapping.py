"""Which column of a source is which of our fields: given by flags or a file, remembered, or known by its name."""

from __future__ import annotations

import collections
import dataclasses
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from gridmgmt.errors import InvalidInputError, SourceError
from gridmgmt.ingest.aliases import ALIASES, header_key
from gridmgmt.ingest.cells import clean_code, clean_text
from gridmgmt.ingest.layer import Fault, FaultKind, SourceLayer
from gridmgmt.labels import Words

CODE_TARGETS = frozenset(
    {
        "code",
        "parent_code",
        "old_code",
        "unit_grid",
        "district_code",
        "class_code",
        "source_id",
        "phone",
        "person_code",
        "zone_code",
        "area_code",
        "segment_code",
        "shop_code",
        "shop_head_code",
    }
)


def parse_map_flags(flags: Iterable[str]) -> dict[str, str]:
    """Read ``target=HEADER`` flags; an empty header leaves the field out. Raises InvalidInputError for anything else."""
    mapping = {}
    for flag in flags:
        target, sign, header = flag.partition("=")
        if not sign or not target.strip():
            raise InvalidInputError("map", f"{flag!r} is not FIELD=HEADER", zh=f"{flag!r} 不是“字段=表头”的形式")
        mapping[target.strip()] = header.strip()
    return mapping


def read_mapping_file(path: Path) -> dict[str, str]:
    """Read a mapping file: TOML lines ``target = "HEADER"`` (alone or under ``[fields]``). Raises SourceError where it is not that."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"mapping file {path}: {error}"
        raise SourceError(message, zh=f"映射文件 {path}：{error}") from None
    fields = values.get("fields", values)
    if not isinstance(fields, dict) or not all(isinstance(header, str) for header in fields.values()):
        message = f'mapping file {path}: every line must read field = "HEADER"'
        raise SourceError(message, zh=f"映射文件 {path}：每行应为 字段 = “表头”")
    return dict(fields)


def choose_mapping(
    headers: Sequence[str],
    *,
    wanted: Sequence[str],
    required: Sequence[str] = (),
    given: Mapping[str, str] | None = None,
    remembered: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return target → header for the targets wanted that are there.

    ``given`` wins (and may name targets beyond those wanted), then ``remembered`` where its header is still there, then the known
    names. Raises SourceError naming the headers for a given header that is absent, a required target nobody knows, and a target
    that several headers could be.
    """
    given, remembered = given or {}, remembered or {}
    mapping, left_out = {}, {target for target, header in given.items() if not header}
    for target in dict.fromkeys([*given, *wanted, *required]):
        header = None if target in left_out else _header_of(target, headers, given, remembered)
        if header is not None:
            mapping[target] = header
    missing = [target for target in required if target not in mapping]
    if missing:
        names = ", ".join(missing)
        message = f"no column for {names}; there are: {_list(headers)}. Say which with --map {missing[0]}=HEADER"
        raise SourceError(message, zh=f"找不到字段 {names} 对应的列；现有列：{_list(headers)}。请用 --map {missing[0]}=表头 指明")
    return mapping


def apply_mapping(layer: SourceLayer, mapping: Mapping[str, str]) -> SourceLayer:
    """Return the layer with the targets as its only attributes, cleaned: codes as text without ``.0``, all text half-width.

    Numbers of columns that are no codes stay numbers. Codes that a spreadsheet has spoilt (rounded, leading zeros lost) become faults.
    """
    columns: dict[str, list[object]] = {}
    faults: list[Fault] = []
    for target, header in mapping.items():
        values = layer.attributes[header].tolist()
        if target in CODE_TARGETS:
            columns[target], found = _codes(values, target, layer)
            faults.extend(found)
        else:
            columns[target] = [value if isinstance(value, int | float) and value == value else clean_text(value) for value in values]  # noqa: PLR0124 - nan
    attributes = pd.DataFrame(columns, index=range(len(layer.numbers)), dtype=object)
    return dataclasses.replace(layer, attributes=attributes, faults=(*layer.faults, *faults))


def _header_of(target: str, headers: Sequence[str], given: Mapping[str, str], remembered: Mapping[str, str]) -> str | None:
    if target in given:
        found = _same(given[target], headers)
        if found is None:
            message = f"no column {given[target]!r} for {target}; there are: {_list(headers)}"
            raise SourceError(message, zh=f"没有列“{given[target]}”（字段 {target}）；现有列：{_list(headers)}")
        return found
    if target in remembered and (found := _same(remembered[target], headers)) is not None:
        return found
    keys = {header_key(name) for name in ALIASES.get(target, (target,))}
    matches = [header for header in headers if header_key(header) in keys]
    if len(matches) > 1:
        message = f"{target} could be any of {_list(matches)}; say which with --map {target}=HEADER"
        raise SourceError(message, zh=f"字段 {target} 可能是 {_list(matches)} 中任一列；请用 --map {target}=表头 指明")
    return matches[0] if matches else None


def _same(wanted: str, headers: Sequence[str]) -> str | None:
    if wanted in headers:
        return wanted
    return next((header for header in headers if header_key(header) == header_key(wanted)), None)


def _codes(values: Sequence[object], target: str, layer: SourceLayer) -> tuple[list[object], list[Fault]]:
    cleaned = [clean_code(value) for value in values]
    lengths = collections.Counter(len(code.text) for code in cleaned if code.text is not None)
    usual = max(lengths, key=lambda length: (lengths[length], length)) if lengths else 0
    faults = []
    for number, value, code in zip(layer.numbers.tolist(), values, cleaned, strict=True):
        reason = code.problem
        if reason is None and code.text is not None and len(code.text) < usual and _was_number(value) and lengths[usual] * 2 > len(values):
            reason = Words(
                f"{target} {code.text} has {len(code.text)} digits where most have {usual}: leading zeros lost?",
                zh=f"{code.text} 只有 {len(code.text)} 位，其余多为 {usual} 位，可能丢失前导零",
            )
        if reason is not None:
            faults.append(Fault(number, code.text, FaultKind.BAD_VALUE, reason, blocking=code.problem is not None))
    return [code.text for code in cleaned], faults


def _was_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _list(headers: Iterable[str]) -> str:
    return ", ".join(str(header) for header in headers)
