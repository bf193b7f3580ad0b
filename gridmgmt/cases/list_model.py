"""What a list of cases is asked for and what it shows (案卷列表)."""

from __future__ import annotations

import dataclasses
import datetime

from gridmgmt.cases.model import CaseState, ReportSource
from gridmgmt.labels import LabelledEnum

SOON = datetime.timedelta(hours=4)  # half a working day: the unit can still act on it today


class DueFilter(LabelledEnum):
    """How an open case stands with its clock."""

    OVERDUE = "overdue", "已超期", "Overdue"
    SOON = "soon", "即将到期", "Due soon"


class CaseOrder(LabelledEnum):
    """What a list begins with."""

    NEWEST = "newest", "最新", "Newest first"
    OLDEST = "oldest", "最早", "Oldest first"
    DUE = "due", "到期时间", "Most urgent first"


@dataclasses.dataclass(frozen=True)
class CaseFilter:
    """Which cases are wanted: those that agree with everything that is given.

    ``opened_from`` is inclusive, ``opened_to`` exclusive. ``text`` is looked for in number, description and address; without open
    states it is looked for among the cases opened since ``opened_from`` or in the last three months. ``bbox`` is west, south, east,
    north in the storage CRS.
    """

    states: tuple[CaseState, ...] = ()
    kind: str | None = None
    class_code: str | None = None
    district_code: str | None = None
    street_office_code: str | None = None
    community_code: str | None = None
    unit_grid_code: str | None = None
    unit_code: str | None = None
    person_id: int | None = None
    zone_code: str | None = None
    segment_code: str | None = None
    source: ReportSource | None = None
    due: DueFilter | None = None
    opened_from: datetime.datetime | None = None
    opened_to: datetime.datetime | None = None
    text: str = ""
    bbox: tuple[float, float, float, float] | None = None


EVERY_CASE = CaseFilter()


@dataclasses.dataclass(frozen=True)
class CaseLine:
    """One case as a list shows it; ``x`` and ``y`` are in the storage CRS.

    ``overdue`` says whether the limit was passed before the clock stopped, or has been by now; None for a case without a limit.
    """

    id: int
    case_no: str
    state: CaseState
    version: int
    kind: str | None
    class_code: str | None
    class_name: str | None
    unit_code: str | None
    unit_name: str | None
    description: str
    address: str | None
    x: float
    y: float
    source: ReportSource
    reported_at: datetime.datetime
    opened_at: datetime.datetime
    due_at: datetime.datetime | None
    clock_stopped_at: datetime.datetime | None
    overdue: bool | None
    district_code: str | None
    street_office_code: str | None
    community_code: str | None
    unit_grid_code: str | None
    zone_code: str | None
    segment_code: str | None
    person_id: int | None
    parent_id: int | None
    merged_into_id: int | None


@dataclasses.dataclass(frozen=True)
class CasePage:
    """One page of a list; ``next_cursor`` goes back in as ``after``, None at the end."""

    lines: tuple[CaseLine, ...]
    next_cursor: str | None


@dataclasses.dataclass(frozen=True)
class NearbyCase:
    """An open case near a point, with its distance in metres."""

    line: CaseLine
    distance_m: float
