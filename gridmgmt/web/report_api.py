"""A report of somebody who is signed in, as the inspector's page and its offline queue send it."""

from __future__ import annotations

import datetime

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from gridmgmt.cases.act import act_on_case
from gridmgmt.cases.demands import LONGEST_REASON
from gridmgmt.cases.model import Case, CaseAction, IncidentReport, Origin, ReportSource
from gridmgmt.cases.report import Reported, report_incident
from gridmgmt.errors import InvalidInputError
from gridmgmt.web.door import now, profile, transaction
from gridmgmt.web.guard import needs, principal
from gridmgmt.web.json_body import Json, json_body, photos_of, plain_values, time_of
from gridmgmt.web.params import text_of
from gridmgmt.web.places import place_of

pages = Blueprint("report_api", __name__)

LONGEST_DESCRIPTION = 2000
LONGEST_ID = 100


@pages.post("/api/reports")
@needs("report.inspect")
def post_report() -> ResponseReturnValue:
    """Open a case for a report; the same ``client_request_id`` sent twice leads to the same case.

    ``reported_at`` and ``sent_at`` are times of the phone's clock, which may be wrong: only the span between them counts.
    """
    body = json_body()
    report, photos = _report(body), photos_of(body)
    with transaction() as opened:
        reported = report_incident(opened, report, profile=profile(), now=now(), actor=principal().name, photos=photos)
        if body.get("on_spot") is not None:
            _handle_on_spot(opened, reported.case, report, body["on_spot"])
    return _answer(reported)


def _answer(reported: Reported) -> ResponseReturnValue:
    case_no = reported.case.case_no
    return {"case_no": case_no, "repeated": reported.repeated, "url": f"/cases/{case_no}"}, 200 if reported.repeated else 201


def _report(body: Json) -> IncidentReport:
    values = plain_values(body)
    place = place_of(values)
    kind, _, code = text_of(values, "managed_class").partition(":")
    request_id = text_of(values, "client_request_id", longest=LONGEST_ID)
    if not request_id:
        raise InvalidInputError("client_request_id", "is missing", zh="缺少请求编号")
    address = " ".join(filter(None, (place.typed, text_of(values, "address"))))
    return IncidentReport(
        x=place.x, y=place.y, crs=place.crs, accuracy_m=place.accuracy_m, source=ReportSource.INSPECTOR, reported_at=_reported_at(body),
        kind=kind or None, class_code=code or None, description=text_of(values, "description", longest=LONGEST_DESCRIPTION),
        address=address or None, client_request_id=request_id,
    )  # fmt: skip


def _reported_at(body: Json) -> datetime.datetime:
    """Return when it was reported by our clock: as long ago as the phone says it was."""
    reported, sent = time_of(body, "reported_at"), time_of(body, "sent_at")
    if reported is None:
        return now()
    return now() - max(sent - reported, datetime.timedelta()) if sent else reported


def _handle_on_spot(opened: Session, case: Case, report: IncidentReport, said: Json) -> None:
    """Record that the inspector has dealt with it already, in the transaction of the report."""
    if not isinstance(said, dict):
        raise InvalidInputError("on_spot", "is not a JSON object", zh="现场处置内容格式有误")
    where = f"{report.x},{report.y} {report.crs}" + (f" ±{report.accuracy_m:.0f} m" if report.accuracy_m is not None else "")
    channel = "api" if request.authorization else "page"
    act_on_case(
        opened, case.case_no, CaseAction.HANDLE_ON_SPOT, actor=principal().name, now=now(), permissions=principal().permissions,
        reason=text_of(plain_values(said), "reason", longest=LONGEST_REASON), details={"photos": said["photos"]} if said.get("photos") else None,
        client_request_id=f"{report.client_request_id}-spot", origin=Origin(channel, request.remote_addr, where),
    )  # fmt: skip
