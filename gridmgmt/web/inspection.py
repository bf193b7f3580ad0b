"""The inspector's page: report on the spot, tasks nearby, what waits on the phone; and the lists it asks for."""

from __future__ import annotations

import dataclasses
import datetime

import shapely
from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from gridmgmt import crs
from gridmgmt.accounts.model import Scope
from gridmgmt.cases import frequent_store, list_store
from gridmgmt.cases.list_model import CaseFilter, CaseLine, CaseOrder
from gridmgmt.cases.model import CaseAction, CaseState
from gridmgmt.cases.workflow import TABLE
from gridmgmt.catalogue.model import ManagedKind
from gridmgmt.hierarchy import store as hierarchy_store
from gridmgmt.hierarchy.model import Area
from gridmgmt.maps import styles
from gridmgmt.web.answers import feature_collection, label, lonlat, lonlat_box, shape_feature
from gridmgmt.web.door import now, profile, session, today
from gridmgmt.web.guard import needs, principal
from gridmgmt.web.inspection_texts import inspection_texts
from gridmgmt.web.options import list_classes
from gridmgmt.web.params import number_of, query, text_of
from gridmgmt.web.security import keep_nothing
from gridmgmt.web.shells import Box, city_shell
from gridmgmt.web.texts import script_texts
from gridmgmt.web.words import clock, moment

pages = Blueprint("inspection", __name__)
pages.after_request(keep_nothing)  # the service worker keeps the lists, and forgets them at sign-out

TASKS_AT_ONCE = 200  # the nearest of them are shown first; who has more works off some and asks again
OWN_REPORTS, OWN_REPORTS_SINCE = 30, datetime.timedelta(days=30)
FREQUENT, FREQUENT_SINCE = 8, datetime.timedelta(days=14)
NEARBY_M, NEARBY_LIMIT = 50.0, 5  # a problem of the same class within this distance may be the same problem
# What an inspector is sent to do, and what can be said there.
TASK_ACTIONS = {
    CaseState.PENDING_VERIFICATION: (CaseAction.VERIFY, CaseAction.VERIFY_UNFOUNDED, CaseAction.HANDLE_ON_SPOT),
    CaseState.PENDING_CHECK: (CaseAction.CHECK_PASSED, CaseAction.REWORK),
}


@pages.get("/inspector")
@needs("report.inspect")
def get_page() -> ResponseReturnValue:
    """Show the page; it holds no cases, the lists come by their own addresses."""
    areas = _areas()
    data = {
        "me": principal().name,
        "incidentColor": styles.INCIDENT_COLOR,
        "texts": script_texts() | inspection_texts(),
        "labels": {action.value: label(action) for actions in TASK_ACTIONS.values() for action in actions}
        | {"note": label(CaseAction.NOTE)},
    }
    return render_template("inspector.html", city=profile(), shell=city_shell(_box(areas)), data=data, areas=areas, who=principal())


@pages.get("/api/inspector/area")
@needs("report.inspect")
def get_area() -> ResponseReturnValue:
    """Answer the areas of who asks as GeoJSON (EPSG:4326)."""
    return feature_collection(
        shape_feature(area.shape, {"code": area.code, "name": area.name}) for area in _areas() if area.shape is not None
    )


@pages.get("/api/inspector/tasks")
@needs("report.inspect")
def get_tasks() -> ResponseReturnValue:
    """Answer the cases in the asker's area that wait for a verification or a check, the oldest first, with what may be done."""
    states = tuple(state for state, actions in TASK_ACTIONS.items() if _allowed(state, actions))
    if not states:
        return {"tasks": [], "more": False}
    wanted = CaseFilter(states=states)
    area = dataclasses.replace(principal().scope, actor=None)  # what I reported elsewhere is for those who work there
    page = list_store.list_page(session(), area, wanted, now=now(), order=CaseOrder.OLDEST, limit=TASKS_AT_ONCE)
    return {"tasks": [_task(line) for line in page.lines], "more": page.next_cursor is not None}


@pages.get("/api/inspector/reports")
@needs("report.inspect")
def get_reports() -> ResponseReturnValue:
    """Answer what the asker reported in the last weeks, the newest first."""
    wanted = CaseFilter(opened_from=now() - OWN_REPORTS_SINCE)
    page = list_store.list_page(session(), Scope(actor=principal().name), wanted, now=now(), limit=OWN_REPORTS)
    return {"reports": [_line(line) for line in page.lines]}


@pages.get("/api/inspector/classes")
@needs("report.inspect")
def get_classes() -> ResponseReturnValue:
    """Answer the classes to choose from, and the keys of those that are frequent in the asker's area."""
    known = list_classes()
    since = now() - FREQUENT_SINCE
    frequent = frequent_store.list_frequent_classes(session(), principal().scope, since=since, limit=FREQUENT)
    return {
        "classes": [
            {"key": f"{entry.kind.value}:{entry.code}", "code": entry.code, "name": entry.name, "group": entry.major_name}
            for entry in sorted(known, key=lambda entry: (entry.kind is not ManagedKind.MATTER, entry.code))
        ],
        "frequent": [f"{kind}:{code}" for kind, code in frequent],
    }


@pages.get("/api/inspector/nearby")
@needs("report.inspect")
def get_nearby() -> ResponseReturnValue:
    """Answer open cases of ``class`` close to ``lon``, ``lat`` (in ``crs``), the nearest first: perhaps the same problem."""
    values = query()
    point = crs.to_storage(number_of(values, "lon"), number_of(values, "lat"), text_of(values, "crs"), profile())
    kind, _, code = text_of(values, "class").partition(":")
    near = list_store.list_near(
        session(), principal().scope, point, radius_m=NEARBY_M, now=now(), kind=kind or None, class_code=code or None, limit=NEARBY_LIMIT
    )
    return {"cases": [_line(entry.line) | {"distance_m": round(entry.distance_m)} for entry in near]}


def _allowed(state: CaseState, actions: tuple[CaseAction, ...]) -> list[CaseAction]:
    """Return those of the actions that the asker may do in a state."""
    return [action for action in actions if (rule := TABLE.get((state, action))) and rule.permission and principal().may(rule.permission)]


def _line(line: CaseLine) -> dict[str, object]:
    lon, lat = lonlat(line.x, line.y)
    shown = clock(line)
    return {
        "case_no": line.case_no, "state": line.state.value, "state_label": label(line.state), "version": line.version,
        "class_name": line.class_name, "description": line.description, "address": line.address, "lon": lon, "lat": lat,
        "opened": moment(line.opened_at), "clock": shown.text if line.due_at else None, "tone": shown.tone, "url": f"/cases/{line.case_no}",
    }  # fmt: skip


def _task(line: CaseLine) -> dict[str, object]:
    actions = [
        {"action": action.value, "reason": TABLE[line.state, action].reason} for action in _allowed(line.state, TASK_ACTIONS[line.state])
    ]
    return _line(line) | {"actions": actions}


def _areas() -> list[Area]:
    """Return the areas of the asker's scope as they are today."""
    found = (hierarchy_store.find_area(session(), level, code, on=today()) for level, code in principal().scope.areas)
    return [area for area in found if area is not None]


def _box(areas: list[Area]) -> Box | None:
    """Return a box around the areas in degrees to start the map with, None (the whole city) where there are none."""
    shapes = [area.shape for area in areas if area.shape is not None]
    return lonlat_box(shapely.total_bounds(shapes)) if shapes else None
