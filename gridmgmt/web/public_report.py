"""The report page: where, what, who answers for it; then one case, however often it is sent, and a code to follow it by."""

from __future__ import annotations

import uuid

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from gridmgmt.cases import store as case_store
from gridmgmt.cases.report import Reported, check_report, preview_report, report_incident, with_known_class
from gridmgmt.catalogue import store as catalogue_store
from gridmgmt.catalogue.model import ManagedKind
from gridmgmt.errors import GridError, InvalidInputError
from gridmgmt.photos.prepare import LONGEST_FILE
from gridmgmt.responsibility.explain import explain_responsibility
from gridmgmt.roads import chief_store
from gridmgmt.web import errors, followed, language
from gridmgmt.web.answers import for_the_asker, lonlat, responsibility_body
from gridmgmt.web.door import now, profile, session, today, transaction
from gridmgmt.web.guard import gives_back, needs, principal
from gridmgmt.web.limits import limited
from gridmgmt.web.params import SYSTEMS, Values, query, text_of
from gridmgmt.web.photos import FRAME
from gridmgmt.web.places import place_of
from gridmgmt.web.report_form import (
    MOST_PHOTOS,
    contact_of,
    grouped_classes,
    photos_of,
    report_of,
    reporters,
    values_of,
    with_new_photos,
)
from gridmgmt.web.security import keep_nothing
from gridmgmt.web.shells import city_shell
from gridmgmt.web.texts import script_texts
from gridmgmt.web.uploads import takes

pages = Blueprint("public_report", __name__)
pages.after_request(keep_nothing)  # going back must not resend an old request id

START_SPAN_DEGREES = 0.004  # half the width of the map that opens around a given point
LONGEST_REQUEST = MOST_PHOTOS * LONGEST_FILE + FRAME


@pages.get("/report")
@needs("report.create")
def get_form() -> ResponseReturnValue:
    """Show an empty form, or one around ``?lon=&lat=``."""
    return _form(values_of(query()) | {"request_id": uuid.uuid4().hex})


def give_back(error: GridError) -> ResponseReturnValue:
    """Give the form back with what was typed; files chosen without a script cannot be put in again."""
    return _refused(error, values_of(request.form))


@pages.post("/report/preview")
@needs("report.create")
@gives_back(give_back)
@takes(LONGEST_REQUEST)
def post_preview() -> ResponseReturnValue:
    """Show who would answer, before anything is stored: the second step without a script, JSON for the script."""
    values = values_of(request.form)
    try:
        report = check_report(report_of(values), now=now())
        report = with_known_class(session(), report, profile=profile())
        point, found = preview_report(session(), report, profile=profile())
        if errors.wants_problem():
            return responsibility_body(found, point)
        values = with_new_photos(values)
        contact_of(values)
    except GridError as error:
        return _refused(error, values)
    sentences = explain_responsibility(for_the_asker(found), language.choose())
    return render_template(
        "report_check.html", city=profile(), values=values, found=found, sentences=sentences, position=lonlat(*point),
        count=len(photos_of(values)),
    )  # fmt: skip


@pages.post("/report")
@needs("report.create")
@limited("report")
@gives_back(give_back)
@takes(LONGEST_REQUEST)
def post_incident() -> ResponseReturnValue:
    """Store the report and open its case; the same request sent twice leads to the same case and the same code."""
    values = values_of(request.form)
    if text_of(request.form, "step") == "change":
        return _form(values)
    try:
        values = with_new_photos(values)
        reported = _store(values)
    except GridError as error:
        return _refused(error, values)
    code = followed.remember(reported.case.case_no)
    address = url_for("public_report.get_done", case_no=reported.case.case_no)
    if errors.wants_problem():
        body = {"case_no": reported.case.case_no, "repeated": reported.repeated, "url": address, "follow_code": code}
        return body, 200 if reported.repeated else 201
    return redirect(address, 303)


def _store(values: Values) -> Reported:
    if not values["request_id"]:
        raise InvalidInputError("request_id", "is missing; open the page again", zh="缺少请求编号，请重新打开页面")
    report, given, contact = report_of(values), photos_of(values), contact_of(values)
    actor = principal().name if principal().account_id is not None else report.source.value
    with transaction() as opened:
        return report_incident(opened, report, profile=profile(), now=now(), actor=actor, photos=given, contact=contact)


@pages.get("/report/done/<case_no>")
@needs("report.create")
def get_done(case_no: str) -> ResponseReturnValue:
    """Show the number and the code of a case that this browser reported, and what was assigned; to any other it does not exist."""
    followed.require(case_no)
    case, report = case_store.get_case(session(), case_no)
    lon, lat = lonlat(report.x, report.y, report.crs)
    chief = chief_store.find_person_by_id(session(), case.person_id) if case.person_id is not None else None
    chosen = None
    if report.kind and report.class_code:
        chosen = catalogue_store.find_class(session(), profile().catalogue_standard, ManagedKind(report.kind), report.class_code)
    return render_template(
        "report_done.html", city=profile(), case=case, report=report, lon=lon, lat=lat, chief=chief, managed_class=chosen, today=today(),
        code=followed.code_of(case_no),
    )  # fmt: skip


def _refused(error: GridError, values: dict[str, str]) -> ResponseReturnValue:
    """Give the form back with what was typed and one sentence on what is wrong."""
    if errors.wants_problem():
        raise error
    sentence = language.said(error)
    return _form(values, sentence=sentence), errors.STATUS[error.code]


def _form(values: dict[str, str], *, sentence: str | None = None) -> str:
    return render_template(
        "report.html", city=profile(), shell=city_shell(_start_box(values)), values=values, sentence=sentence, systems=SYSTEMS,
        classes=grouped_classes(), reporters=reporters(), most_photos=MOST_PHOTOS,
        data={"texts": script_texts() | _photo_texts(), "start": _start_point(values)},
    )  # fmt: skip


def _photo_texts() -> dict[str, str]:
    return {
        "photo_sending": _("正在上传照片…"),
        "photo_sent": _("照片已上传"),
        "photo_failed": _("照片没有传上去，请检查网络后重选"),
        "photo_remove": _("去掉这张照片"),
        "photo_most": _("最多 {count} 张照片"),
    }


def _start_point(values: Values) -> list[float] | None:
    try:
        place = place_of(values)
        return list(lonlat(place.x, place.y, place.crs))
    except GridError:
        return None


def _start_box(values: Values) -> tuple[float, float, float, float] | None:
    start, span = _start_point(values), START_SPAN_DEGREES
    return (start[0] - span, start[1] - span, start[0] + span, start[1] + span) if start else None
