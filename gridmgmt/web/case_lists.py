"""Lists of cases: the queues of intake, dispatch, a unit and supervision, and the search over all one may see."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from gridmgmt.accounts import name_store
from gridmgmt.cases import list_store, review_store
from gridmgmt.cases.appeal import REVIEWERS
from gridmgmt.cases.list_model import CaseFilter, CaseLine, CaseOrder, CasePage, DueFilter
from gridmgmt.cases.model import CaseAction, CaseState, ReportSource, SuspensionPool
from gridmgmt.web.answers import lonlats
from gridmgmt.web.case_filter import count_of, order_of, wanted_of
from gridmgmt.web.door import now, profile, session, today
from gridmgmt.web.guard import needs, principal
from gridmgmt.web.options import unit_names
from gridmgmt.web.params import query, text_of
from gridmgmt.web.queues import CASES, DISPATCH, INTAKE, SUPERVISE, UNIT, Queue, actions_for_many
from gridmgmt.web.security import keep_nothing
from gridmgmt.web.shells import city_shell
from gridmgmt.web.texts import script_texts

pages = Blueprint("case_lists", __name__)
pages.after_request(keep_nothing)

PAGE = 50
APPEALS_SHOWN = datetime.timedelta(days=92)


@pages.get("/intake")
@needs(*INTAKE.permissions)
def get_intake() -> ResponseReturnValue:
    """Show what waits at the intake desk."""
    return _page(INTAKE)


@pages.get("/dispatch")
@needs(*DISPATCH.permissions)
def get_dispatch() -> ResponseReturnValue:
    """Show what waits for the dispatcher, and what is on its way."""
    return _page(DISPATCH)


@pages.get("/unit")
@needs(*UNIT.permissions)
def get_unit() -> ResponseReturnValue:
    """Show what a handling unit has in hand, the most urgent first."""
    return _page(UNIT)


@pages.get("/supervise")
@needs(*SUPERVISE.permissions)
def get_supervise() -> ResponseReturnValue:
    """Show what waits for a supervisor's word, and every open case, the most urgent first."""
    scope = principal().scope
    extensions = review_store.list_waiting_extensions(session(), scope)
    appeals = review_store.list_waiting_appeals(session(), scope, since=now() - APPEALS_SHOWN)
    return _page(
        SUPERVISE, "supervise.html", extensions=extensions, appeals=appeals, reviewers=REVIEWERS, today=today(),
        suspended=review_store.list_suspended(session(), scope),
        people=name_store.shown_names(session(), {entry.asked_by for entry in (*extensions, *appeals)}),
        unit_names=unit_names(),
    )  # fmt: skip


@pages.get("/cases")
@needs(*CASES.permissions)
def get_cases() -> ResponseReturnValue:
    """Search all cases the asker may see."""
    return _page(CASES)


def wanted_in(queue: Queue) -> CaseFilter:
    """Return the filter of the address within a queue."""
    return wanted_of(request.args, queue.states, unit_code=principal().unit_code if queue.own_unit else None)


def _page(queue: Queue, template: str = "case_list.html", **more: Any) -> ResponseReturnValue:  # noqa: ANN401 - what a template shows
    """Show a queue: counts by state, filters, one page of lines with the map of it, and what may be done to several at once."""
    wanted, order = wanted_in(queue), order_of(query(), queue.order)
    scope, moment = principal().scope, now()
    page = list_store.list_page(session(), scope, wanted, now=moment, order=order, after=text_of(query(), "after") or None, limit=PAGE)
    whole = wanted_of(_without_states(), queue.states, unit_code=principal().unit_code if queue.own_unit else None)
    counts = list_store.count_by_state(session(), scope, whole, now=moment) if queue.states else {}
    return render_template(
        template, city=profile(), queue=queue, page=page, order=order.value, orders=list(CaseOrder), counts=counts,
        filters=count_of(query()), due_filters=list(DueFilter), sources=list(ReportSource), all_states=queue.states or tuple(CaseState),
        shell=city_shell(), data={"texts": script_texts(), "lines": _pins(page.lines)}, **_bulk(page), **more,
    )  # fmt: skip


def _without_states() -> Any:  # noqa: ANN401 - the type of werkzeug's address values
    values = request.args.copy()
    values.pop("state", None)
    return values


def _bulk(page: CasePage) -> dict[str, Any]:
    states = frozenset(line.state for line in page.lines)
    actions = actions_for_many(states, principal().permissions)
    return {
        "bulk_actions": actions,
        "bulk_id": uuid.uuid4().hex,
        "pools": list(SuspensionPool),
        "dispatching": CaseAction.DISPATCH in actions,
    }


def _pins(lines: Sequence[CaseLine]) -> list[dict[str, Any]]:
    places = lonlats([(line.x, line.y) for line in lines])
    return [
        {"case_no": line.case_no, "lon": lon, "lat": lat, "late": bool(line.overdue), "title": line.class_name or line.case_no}
        for line, (lon, lat) in zip(lines, places, strict=True)
    ]
