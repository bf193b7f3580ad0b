"""The report page: where, what, who answers for it; then one case, however often it is sent."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gridmgmt.cases import store as case_store
from gridmgmt.cases.model import IncidentReport, ReportSource
from gridmgmt.cases.report import check_report, preview_report, report_incident, with_known_class
from gridmgmt.catalogue import store as catalogue_store
from gridmgmt.catalogue.model import ManagedClass, ManagedKind
from gridmgmt.errors import GridError, InvalidInputError, NotFoundError
from gridmgmt.responsibility.explain import explain_responsibility
from gridmgmt.roads import chief_store
from gridmgmt.web import errors, language, security
from gridmgmt.web.answers import lonlat, responsibility_body
from gridmgmt.web.door import now, profile, session, today, transaction
from gridmgmt.web.guard import needs
from gridmgmt.web.params import Values, choice_of, query, text_of
from gridmgmt.web.places import place_of
from gridmgmt.web.shells import city_shell
from gridmgmt.web.texts import script_texts

pages = Blueprint("inspector", __name__)

START_SPAN_DEGREES = 0.004  # half the width of the map that opens around a given point
SYSTEMS = ("wgs84", "gcj02", "bd09")
FIELDS = ("lon", "lat", "crs", "accuracy_m", "place", "address", "managed_class", "description", "source", "request_id")
REPORTERS = (ReportSource.PUBLIC, ReportSource.INSPECTOR)  # what a person may say to be; the first unless they say otherwise
LONGEST = {"description": 2000}


@pages.after_request
def keep_nothing(response: Response) -> Response:
    """Keep forms and cases out of the browser's memory: going back must not resend an old request id."""
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.get("/report")
@needs("report.create")
def get_form() -> ResponseReturnValue:
    """Show an empty form, or one around ``?lon=&lat=``."""
    return _form(_values(query()) | {"request_id": uuid.uuid4().hex})


@pages.post("/report/preview")
@needs("report.create")
def post_preview() -> ResponseReturnValue:
    """Show who would answer, before anything is stored: the second step without a script, JSON for the script."""
    values = _values(request.form)
    try:
        security.check_form_token(text_of(request.form, security.TOKEN))
        report = check_report(_report(values), now=now())
        report = with_known_class(session(), report, profile=profile())
        point, found = preview_report(session(), report, profile=profile())
    except GridError as error:
        return _refused(error, values)
    if errors.wants_problem():
        return responsibility_body(found, point)
    sentences = explain_responsibility(found, language.choose())
    return render_template("report_check.html", city=profile(), values=values, found=found, sentences=sentences, position=lonlat(*point))


@pages.post("/report")
@needs("report.create")
def post_incident() -> ResponseReturnValue:
    """Store the report and open its case; the same request sent twice leads to the same case."""
    values = _values(request.form)
    if text_of(request.form, "step") == "change":
        return _form(values)
    try:
        security.check_form_token(text_of(request.form, security.TOKEN))
        if not values["request_id"]:
            raise InvalidInputError("request_id", "is missing; open the page again", zh="缺少请求编号,请重新打开页面")
        with transaction() as opened:
            report = _report(values)
            reported = report_incident(opened, report, profile=profile(), now=now(), actor=report.source.value)
    except GridError as error:
        return _refused(error, values)
    address = url_for("inspector.get_case", case_no=reported.case.case_no)
    if errors.wants_problem():
        return {"case_no": reported.case.case_no, "repeated": reported.repeated, "url": address}, 200 if reported.repeated else 201
    return redirect(address, 303)


@pages.get("/report/cases/<case_no>")
@needs("report.create")
def get_case(case_no: str) -> ResponseReturnValue:
    """Show a case number and what was assigned, with the way to the next report."""
    found = case_store.find_case(session(), case_no)
    if found is None:
        message = f"no case {case_no}"
        raise NotFoundError(message, zh=f"没有案卷 {case_no}")
    case, report = found
    lon, lat = lonlat(report.x, report.y, report.crs)
    chief = chief_store.find_person_by_id(session(), case.person_id) if case.person_id is not None else None
    chosen = None
    if report.kind and report.class_code:
        chosen = catalogue_store.find_class(session(), profile().catalogue_standard, ManagedKind(report.kind), report.class_code)
    return render_template(
        "report_done.html", city=profile(), case=case, report=report, lon=lon, lat=lat, chief=chief, managed_class=chosen, today=today()
    )


def _values(source: Values) -> dict[str, str]:
    values = {field: text_of(source, field, longest=LONGEST.get(field, 200)) for field in FIELDS}
    values["crs"] = values["crs"] or SYSTEMS[0]
    values["source"] = values["source"] or REPORTERS[0].value
    return values


def _reporter(values: Values) -> ReportSource:
    chosen = choice_of(values["source"], "source", ReportSource)
    if chosen not in REPORTERS:
        raise InvalidInputError("source", f"{chosen} does not report on this page", zh="请选择市民或采集员")
    return chosen


def _report(values: Values) -> IncidentReport:
    place = place_of(values)
    kind, _, code = values["managed_class"].partition(":")
    address = " ".join(filter(None, (place.typed, values["address"])))
    return IncidentReport(
        x=place.x, y=place.y, crs=place.crs, accuracy_m=place.accuracy_m, source=_reporter(values), reported_at=now(),
        kind=kind or None, class_code=code or None, description=values["description"], address=address or None,
        client_request_id=values["request_id"] or None,
    )  # fmt: skip


def _refused(error: GridError, values: dict[str, str]) -> ResponseReturnValue:
    """Give the form back with what was typed and one sentence on what is wrong."""
    if errors.wants_problem():
        raise error
    sentence = error.zh if language.choose() == "zh" else str(error)
    return _form(values, sentence=sentence), errors.STATUS[error.code]


def _form(values: dict[str, str], *, sentence: str | None = None) -> str:
    return render_template(
        "report.html", city=profile(), shell=city_shell(_start_box(values)), values=values, sentence=sentence, systems=SYSTEMS,
        classes=_grouped_classes(), reporters=REPORTERS, data={"texts": script_texts(), "start": _start_point(values)},
    )  # fmt: skip


def _start_point(values: Values) -> list[float] | None:
    try:
        place = place_of(values)
        return list(lonlat(place.x, place.y, place.crs))
    except GridError:
        return None


def _start_box(values: Values) -> tuple[float, float, float, float] | None:
    start, span = _start_point(values), START_SPAN_DEGREES
    return (start[0] - span, start[1] - span, start[0] + span, start[1] + span) if start else None


def _grouped_classes() -> list[tuple[str, list[ManagedClass]]]:
    """Return the catalogue for the picker: matters first, by major class."""
    groups: dict[str, list[ManagedClass]] = {}
    by_kind: dict[ManagedKind, Any] = {kind: [] for kind in (ManagedKind.MATTER, ManagedKind.COMPONENT)}
    for entry in catalogue_store.list_classes(session(), profile().catalogue_standard):
        by_kind[entry.kind].append(entry)
    for kind, entries in by_kind.items():
        for entry in entries:
            title = f"{kind.label(language.choose())} {entry.major_code} {entry.major_name}"
            groups.setdefault(title, []).append(entry)
    return list(groups.items())
