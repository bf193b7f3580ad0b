"""Rejected rows of a CSV too large for memory, written as they are met; what was written before an interruption is kept once."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from gridmgmt.errors import SourceError
from gridmgmt.ingest.reject_file import HEADER, safe_row
from gridmgmt.ingest.report_rows import RejectedRow


class RejectStream:
    """The file of rejected rows: field, reason and every cell of the row; made when the first is written."""

    def __init__(self, path: Path, headers: Sequence[str], pair: tuple[str, str], *, size: int) -> None:
        """Go on after ``size`` bytes, which were written for good; what stands behind them is cut off."""
        self.path, self.headers, self.size = path, tuple(headers), size
        self._places = [self.headers.index(name) for name in pair]
        self._file = None if size == 0 else self._open("r+b")

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def write(self, rejected: Sequence[RejectedRow], cells_of: Callable[[int], Sequence[str]]) -> int:
        """Write rows, for good when this returns; return the file's size in bytes."""
        if not rejected:
            return self.size
        lines = io.StringIO(newline="")
        writer = csv.writer(lines)
        if self._file is None:
            self._file = self._open("wb")
            lines.write("\ufeff")
            writer.writerow([*HEADER, *self.headers])
        for entry in rejected:
            cells = list(cells_of(entry.row))
            place = [cells[at] if at < len(cells) else "" for at in self._places]
            writer.writerow([entry.row, entry.zh, entry.row, entry.field, entry.reason, *safe_row(place), *safe_row(cells)])
        self._file.write(lines.getvalue().encode())
        self._file.flush()
        os.fsync(self._file.fileno())
        self.size = self._file.tell()
        return self.size

    def _open(self, mode: str) -> io.BufferedRandom | io.BufferedWriter:
        try:
            file = self.path.open(mode)
            file.seek(self.size)
            file.truncate()
        except OSError as error:
            message = f"the rejected rows cannot be written to {self.path} ({error.strerror}); name another file with --rejects"
            raise SourceError(message, zh=f"无法写入 {self.path}（{error.strerror}）；请用 --rejects 指定其他文件") from error
        return file  # type: ignore[return-value]  # the modes above are binary
