"""A CSV too large for memory, block by block: which bytes, which rows, and the cells as columns of text."""

from __future__ import annotations

import codecs
import csv
import dataclasses
import gzip
import hashlib
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pa_csv
from numba import njit

from gridmgmt.errors import SourceError
from gridmgmt.ingest.encoding import ASCII_END, GB18030, GUESSED_NOTE, TELLING_BYTES, UTF8, known_encoding, wrong_encoding
from gridmgmt.ingest.table_header import find_header, header_names
from gridmgmt.ingest.table_rows import EXCEL_MAGIC, OLD_EXCEL_MAGIC, guess_delimiter
from gridmgmt.labels import Words

BLOCK = 8 * 2**20  # bytes read at a time
HEAD = 2**18
LONGEST_RECORD = 8 * BLOCK
QUOTE, NEWLINE = 34, 10
NO_CSV = (EXCEL_MAGIC, OLD_EXCEL_MAGIC, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclasses.dataclass(frozen=True)
class CsvHead:
    """What is known of a CSV before its rows: headers, ``first_byte`` of the rows below them, SHA-256 and size of the (unpacked) bytes."""

    path: Path
    headers: tuple[str, ...]
    header_row: int
    delimiter: str
    encoding: str
    first_byte: int
    digest: str
    size: int
    notes: tuple[Words, ...] = ()


@dataclasses.dataclass(frozen=True)
class CsvBlock:
    """Rows of a CSV: ``numbers`` below the header of those in ``columns``, the ``odd`` ones with more or fewer cells than headers.

    ``next_byte`` and ``next_number`` are where the next block begins.
    """

    columns: pa.Table
    numbers: npt.NDArray[np.int64]
    odd: dict[int, list[str]]
    next_byte: int
    next_number: int


def survey(path: Path, *, encoding: str | None = None) -> CsvHead | None:
    """Look a CSV through once; None for a file that cannot be read in blocks (a workbook, a layer, UTF-16, another line end).

    Raises SourceError as ``read_table`` does: for an encoding that is wrong, and where there is no header.
    """
    with _open(path) as file:
        start = file.read(HEAD)
        if not path.name.lower().endswith((".csv", ".txt", ".csv.gz")) or start.startswith(NO_CSV) or b"\n" not in start:
            return None
        digest, size, found = _read_through(path, file, start, encoding)
    text = start[: start.rfind(b"\n") + 1].decode(found).removeprefix("\ufeff")
    delimiter = guess_delimiter(text)
    if not delimiter.isascii() or (delimiter == "|" and found != UTF8):  # no byte of its own
        return None
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    rows, lines = [], []
    for row in reader:
        rows.append([cell or None for cell in row])
        lines.append(reader.line_num)
    at = find_header(rows)
    first_byte = len(b"".join(start.splitlines(keepends=True)[: lines[at]]))
    notes = (GUESSED_NOTE,) if found == GB18030 and encoding is None else ()
    return CsvHead(path, tuple(header_names(rows[at])), at + 1, delimiter, found, first_byte, digest, size, notes)


def read_blocks(head: CsvHead, *, at: int | None = None, number: int = 1) -> Iterator[CsvBlock]:
    """Yield the rows from a byte on (where a row begins, the first unless told), the first of them having that number."""
    begin = head.first_byte if at is None else at
    with _open(head.path) as file:
        file.seek(begin)
        rest = b""
        while True:
            read = file.read(BLOCK)
            data = rest + read
            end = _whole_records(np.frombuffer(data, np.uint8), ord(head.delimiter)) if read else len(data)
            if not end and len(data) > LONGEST_RECORD:
                message = f"{head.path.name}: a quote is opened and never closed after row {number - 1}"
                raise SourceError(message, zh=f"{head.path.name}：第 {number - 1} 行之后有未闭合的引号")
            if end:
                begin += end
                block = _parse(data[:end], head, number, begin)
                number = block.next_number
                yield block
            rest = data[end:]
            if not read:
                return


def _open(path: Path) -> IO[bytes]:
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]  # it reads bytes as any file does


