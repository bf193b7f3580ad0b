"""Cases of this morning on the desks of the demo staff, some in every state, so that whoever signs in finds something to do."""

from __future__ import annotations

import dataclasses
import datetime
import itertools
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from gridmgmt.cases import partition_store, store
from gridmgmt.cases.act import act_on_case
from gridmgmt.cases.model import CaseAction as A
from gridmgmt.cases.model import IncidentReport, ReportSource
from gridmgmt.cases.report import report_incident
from gridmgmt.catalogue.model import ManagedKind
from gridmgmt.city import store as city_store
from gridmgmt.demo import people_store
from gridmgmt.demo.people_store import Workplace

EARLIER, BETWEEN = datetime.timedelta(hours=2), datetime.timedelta(minutes=8)
# What is reported: class, words. All of them have one filing condition and are the street office's to handle.
PROBLEMS = (("09005", "店外经营，桌椅占了人行道"), ("09010", "共享单车和电动车堵住盲道"), ("09005", "水果店把货架摆到门外"))
TO_HANDLING = (A.FILE, A.DISPATCH, A.ACCEPT)
TO_CHECK = (*TO_HANDLING, A.HANDLE, A.CONFIRM_HANDLED)
# Who reported, and how far the case has come since; each line is one case.
WAYS: Sequence[tuple[ReportSource, tuple[A, ...]]] = (
    (ReportSource.PUBLIC, ()),
    (ReportSource.PUBLIC, ()),
    (ReportSource.INSPECTOR, ()),
    (ReportSource.PUBLIC, (A.REQUEST_VERIFICATION,)),
    (ReportSource.PUBLIC, (A.REQUEST_VERIFICATION,)),
    (ReportSource.PUBLIC, (A.REQUEST_VERIFICATION, A.VERIFY)),
    (ReportSource.HOTLINE, (A.REQUEST_VERIFICATION, A.VERIFY_UNFOUNDED)),
    (ReportSource.INSPECTOR, (A.FILE,)),
    (ReportSource.INSPECTOR, (A.FILE,)),
    (ReportSource.INSPECTOR, (A.FILE, A.DISPATCH)),
    (ReportSource.INSPECTOR, (A.FILE, A.DISPATCH)),
    (ReportSource.INSPECTOR, TO_HANDLING),
    (ReportSource.INSPECTOR, TO_HANDLING),
    (ReportSource.INSPECTOR, (*TO_HANDLING, A.REQUEST_EXTENSION, A.REQUEST_EXTENSION)),
    (ReportSource.INSPECTOR, (*TO_HANDLING, A.RETURN_TO_DISPATCH)),
    (ReportSource.INSPECTOR, (*TO_HANDLING, A.HANDLE)),
    (ReportSource.INSPECTOR, TO_CHECK),
    (ReportSource.INSPECTOR, TO_CHECK),
    (ReportSource.INSPECTOR, (*TO_CHECK, A.CHECK_PASSED)),
    (ReportSource.INSPECTOR, (A.FILE, A.SUSPEND)),
    (ReportSource.INSPECTOR, (A.FILE, A.SPLIT)),
    (ReportSource.HOTLINE, (A.REQUEST_VERIFICATION, A.VERIFY, A.FILE, A.DISPATCH, A.ACCEPT, A.SUPERVISE)),
)


@dataclasses.dataclass(frozen=True)
class Desk:
    """Who works where, and when the first of the cases came in."""

    place: Workplace
    began: datetime.datetime

    @property
    def unit(self) -> str:
        """Return the unit of the street office."""
        return f"JD-{self.place.office_code}"

    def actor(self, action: A) -> str:
        """Return the log-in name of who does a thing."""
        office, district, unit = self.place.office_code, self.place.district_code, self.unit.lower()
        names = {
            A.VERIFY: f"cjy-{office}", A.VERIFY_UNFOUNDED: f"cjy-{office}", A.DISPATCH: f"pqy-{district}", A.SUSPEND: f"pqy-{district}",
            A.SPLIT: f"pqy-{district}", A.SUPERVISE: f"jdy-{district}",
            A.CONFIRM_HANDLED: f"fzr-{unit}", A.CHECK_PASSED: f"hcy-{office}",
        }  # fmt: skip
        return names.get(action, f"czry-{unit}" if action in {A.ACCEPT, A.HANDLE, A.RETURN_TO_DISPATCH, A.REQUEST_EXTENSION} else "slzx-1")


def fill_desks(session: Session, *, now: datetime.datetime) -> int:
    """Report and work on the cases above at places of the staff's street office; return how many. Done again it opens none."""
    place = people_store.find_workplace(session)
    if place is None:
        return 0
    profile = city_store.get_profile(session)
    partition_store.ensure_months(session, partition_store.months_of([now.date()]))
    desk = Desk(place, now - EARLIER)
    points = people_store.list_points(session, place.office_code, limit=len(WAYS))
    reports = [
        IncidentReport(
            *point, f"epsg:{profile.storage_srid}", source, desk.began, kind=ManagedKind.MATTER.value, class_code=problem[0],
            description=problem[1], address=f"{place.office_name}（演示）", client_request_id=f"demo-desk-{number}",
        )
        for number, ((source, _), point, problem) in enumerate(zip(WAYS, points, itertools.cycle(PROBLEMS), strict=False), 1)
    ]  # fmt: skip
    if not reports or store.find_repeated(session, reports[0]) is not None:
        return 0
    for report, (source, actions) in zip(reports, WAYS, strict=False):
        by = f"cjy-{place.office_code}" if source is ReportSource.INSPECTOR else "public"
        made = report_incident(session, report, profile=profile, now=desk.began, actor=by)
        _work(session, desk, made.case.case_no, actions)
    return len(reports)


def _work(session: Session, desk: Desk, case_no: str, actions: Sequence[A]) -> None:
    for minute, action in enumerate(actions, 1):
        at = desk.began + minute * BETWEEN
        act_on_case(
            session, case_no, action, actor=desk.actor(action), now=at, reason=REASONS.get(action), details=_details(desk, action, minute)
        )  # fmt: skip


REASONS = {
    A.VERIFY_UNFOUNDED: "现场未见所述问题", A.HANDLE: "已劝离并清理，现场恢复", A.RETURN_TO_DISPATCH: "该路段由市管道路单位负责",
    A.REQUEST_EXTENSION: "商户不在场，需约谈后处理", A.SUSPEND: "涉及临街改造，待工程完工",
    A.SPLIT: "涉及两类问题，分开处置", A.SUPERVISE: "市民再次来电，请限时办结",
}  # fmt: skip


def _details(desk: Desk, action: A, minute: int) -> dict[str, Any]:
    later = desk.began + datetime.timedelta(days=2 + minute)
    given: dict[A, dict[str, Any]] = {
        A.FILE: {"condition_no": "1"}, A.DISPATCH: {"unit_code": desk.unit}, A.REQUEST_EXTENSION: {"until": later.isoformat()},
        A.SPLIT: {"parts": [{"note": "店外桌椅"}, {"note": "占道车辆"}]},
        A.SUSPEND: {"pool": "engineering", "review_on": (later + datetime.timedelta(days=30)).date().isoformat()},
    }  # fmt: skip
    return given.get(action, {})
