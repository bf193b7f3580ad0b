"""Do one thing to several cases of a list: each in a transaction of its own, each with its own answer."""

from __future__ import annotations

import dataclasses

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from gridmgmt.cases.model import CaseState
from gridmgmt.errors import GridError, InvalidInputError
from gridmgmt.web import language
from gridmgmt.web.act import act
from gridmgmt.web.act_request import Act, act_of_form
from gridmgmt.web.door import profile, session
from gridmgmt.web.guard import needs
from gridmgmt.web.params import text_of
from gridmgmt.web.queues import FOR_MANY, QUEUES
from gridmgmt.web.words import in_city_time

pages = Blueprint("bulk", __name__)

MOST = 200


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of one case: its state now, or the sentence that says why nothing was done."""

    case_no: str
    state: CaseState | None
    sentence: str = ""


@pages.post("/cases/bulk")
@needs("case.read")
def post_bulk() -> ResponseReturnValue:
    """Act on every chosen case and show what worked, what did not, and why."""
    wanted = act_of_form(request.form, profile().zone)
    chosen = list(dict.fromkeys(request.form.getlist("case_no")))
    if wanted.action not in FOR_MANY:
        raise InvalidInputError("action", f"{wanted.action.en} is done to one case at a time", zh=f"{wanted.action.zh}只能逐案办理")
    if not 1 <= len(chosen) <= MOST:
        raise InvalidInputError("case_no", f"choose 1 to {MOST} cases", zh=f"请选择 1 至 {MOST} 个案卷")
    outcomes = [_one(case_no, wanted) for case_no in chosen]
    back = QUEUES.get(text_of(request.form, "queue"))
    done = sum(outcome.state is not None for outcome in outcomes)
    return render_template("bulk.html", city=profile(), action=wanted.action, outcomes=outcomes, done=done, back=back)


def _one(case_no: str, wanted: Act) -> Outcome:
    """Act on one case; it must not have moved since the list was shown, and sending the form again acts once."""
    version = request.form.get(f"version_{case_no}", "")
    mine = dataclasses.replace(
        wanted, expected_version=int(version) if version.isdecimal() else None, client_request_id=f"{wanted.client_request_id}-{case_no}"
    )
    try:
        case, _ = act(case_no, mine, channel="page", follow=True)
    except GridError as error:
        session().rollback()
        return Outcome(case_no, None, in_city_time(language.said(error)))
    return Outcome(case_no, case.state)
