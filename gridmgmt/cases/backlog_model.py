"""A backlog of reports (历史上报) on its way in: what a block of it holds, what is decided for all, how far it has come."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gridmgmt.cases.import_reports import RejectedReport
from gridmgmt.cases.model import ReportSource
from gridmgmt.city.model import CityProfile
from gridmgmt.copy_columns import Bytes
from gridmgmt.labels import LabelledEnum
from gridmgmt.responsibility.answer_days import Calendar

Words = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class ReportColumns(Protocol):
    """Reports of a block, one entry each: coordinates as given, microseconds since 1970, texts (pyarrow), and the class.

    ``class_at`` leads into ``class_keys``: (kind, code) or None. ``accuracy_m`` is nan, ``address`` null where there is none.
    """

    @property
    def numbers(self) -> Words:
        """Row numbers."""
        ...

    @property
    def x(self) -> Floats:
        """Longitude or easting."""
        ...

    @property
    def y(self) -> Floats:
        """Latitude or northing."""
        ...

    @property
    def at_us(self) -> Words:
        """When it was reported."""
        ...

    @property
    def source_ref(self) -> pa.Array:
        """Id in the source's system."""
        ...

    @property
    def description(self) -> pa.Array:
        """What was said."""
        ...

    @property
    def address(self) -> pa.Array:
        """Where, in words."""
        ...

    @property
    def accuracy_m(self) -> Floats:
        """Metres."""
        ...

    @property
    def class_at(self) -> Words:
        """Position of the class."""
        ...

    @property
    def class_keys(self) -> tuple[tuple[str, str] | None, ...]:
        """The classes met."""
        ...


@dataclasses.dataclass(frozen=True)
class Backlog:
    """What holds for every report of a run. ``codes`` leads from (kind, code or 2013 code) to the code of the city's catalogue."""

    run_id: int
    profile: CityProfile
    crs: str
    channel: ReportSource
    actor: str
    now: datetime.datetime
    codes: Mapping[tuple[str, str], str]
    calendar: Calendar


@dataclasses.dataclass(frozen=True)
class PackedRows:
    """Rows of one table of one month, as bytes of a COPY."""

    table: str
    month: int
    names: Sequence[str]
    pieces: Sequence[Bytes]


@dataclasses.dataclass(frozen=True)
class PreparedBlock:
    """A block that is ready to be written, and the rows that are not in it, by number: rejected, or left open for the statement."""

    rows: tuple[PackedRows, ...]
    taken: int
    rejected: tuple[RejectedReport, ...]
    left_open: tuple[int, ...] = ()


class RunState(LabelledEnum):
    """How far a run has come."""

    READING = "reading", "读入中", "Reading"
    PUBLISHING = "publishing", "入库中", "Publishing"
    DONE = "done", "已完成", "Done"


@dataclasses.dataclass(frozen=True)
class BacklogRun:
    """One run: which file, how it is read, and where it goes on; bytes and rows below ``next_`` are stored for good."""

    id: int
    file_name: str
    file_sha256: str
    settings: Mapping[str, Any]
    state: RunState
    next_byte: int
    next_number: int
    taken: int
    rejected: int
    repeated: int
    reject_bytes: int
    started_at: datetime.datetime
