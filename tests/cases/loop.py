"""A case of the toy city and short words for acting on it."""

from __future__ import annotations

import datetime
import itertools
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.cases import step_store, store
from gridmgmt.cases.act import act_on_case
from gridmgmt.cases.model import Case, CaseAction, CaseState, HandlingUnit, IncidentReport, ReportSource, UnitKind
from gridmgmt.cases.report import report_incident
from tests import toy_city

NOW = datetime.datetime(2026, 11, 2, 1, 30, tzinfo=datetime.UTC)
UNITS = (HandlingUnit("U1", "市政所", UnitKind.DEPARTMENT), HandlingUnit("U2", "西街道", UnitKind.STREET_OFFICE))
REASON = "理由"
PARTS = {"parts": [{"note": "清运垃圾"}, {"note": "修补路面"}]}
TO_FILED: tuple[CaseAction, ...] = (CaseAction.FILE,)
TO_HANDLING = (*TO_FILED, CaseAction.DISPATCH, CaseAction.ACCEPT)
TO_CHECK = (*TO_HANDLING, CaseAction.HANDLE, CaseAction.CONFIRM_HANDLED)
TO_CLOSED = (*TO_CHECK, CaseAction.CHECK_PASSED, CaseAction.CLOSE)
DETAILS: dict[CaseAction, dict[str, Any]] = {
    CaseAction.DISPATCH: {"unit_code": "U1"},
    CaseAction.SUSPEND: {"pool": "season", "review_on": "2027-03-01"},
    CaseAction.REQUEST_EXTENSION: {"until": "2026-11-09T18:00:00+08:00"},
    CaseAction.SPLIT: PARTS,
    CaseAction.OVERRIDE_RESPONSIBILITY: {"zone_code": "Z-E"},
}
_numbers = itertools.count(1)


def add_units(session: Session) -> None:
    """Store the two units of the toy city."""
    for unit in UNITS:
        step_store.put_unit(session, unit)


def open_case(session: Session, source: ReportSource = ReportSource.INSPECTOR, *, now: datetime.datetime = NOW) -> Case:
    """Open a case in the south-western grid."""
    x, y = toy_city.point(50, 70)
    report = IncidentReport(x, y, "epsg:4547", source, now, client_request_id=f"loop-{next(_numbers)}")
    return report_incident(session, report, profile=toy_city.PROFILE, now=now, actor="reporter").case


def act(session: Session, case: Case, action: CaseAction, **said: Any) -> Case:
    """Do one thing to a case, with a reason and the details it needs unless told otherwise; the actor is named after the action."""
    spoken: dict[str, Any] = {"actor": action.value, "now": NOW, "reason": REASON, "details": DETAILS.get(action)} | said
    done = act_on_case(session, case.case_no, action, **spoken)
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))  # what the end of the transaction would ask
    session.execute(text("SET CONSTRAINTS ALL DEFERRED"))
    return done


def bring(session: Session, *actions: CaseAction, source: ReportSource = ReportSource.INSPECTOR) -> Case:
    """Open a case and do one thing after the other to it."""
    add_units(session)
    case = open_case(session, source)
    for action in actions:
        case = act(session, case, action)
    return case


def current(session: Session, case: Case) -> Case:
    """Return a case as it is stored now."""
    found = store.find_case(session, case.case_no)
    assert found is not None
    return found[0]


def states(session: Session, case: Case) -> list[CaseState]:
    """Return the states a case went through."""
    return [step.to_state for step in store.list_steps(session, case.id)]
