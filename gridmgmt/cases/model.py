"""Incident reports, cases and their steps."""

from __future__ import annotations

import dataclasses
import datetime

from gridmgmt.labels import LabelledEnum


class ReportSource(LabelledEnum):
    """Who or what reported."""

    INSPECTOR = "inspector", "采集员上报", "Grid inspector"
    PUBLIC = "public", "市民随手拍", "Public app"
    HOTLINE = "hotline", "12319/12345 热线", "Hotline"
    VIDEO = "video", "视频智能识别", "Video"
    IMPORT = "import", "批量导入", "Import"


class CaseState(LabelledEnum):
    """State of a case; the loop after ``reported`` belongs to the case workflow."""

    REPORTED = "reported", "已上报", "Reported"


class CaseAction(LabelledEnum):
    """What a step did."""

    REPORT = "report", "上报", "Report"
    ASSIGN = "assign", "自动归属", "Assignment"


@dataclasses.dataclass(frozen=True)
class IncidentReport:
    """What somebody reported, as received (问题上报).

    ``x``/``y`` are as given, longitude first for geographic systems, in ``crs`` (a name ``gridmgmt.crs`` accepts).
    ``source_ref`` is the id in the source's own system; (source, source_ref) and ``client_request_id`` make repeats harmless.
    """

    x: float
    y: float
    crs: str
    source: ReportSource
    reported_at: datetime.datetime
    accuracy_m: float | None = None
    kind: str | None = None
    class_code: str | None = None
    description: str = ""
    address: str | None = None
    source_ref: str | None = None
    client_request_id: str | None = None


@dataclasses.dataclass(frozen=True)
class Case:
    """A case (案卷) with its assignment as it was made."""

    id: int
    case_no: str
    state: CaseState
    opened_at: datetime.datetime
    report_id: int
    basis: str
    edition_id: int | None
    district_code: str | None
    street_office_code: str | None
    community_code: str | None
    unit_grid_code: str | None
    shared_with: tuple[str, ...]
    border_distance_m: float | None
    segment_code: str | None
    segment_distance_m: float | None
    zone_code: str | None
    appointment_id: int | None
    person_id: int | None


@dataclasses.dataclass(frozen=True)
class CaseStep:
    """One step of a case (办理经过); steps are appended, never edited."""

    seq: int
    action: CaseAction
    from_state: str | None
    to_state: str
    at: datetime.datetime
    actor: str
    reason: str | None
