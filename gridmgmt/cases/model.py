"""Incident reports, cases and their steps."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from typing import Any

from gridmgmt.city.model import Level
from gridmgmt.labels import LabelledEnum


class ReportSource(LabelledEnum):
    """Who or what reported."""

    INSPECTOR = "inspector", "采集员上报", "Grid inspector"
    PUBLIC = "public", "市民随手拍", "Public app"
    HOTLINE = "hotline", "12319/12345 热线", "Hotline"
    VIDEO = "video", "视频智能识别", "Video"
    IMPORT = "import", "批量导入", "Import"


class CaseState(LabelledEnum):
    """State of a case; ``gridmgmt/cases/workflow.py`` says which action leads from which state to which."""

    REPORTED = "reported", "已上报", "Reported"
    PENDING_VERIFICATION = "pending_verification", "待核实", "Waiting for verification"
    UNFOUNDED = "unfounded", "核实不属实", "Found to be unfounded"
    PENDING_FILING = "pending_filing", "待立案", "Waiting for filing"
    PENDING_DISPATCH = "pending_dispatch", "待派遣", "Waiting for dispatch"
    RETURNED_TO_INTAKE = "returned_to_intake", "退回受理更正", "Returned to intake"
    RETURNED_TO_DISPATCH = "returned_to_dispatch", "退回派遣更正", "Returned to dispatch"
    PENDING_HANDLING = "pending_handling", "待接收", "Waiting for the unit"
    HANDLING = "handling", "处理中", "Being handled"
    PENDING_CONFIRMATION = "pending_confirmation", "待部门确认", "Waiting for the department"
    PENDING_CHECK = "pending_check", "待核查", "Waiting for the closure check"
    PENDING_CLOSING = "pending_closing", "待结案", "Waiting for closing"
    SUSPENDED = "suspended", "挂账", "Suspended"
    SPLIT = "split", "已拆分待子案", "Split, waiting for its parts"
    CLOSED = "closed", "已结案", "Closed"
    FORCE_CLOSED = "force_closed", "强制结案", "Closed by force"
    REFUSED = "refused", "不予立案", "Refused"
    VOIDED = "voided", "已作废", "Voided"
    MERGED = "merged", "已并案", "Merged"


class CaseAction(LabelledEnum):
    """What a step did."""

    REPORT = "report", "上报", "Report"
    ASSIGN = "assign", "自动归属", "Assignment"
    REQUEST_VERIFICATION = "request_verification", "派核实", "Ask for verification"
    VERIFY = "verify", "核实属实", "Verify as true"
    VERIFY_UNFOUNDED = "verify_unfounded", "核实不属实", "Verify as unfounded"
    HANDLE_ON_SPOT = "handle_on_spot", "自行处置", "Handle on the spot"
    FILE = "file", "立案", "File"
    REFUSE = "refuse", "不予立案", "Refuse"
    DISPATCH = "dispatch", "派遣", "Dispatch"
    DISPATCH_AGAIN = "dispatch_again", "维持原派遣", "Dispatch to the same unit again"
    RETURN_TO_INTAKE = "return_to_intake", "退回受理", "Return to intake"
    RETURN_TO_DISPATCH = "return_to_dispatch", "退回派遣", "Return to dispatch"
    CORRECT = "correct", "更正", "Correct"
    ACCEPT = "accept", "接收", "Accept"
    HANDLE = "handle", "处置反馈", "Report as handled"
    CONFIRM_HANDLED = "confirm_handled", "部门确认", "Confirm as handled"
    REJECT_HANDLED = "reject_handled", "部门退回重办", "Not handled, says the department"
    CHECK_PASSED = "check_passed", "核查通过", "Check passed"
    REWORK = "rework", "返工", "Rework"
    CLOSE = "close", "结案", "Close"
    FORCE_CLOSE = "force_close", "强制结案", "Close by force"
    VOID = "void", "作废", "Void"
    SUSPEND = "suspend", "挂账", "Suspend"
    RESUME = "resume", "恢复", "Resume"
    REQUEST_EXTENSION = "request_extension", "申请延期", "Ask for an extension"
    APPROVE_EXTENSION = "approve_extension", "批准延期", "Approve the extension"
    REJECT_EXTENSION = "reject_extension", "不予延期", "Reject the extension"
    SUPERVISE = "supervise", "督办", "Order of supervision"
    OVERRIDE_RESPONSIBILITY = "override_responsibility", "改派归属", "Set the responsibility by hand"
    REASSIGN = "reassign", "重新归属", "Reassignment"
    NOTE = "note", "补充", "Add evidence"
    SPLIT = "split", "拆分", "Split"
    SPLIT_OFF = "split_off", "拆分成案", "Split off"
    PARTS_DONE = "parts_done", "子案办结", "All parts are done"
    PARTS_DROPPED = "parts_dropped", "子案均未办理", "No part was handled"
    MERGE = "merge", "并案", "Merge"
    REQUEST_APPEAL = "request_appeal", "超时申诉", "Appeal against the timeout"
    SUPPORT_APPEAL = "support_appeal", "申诉审核同意", "Support the appeal"
    REJECT_APPEAL = "reject_appeal", "申诉审核驳回", "Reject the appeal"


class SuspensionPool(LabelledEnum):
    """Why a case is suspended on account (挂账): the pool of problems it waits in."""

    SEASON = "season", "季节性", "Bound to a season"
    ENGINEERING = "engineering", "工程性", "Needs engineering works"
    NO_OWNER = "no_owner", "无主", "Nobody owns it"


class UnitKind(LabelledEnum):
    """What kind of body a handling unit is."""

    DEPARTMENT = "department", "职能部门", "Department"
    STREET_OFFICE = "street_office", "街道办事处", "Street office"
    ROAD_CHIEF_TEAM = "road_chief_team", "路长团队", "Road chief's team"
    COORDINATION = "coordination", "区级统筹", "District coordination"
    COMPANY = "company", "养护单位", "Contractor"


@dataclasses.dataclass(frozen=True)
class HandlingUnit:
    """A unit that handles cases (处置单位); ``area`` is (level, code) of where it works, None for the whole city."""

    code: str
    name: str
    kind: UnitKind
    area: tuple[Level, str] | None = None


@dataclasses.dataclass(frozen=True)
class Origin:
    """From where somebody acted: channel (page, api, command …), network address, position in words."""

    channel: str | None = None
    ip: str | None = None
    position: str | None = None


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
    """A case (案卷): its assignment as it was made, its state, who has it in hand.

    ``version`` is the number of its newest step; ``unit_code`` the handling unit it was dispatched to, None before and after a return.
    ``limit_id`` is the version of the handling limit it was filed under; ``due_at`` when handling is due, None before it is dispatched
    and while the clock pauses in time; ``clock_stopped_at`` when it was handled.
    """

    id: int
    case_no: str
    state: CaseState
    version: int
    opened_at: datetime.datetime
    report_id: int
    kind: str | None
    class_code: str | None
    unit_code: str | None
    parent_id: int | None
    merged_into_id: int | None
    manual_override: bool
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
    limit_id: int | None = None
    due_at: datetime.datetime | None = None
    clock_stopped_at: datetime.datetime | None = None


@dataclasses.dataclass(frozen=True)
class CaseStep:
    """One step of a case (办理经过); steps are appended, never edited."""

    seq: int
    action: CaseAction
    from_state: CaseState | None
    to_state: CaseState
    at: datetime.datetime
    actor: str
    reason: str | None
    origin: Origin = dataclasses.field(default_factory=Origin)
    client_request_id: str | None = None
    details: Mapping[str, Any] = dataclasses.field(default_factory=dict)
