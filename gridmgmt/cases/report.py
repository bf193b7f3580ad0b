"""Report an incident: from what somebody sent to an opened, assigned case (上报)."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence

from sqlalchemy.orm import Session

from gridmgmt import crs
from gridmgmt.cases import store
from gridmgmt.cases.announce import announce_report
from gridmgmt.cases.contact_model import Contact
from gridmgmt.cases.contact_store import add_contact
from gridmgmt.cases.model import Case, IncidentReport
from gridmgmt.cases.photo_model import GivenPhoto
from gridmgmt.cases.photo_store import bind_photos
from gridmgmt.catalogue import store as catalogue_store
from gridmgmt.catalogue.model import ManagedKind
from gridmgmt.city.model import CityProfile
from gridmgmt.errors import ConflictError, InvalidInputError
from gridmgmt.responsibility.model import Responsibility
from gridmgmt.responsibility.store import resolve_responsibility

CLOCK_TOLERANCE = datetime.timedelta(minutes=10)  # phones run fast; a report from tomorrow is a mistake
LONGEST_TEXT = 2000


@dataclasses.dataclass(frozen=True)
class Reported:
    """The case a report led to; ``repeated`` when the same request had been received before."""

    case: Case
    repeated: bool


def report_incident(
    session: Session, report: IncidentReport, *, profile: CityProfile, now: datetime.datetime, actor: str,
    photos: Sequence[GivenPhoto] = (), contact: Contact | None = None,
) -> Reported:  # fmt: skip
    """Open and assign a case for one report, with its photos and how to reach who made it; the same request sent twice gives the same case.

    Raises InvalidInputError (field named), OutsideCityError for a point outside the envelope, ConflictError when a known request id
    comes with other contents. A point in no unit grid is accepted: its case says so and waits for the dispatcher.
    """
    report = check_report(report, now=now)
    earlier = store.find_repeated(session, report)
    if earlier is not None:
        return _repeat(earlier, report)
    report = with_known_class(session, report, profile=profile)
    point, found = preview_report(session, report, profile=profile)
    case_day = profile.day_of(now)
    stored = store.stored_point(point, profile.storage_srid)
    report_id = store.claim_id(session, report, month=case_day.year * 100 + case_day.month)
    if report_id is None:  # another request with the same id was faster
        earlier = store.find_repeated(session, report)
        if earlier is None:
            message = "the same report is being received at this moment; try again"
            raise ConflictError(message, zh="同一上报正在处理，请稍后再试")
        return _repeat(earlier, report)
    case = store.add_case(session, report_id, report, found, point=stored, case_day=case_day, opened_at=now, actor=actor)
    bind_photos(session, case.id, 1, photos, now=now)
    if contact is not None:
        add_contact(session, report_id, contact)
    announce_report(session, case, actor=actor)
    return Reported(case, repeated=False)


def preview_report(session: Session, report: IncidentReport, *, profile: CityProfile) -> tuple[tuple[float, float], Responsibility]:
    """Return the stored point (metres, storage CRS) and who would answer for it; nothing is written."""
    point = crs.to_storage(report.x, report.y, report.crs, profile)
    day = profile.day_of(report.reported_at)
    class_key = f"{report.kind}:{report.class_code}" if report.class_code else None
    return point, resolve_responsibility(session, point, on=day, class_key=class_key)


def with_known_class(session: Session, report: IncidentReport, *, profile: CityProfile) -> IncidentReport:
    """Return the report with its class code as the city's standard spells it; raise InvalidInputError for one it does not know."""
    if report.kind is None or report.class_code is None:
        return report
    kind = ManagedKind(report.kind)
    known = catalogue_store.find_class(session, profile.catalogue_standard, kind, report.class_code)
    if known is None:
        reason = f"{report.kind} {report.class_code} is not in {profile.catalogue_standard}"
        raise InvalidInputError("class_code", reason, zh=f"{profile.catalogue_standard} 中没有{kind.zh}编码 {report.class_code}")
    return dataclasses.replace(report, class_code=known.code)


def check_report(report: IncidentReport, *, now: datetime.datetime) -> IncidentReport:
    """Return the report with its CRS spelt the one way; raise InvalidInputError for what cannot be meant."""
    if report.reported_at.tzinfo is None:
        raise InvalidInputError("reported_at", "has no time zone", zh="时间缺少时区")
    if report.reported_at > now + CLOCK_TOLERANCE:
        raise InvalidInputError("reported_at", f"{report.reported_at.isoformat()} lies in the future", zh="上报时间晚于当前时间")
    if report.accuracy_m is not None and not report.accuracy_m >= 0:
        raise InvalidInputError("accuracy_m", f"{report.accuracy_m} is not a distance", zh="定位精度不是有效距离")
    if len(report.description) > LONGEST_TEXT:
        raise InvalidInputError("description", f"is longer than {LONGEST_TEXT} characters", zh=f"超过 {LONGEST_TEXT} 字")
    if (report.kind is None) != (report.class_code is None) or (report.kind is not None and report.kind not in set(ManagedKind)):
        raise InvalidInputError(
            "class_code", "kind (component or matter) and class code go together", zh="类别（部件或事项）与编码须同时填写"
        )
    return dataclasses.replace(report, crs=crs.parse_crs(report.crs))


def _repeat(earlier: tuple[IncidentReport, Case], report: IncidentReport) -> Reported:
    known, case = earlier
    if (known.x, known.y, known.crs, known.description) != (report.x, report.y, report.crs, report.description):
        message = f"this request was received before with other contents, as case {case.case_no}"
        raise ConflictError(message, zh=f"该上报已受理（案卷号 {case.case_no}），但内容不同；如为新问题请重新上报")
    return Reported(case, repeated=True)
