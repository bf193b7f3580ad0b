"""Cases of the web tests' city at any place of their way, and short words for acting on them through the pages."""

from __future__ import annotations

import datetime
import itertools
import uuid
from collections.abc import Sequence
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from gridmgmt.cases import store
from gridmgmt.cases.act import act_on_case
from gridmgmt.cases.model import Case, CaseAction, CaseStep, IncidentReport, ReportSource
from gridmgmt.cases.report import report_incident
from gridmgmt.web.door import Door
from tests import toy_city
from tests.cases.loop import DETAILS, REASON
from tests.web.people import csrf_token

WEST, EAST = (50, 70), (150, 70)
FAR_OFF = {
    **DETAILS,
    CaseAction.REQUEST_EXTENSION: {"until": "2036-11-09T18:00:00+08:00"},
    CaseAction.SUSPEND: {"pool": "season", "review_on": "2036-03-01"},
}
_numbers = itertools.count(1)


def door_of(app: Flask) -> Door:
    """Return the door of an application."""
    door = app.extensions["door"]
    assert isinstance(door, Door)
    return door


def bring(
    app: Flask, *actions: CaseAction, at: tuple[float, float] = WEST, source: ReportSource = ReportSource.INSPECTOR,
    class_code: str | None = "06010", description: str = "路边有垃圾",
) -> Case:  # fmt: skip
    """Open a case at a point of the drawing and do one thing after the other to it, each by somebody named after the action."""
    with door_of(app).sessions.begin() as session:
        case = _open(session, at, source, class_code, description)
        for action in actions:
            case = act_on_case(session, case.case_no, action, actor=action.value, now=now(), reason=REASON, details=FAR_OFF.get(action))
    return case


def _open(session: Session, at: tuple[float, float], source: ReportSource, class_code: str | None, description: str) -> Case:
    x, y = toy_city.point(*at)
    report = IncidentReport(
        x, y, "epsg:4547", source, now(), kind="matter" if class_code else None, class_code=class_code, description=description,
        client_request_id=f"desk-{next(_numbers)}-{uuid.uuid4().hex[:8]}",
    )  # fmt: skip
    return report_incident(session, report, profile=toy_city.PROFILE, now=now(), actor="reporter").case


def now() -> datetime.datetime:
    """Return the time."""
    return datetime.datetime.now(datetime.UTC)


def stored(app: Flask, case_no: str) -> tuple[Case, Sequence[CaseStep]]:
    """Return a case and its steps as they are stored."""
    with door_of(app).sessions() as session:
        found = store.find_case(session, case_no)
        assert found is not None
        return found[0], store.list_steps(session, found[0].id)


def act(client: FlaskClient, case: Case, action: CaseAction, **said: Any) -> TestResponse:
    """Act through the JSON address, as a page's script does."""
    body = {"action": action.value, "reason": REASON, "details": FAR_OFF.get(action), "expected_version": None} | said
    return client.post(f"/api/cases/{case.case_no}/act", json=body, headers={"X-CSRF-Token": csrf_token(client)})


def send(client: FlaskClient, case: Case, action: CaseAction, **fields: Any) -> TestResponse:
    """Act through the form of the case's page."""
    values = {"csrf_token": csrf_token(client), "action": action.value, "reason": REASON} | fields
    return client.post(f"/cases/{case.case_no}/act", data=values)