def _read_through(path: Path, file: IO[bytes], start: bytes, declared: str | None) -> tuple[str, int, str]:
    """Return digest, size and encoding of a file whose beginning was read; raise SourceError where no encoding fits."""
    named = known_encoding(declared, path) if declared else None
    wanted = list(dict.fromkeys(name for name in (named, UTF8, GB18030) if name))
    decoders = {name: codecs.getincrementaldecoder(name)() for name in wanted}
    digest, size, telling, data = hashlib.sha256(), 0, 0, start
    while True:
        if b"\0" in data:
            message = f"{path.name} holds bytes of value 0, which no text has; save it as UTF-8"
            raise SourceError(message, zh=f"{path.name} 含有空字节，不是文本；请另存为 UTF-8")
        digest.update(data)
        size += len(data)
        if telling < TELLING_BYTES:
            telling += sum(byte > ASCII_END for byte in data[:HEAD])
        for name in list(decoders):
            try:
                decoders[name].decode(data, final=not data)
            except UnicodeDecodeError:
                del decoders[name]
        if not data:
            break
        data = file.read(2**20)
    return digest.hexdigest(), size, _fitting(path, declared, named, list(decoders), start if telling >= TELLING_BYTES else b"")


def _fitting(path: Path, declared: str | None, named: str | None, fitting: Sequence[str], telling: bytes) -> str:
    """Return the encoding of a file that ``fitting`` ones decode; ``telling`` is its beginning where that is surely no plain ASCII."""
    if declared is not None and named is not None:
        lies = named not in {UTF8, "ascii"} and UTF8 in fitting and telling
        if named not in fitting or lies:
            raise wrong_encoding(path, declared, "its text", [telling[: telling.rfind(b"\n") + 1]])
        return named
    if not fitting:
        message = f"{path.name}: the text is neither UTF-8 nor GB18030; declare its encoding"
        raise SourceError(message, zh=f"{path.name}：文字既不是 UTF-8 也不是 GB18030，请声明编码")
    return UTF8 if UTF8 in fitting else fitting[0]


@njit(cache=True, nogil=True)
def _whole_records(data: npt.NDArray[np.uint8], delimiter: int) -> int:
    """Return how many bytes are whole records, told as ``csv.reader`` tells them: a quote counts where a cell begins, or inside one."""
    begins, bare, quoted, closing = 0, 1, 2, 3
    state, end = begins, 0
    for at in range(len(data)):
        byte = data[at]
        if state == quoted:
            state = closing if byte == QUOTE else quoted
        elif byte == QUOTE and state != bare:
            state = quoted
        elif byte == NEWLINE:
            state, end = begins, at + 1
        else:
            state = begins if byte == delimiter else bare
    return end


def _parse(data: bytes, head: CsvHead, number: int, next_byte: int) -> CsvBlock:
    if head.encoding != UTF8:
        data = data.decode(head.encoding).encode()
    names = list(head.headers)
    odd: list[int] = []

    def skip(row: pa_csv.InvalidRow) -> str:
        odd.append(row.actual_columns)
        return "skip"

    columns = pa_csv.read_csv(
        pa.BufferReader(data),
        read_options=pa_csv.ReadOptions(column_names=names, use_threads=False, block_size=len(data) + 1),
        parse_options=pa_csv.ParseOptions(
            delimiter=head.delimiter, ignore_empty_lines=False, newlines_in_values=True, invalid_row_handler=skip
        ),
        convert_options=pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
    )
    if odd:
        return _parse_slowly(data, head, number, next_byte)
    count = columns.num_rows
    return CsvBlock(columns.combine_chunks(), np.arange(number, number + count), {}, next_byte, number + count)


def _parse_slowly(data: bytes, head: CsvHead, number: int, next_byte: int) -> CsvBlock:
    """Read a block that holds rows with more or fewer cells than headers: the quick reader does not say for sure which they are."""
    width = len(head.headers)
    rows = [row or [""] * width for row in csv.reader(io.StringIO(data.decode(), newline=""), delimiter=head.delimiter)]
    odd = {number + at: row for at, row in enumerate(rows) if len(row) != width}
    good = [row for row in rows if len(row) == width]
    cells = zip(*good, strict=True) if good else [()] * width
    columns = pa.table({name: pa.array(values, pa.string()) for name, values in zip(head.headers, cells, strict=True)})
    numbers = np.array([number + at for at in range(len(rows)) if number + at not in odd], np.int64)
    return CsvBlock(columns, numbers, odd, next_byte, number + len(rows))
