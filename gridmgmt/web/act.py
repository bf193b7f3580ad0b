"""Act on a case: one address for programs and scripts, its twin for forms; both end in ``act_on_case``."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gridmgmt.cases import list_store, step_store
from gridmgmt.cases.model import Case, CaseAction, Origin
from gridmgmt.cases.photos_given import MOST_PHOTOS
from gridmgmt.dispatch.automatic import act_and_dispatch
from gridmgmt.errors import GridError, InvalidInputError, NotFoundError
from gridmgmt.photos.model import PhotoRole
from gridmgmt.photos.prepare import LONGEST_FILE
from gridmgmt.web import case_page, errors, photos
from gridmgmt.web.act_request import Act, act_of_form, act_of_json
from gridmgmt.web.asker import has_token
from gridmgmt.web.door import now, profile, session, transaction
from gridmgmt.web.guard import needs, principal
from gridmgmt.web.json_body import json_body
from gridmgmt.web.suggestion import with_suggestion
from gridmgmt.web.uploads import takes

pages = Blueprint("act", __name__)

NO_UNIT = ""  # who speaks for no unit may not do what only a unit may


@pages.post("/api/cases/<case_no>/act")
@needs("case.read")
def post_act_json(case_no: str) -> ResponseReturnValue:
    """Do one thing to a case as JSON says; the same ``client_request_id`` acts once."""
    case, repeated = act(case_no, act_of_json(json_body()), channel="api" if has_token() else "page")
    return {"case_no": case.case_no, "state": case.state.value, "version": case.version, "repeated": repeated}


@pages.post("/cases/<case_no>/act")
@needs("case.read")
@takes(MOST_PHOTOS * LONGEST_FILE + photos.FRAME)
def post_act_form(case_no: str) -> ResponseReturnValue:
    """Do one thing to a case as a form says, and show the case; a refusal shows it too, with what was typed and what is wrong.

    Photos are taken in before the act, so that a refusal does not lose them.
    """
    in_sight = list_store.find_visible(session(), principal().scope, case_no) is not None
    kept: list[dict[str, str]] = []
    try:
        wanted = act_of_form(request.form, profile().zone)
        kept = [*_kept_photos(), *(_new_photos() if in_sight else [])]
        act(case_no, dataclasses.replace(wanted, details={**wanted.details, "photos": kept}) if kept else wanted, channel="page")
    except NotFoundError as error:
        session().rollback()
        if not in_sight:
            raise
        return _refused(case_no, error, kept)
    except GridError as error:
        session().rollback()
        return _refused(case_no, error, kept)
    return redirect(_next(case_no), 303)


def act(case_no: str, wanted: Act, *, channel: str, follow: bool = False) -> tuple[Case, bool]:
    """Do it in a transaction of its own for who asks; return the case and whether this very request had acted before.

    ``follow``: a dispatch without a unit goes where the rules say. Raises NotFoundError for a case (also one to merge into) the asker
    does not see, and whatever ``act_on_case`` raises.
    """
    who = principal()
    try:
        before, _ = case_page.visible(case_no)
    except NotFoundError:
        if (earlier := _acted_before(case_no, wanted)) is None:
            raise
        return earlier, True
    if wanted.action is CaseAction.MERGE:
        case_page.visible(str(wanted.details.get("into", "")).strip())
    wanted = with_suggestion(before, wanted, follow=follow)
    with transaction() as opened:
        done = act_and_dispatch(
            opened, case_no, wanted.action, actor=who.name, now=now(), reason=wanted.reason, details=wanted.details,
            expected_version=wanted.expected_version, client_request_id=wanted.client_request_id,
            origin=Origin(channel, request.remote_addr, wanted.position), unit_code=who.unit_code or NO_UNIT, permissions=who.permissions,
        )  # fmt: skip
    return done, done.version == before.version


def _acted_before(case_no: str, wanted: Act) -> Case | None:
    """Return the case as who asks left it with this very request: a return puts it out of sight, and the answer may have been lost."""
    if wanted.client_request_id is None:
        return None
    return step_store.find_own_act(
        session(), case_no, actor=principal().name, action=wanted.action, client_request_id=wanted.client_request_id
    )


def _refused(case_no: str, error: GridError, kept: list[dict[str, str]]) -> ResponseReturnValue:
    if errors.wants_problem():
        raise error
    return case_page.show(case_no, error=error, typed=request.form, photos_kept=json.dumps(kept) if kept else ""), errors.STATUS[error.code]


def _next(case_no: str) -> str:
    """Return the page to go on with: the case, or the list of cases where it left what the asker sees."""
    done = request.form.get("action")
    if list_store.find_visible(session(), principal().scope, case_no) is None:
        return url_for("case_lists.get_cases", done=done, case=case_no)
    return url_for("case_page.get_case", case_no=case_no, done=done)


def _new_photos() -> list[dict[str, str]]:
    """Take in the photos of the form; the name of a field says what they show."""
    if not principal().may("photo.add"):
        return []
    return [
        {"photo": photos.take_in(file), "role": role.value}
        for role in PhotoRole
        for file in request.files.getlist(f"photo_{role.value}")
        if file.filename
    ]


def _kept_photos() -> list[Any]:
    """Return the photos that an earlier, refused form took in."""
    given = request.form.get("detail_photos", "")
    try:
        kept = json.loads(given) if given else []
    except json.JSONDecodeError as error:
        raise InvalidInputError("photos", "is not JSON", zh="照片列表格式有误") from error
    return kept if isinstance(kept, list) else []
