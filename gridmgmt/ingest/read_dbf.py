"""The attribute table of a shapefile (dBASE), read here so that one bad text never costs the rest and encodings are checked strictly.

Layout: 32-byte header (record count at 4, header length at 8, record length at 10, language driver at 29), 32 bytes a field, 0x0D, records.
"""

from __future__ import annotations

import codecs
import dataclasses
import struct
from pathlib import Path

import pandas as pd

from gridmgmt.errors import SourceError
from gridmgmt.ingest.encoding import GB18030, guess_encoding, is_surely_utf8, known_encoding, wrong_encoding
from gridmgmt.ingest.layer import Fault, FaultKind
from gridmgmt.labels import Words

# Language drivers that say something; 0x57 ("ANSI") and 0x03 (Windows Latin) are written over Chinese text by habit and say nothing.
LANGUAGE_DRIVERS = {0x4D: GB18030, 0x7A: GB18030, 0x4F: "cp950", 0x78: "cp950", 0x4E: "cp949", 0x79: "cp949", 0x13: "cp932", 0x7B: "cp932"}
DELETED = b"*"
TRUE_MARKS, FALSE_MARKS = b"TtYy", b"FfNn"


@dataclasses.dataclass(frozen=True)
class _Field:
    name: bytes
    kind: str
    start: int
    width: int


@dataclasses.dataclass(frozen=True)
class DbfTable:
    """Rows by record number (from 0; deleted records are left out), faults numbered by record + 1."""

    rows: pd.DataFrame
    faults: tuple[Fault, ...]
    notes: tuple[Words, ...]


def read_dbf(path: Path, *, declared: str | None, cpg: str | None) -> DbfTable:
    """Read a dBASE table; encoding: declared by the user, else .cpg, else the language driver, else UTF-8, else GB18030 guessed.

    Raises SourceError for a broken header and for a declared encoding that does not fit the text.
    """
    data = path.read_bytes()
    fields, records = _header(data, path)
    texts = [(number, field, _cell(record, field)) for number, record in records for field in fields if field.kind == "C"]
    encoding, notes = _encoding(path, data[29], (declared, cpg), fields, [*((0, field, field.name) for field in fields), *texts])
    faults = [
        Fault(
            number + 1,
            None,
            FaultKind.BAD_VALUE,
            _cut_words(_text(field.name, encoding)),
            blocking=False,
        )
        for number, field, cell in texts
        if _is_cut(cell, encoding)
    ]
    columns = {_text(field.name, encoding): [_value(_cell(record, field), field, encoding) for _, record in records] for field in fields}
    rows = pd.DataFrame(columns, index=[number for number, _ in records], dtype=object)
    return DbfTable(rows, tuple(faults), notes)


def _cut_words(field: str) -> Words:
    return Words(f"text of {field} was cut in the middle of a character", zh=f"字段 {field} 的文字在半个汉字处被截断")


def _header(data: bytes, path: Path) -> tuple[list[_Field], list[tuple[int, bytes]]]:
    try:
        count, header_length, record_length = struct.unpack_from("<IHH", data, 4)
        fields, at, start = [], 32, 1
        while at + 32 <= header_length and data[at] != 0x0D:  # noqa: PLR2004 - the end mark
            name, kind, width = struct.unpack_from("<11sc4xB", data, at)
            fields.append(_Field(name.split(b"\0")[0], kind.decode("latin-1"), start, width))
            at, start = at + 32, start + width
    except (struct.error, IndexError):
        message = f"{path.name} is no dBASE table"
        raise SourceError(message, zh=f"{path.name} 不是有效的 dbf 属性表") from None
    starts = range(header_length, header_length + count * record_length, max(record_length, 1))
    records = [(number, data[at : at + record_length]) for number, at in enumerate(starts)]
    return fields, [(number, record) for number, record in records if record and record[:1] != DELETED]


def _cell(record: bytes, field: _Field) -> bytes:
    return record[field.start : field.start + field.width].rstrip(b"\0").strip(b" ")


def _encoding(
    path: Path, driver: int, claims: tuple[str | None, str | None], fields: list[_Field], texts: list[tuple[int, _Field, bytes]]
) -> tuple[str, tuple[Words, ...]]:
    declared, cpg = claims
    claim = declared or cpg
    label = declared or f"{cpg} (.cpg)"
    if claim is not None:
        encoding = known_encoding(claim, path)
        if is_surely_utf8([_whole(cell) for _, _, cell in texts], encoding):
            raise wrong_encoding(path, label, "its text", [_whole(cell) for _, _, cell in texts])
        bad = next(((number, field) for number, field, cell in texts if not _decodes(cell, encoding)), None)
        if bad is not None:
            place = f"field {fields.index(bad[1]) + 1} of feature {bad[0] + 1}"
            raise wrong_encoding(path, label, place, [_whole(cell) for _, _, cell in texts])
        return encoding, ()
    by_driver = LANGUAGE_DRIVERS.get(driver)
    if by_driver and all(_decodes(cell, by_driver) for _, _, cell in texts):
        return by_driver, ()
    return guess_encoding([_whole(cell) for _, _, cell in texts], path)


def _whole(cell: bytes) -> bytes:
    """Drop the bytes of a last character that a fixed field width cut, if the text then is UTF-8; GB18030 is left as it is."""
    try:
        return codecs.getincrementaldecoder("utf-8")("strict").decode(cell).encode()
    except UnicodeDecodeError:
        try:
            return codecs.getincrementaldecoder(GB18030)("strict").decode(cell).encode(GB18030)
        except UnicodeError:
            return cell


def _decodes(cell: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(cell)
    except UnicodeDecodeError:
        return False
    return True


def _is_cut(cell: bytes, encoding: str) -> bool:
    try:
        cell.decode(encoding)
    except UnicodeDecodeError:
        return True
    return False


def _text(cell: bytes, encoding: str) -> str:
    return codecs.getincrementaldecoder(encoding)("strict").decode(cell).strip()


def _value(cell: bytes, field: _Field, encoding: str) -> object:
    if not cell or (field.kind != "C" and not cell.strip(b"*")):
        return None
    if field.kind in "NF":
        return _number(cell)
    if field.kind == "L":
        return True if cell in TRUE_MARKS else False if cell in FALSE_MARKS else None
    text = _text(cell, encoding)
    if field.kind == "D" and len(text) == 8 and text.isdecimal():  # noqa: PLR2004 - YYYYMMDD
        return f"{text[:4]}-{text[4:6]}-{text[6:]}" if text != "00000000" else None
    return text or None


def _number(cell: bytes) -> object:
    text = cell.decode("latin-1").strip()
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return text
