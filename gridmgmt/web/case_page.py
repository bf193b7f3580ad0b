"""The one page of a case, for everybody who sees it: what was reported, who answers, every step, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from gridmgmt import crs
from gridmgmt.accounts import name_store
from gridmgmt.cases import list_store, store
from gridmgmt.cases.handling_clock import handling_deadline, touches_clock, unit_of
from gridmgmt.cases.model import Case, CaseAction, CaseState, CaseStep, IncidentReport
from gridmgmt.catalogue import limit_store
from gridmgmt.catalogue import store as catalogue_store
from gridmgmt.catalogue.model import ManagedKind
from gridmgmt.city import calendar_store
from gridmgmt.dispatch.explain import explain_suggestion
from gridmgmt.errors import ConflictError, GridError, InvalidInputError, NotFoundError
from gridmgmt.responsibility import store as responsibility_store
from gridmgmt.responsibility.explain import explain_responsibility
from gridmgmt.roads import chief_store
from gridmgmt.roads.model import Person
from gridmgmt.web import language
from gridmgmt.web.act_forms import act_forms, choices_for
from gridmgmt.web.answers import lonlat
from gridmgmt.web.case_extras import case_kin
from gridmgmt.web.deadline_words import deadline_rows
from gridmgmt.web.door import door, profile, session
from gridmgmt.web.guard import needs, principal
from gridmgmt.web.options import classes_by_key, unit_names
from gridmgmt.web.params import query, text_of
from gridmgmt.web.security import keep_nothing
from gridmgmt.web.shells import city_shell
from gridmgmt.web.step_words import step_lines
from gridmgmt.web.suggestion import suggestion_for
from gridmgmt.web.texts import script_texts
from gridmgmt.web.words import in_city_time

pages = Blueprint("case_page", __name__)
pages.after_request(keep_nothing)


@pages.get("/cases/<case_no>")
@needs("case.read")
def get_case(case_no: str) -> ResponseReturnValue:
    """Show a case; ``?done=`` names the action that led here."""
    done = text_of(query(), "done")
    return show(case_no, done=CaseAction(done) if done in set(CaseAction) else None)


def visible(case_no: str) -> tuple[Case, IncidentReport]:
    """Return a case and its report; raise NotFoundError for one that does not exist or lies outside what the asker sees."""
    found = list_store.find_visible(session(), principal().scope, case_no)
    if found is None:
        raise NotFoundError(f"there is no case {case_no}", zh=f"没有案卷 {case_no}")
    return found


def show(
    case_no: str, *, error: GridError | None = None, typed: Mapping[str, str] | None = None, photos_kept: str = "",
    done: CaseAction | None = None,
) -> str:  # fmt: skip
    """Return the page; after a refusal with the sentence about it and with what was typed."""
    case, report = visible(case_no)
    steps, typed = store.list_steps(session(), case.id), typed or {}
    point = crs.to_storage(report.x, report.y, report.crs, profile())
    forms, suggestion = act_forms(case, report, steps), suggestion_for(case)
    return render_template(
        "case.html", city=profile(), case=case, report=report, done=done, forms=forms, typed=typed, photos_kept=photos_kept,
        faults=_faults(error), suggested_unit=suggestion.unit.code if suggestion else "",
        suggestion=explain_suggestion(suggestion, language.choose()) if suggestion else [],
        choices=choices_for(case, steps, forms, point, typed), meanwhile=_meanwhile(error, typed), shell=city_shell(),
        kin=case_kin(case), position=lonlat(*point), **_place(case, report, point),
        review_on=_review_on(case, steps), **_names(case, steps), **_clock(case, steps), data={"texts": script_texts(), "point": lonlat(*point)},
    )  # fmt: skip


def _place(case: Case, report: IncidentReport, point: tuple[float, float]) -> dict[str, Any]:
    """Return who answers for the place, explained as of the day the case was opened, and whether somebody set it by hand since."""
    day = profile().day_of(case.opened_at)
    key = f"{report.kind}:{report.class_code}" if report.kind and report.class_code else None
    found = responsibility_store.resolve_responsibility(session(), point, on=day, class_key=key)
    names = {area.code: area.name for area in found.areas if area.name}
    chief = _kept_chief(case.person_id) if case.person_id is not None else None
    return {"sentences": explain_responsibility(found, language.choose()), "area_names": names, "chief": chief}


def _names(case: Case, steps: Sequence[CaseStep]) -> dict[str, Any]:
    units = unit_names()
    keys = {(step.details.get("kind"), step.details.get("class_code")) for step in steps} | {(case.kind, case.class_code)}
    classes = {key: known.name for key in keys if (known := _class(*key))}
    people = name_store.shown_names(session(), {step.actor for step in steps})
    lines = step_lines(steps, people=people, units=units, classes=classes)
    return {"units": units, "class_name": classes.get((case.kind, case.class_code)), "lines": lines}


def _class(kind: Any, code: Any) -> Any:  # noqa: ANN401 - what a step's details hold
    if kind not in set(ManagedKind) or not isinstance(code, str):
        return None
    return classes_by_key().get((kind, code)) or catalogue_store.find_class(
        session(), profile().catalogue_standard, ManagedKind(kind), code
    )


def _kept_chief(person_id: int) -> Person | None:
    return door().kept.get(("person", person_id), lambda: chief_store.find_person_by_id(session(), person_id))


def _clock(case: Case, steps: Sequence[CaseStep]) -> dict[str, Any]:
    """Return the limit and how the deadline comes about; a version of a limit never changes, a calendar seldom, so both are kept."""
    limit_id, kept = case.limit_id, door().kept
    if limit_id is None:
        return {"limit": None, "deadline": None, "deadline_rows": []}
    limit = kept.get(("limit", limit_id), lambda: limit_store.get_limit(session(), limit_id))
    found, unit = None, unit_of(steps)
    if any(touches_clock(step) for step in steps):
        calendar = kept.get(("calendar", unit), lambda: calendar_store.load_calendar(session(), unit))
        found = handling_deadline(limit.limit, steps, calendar)
    return {"limit": limit, "deadline": found, "deadline_rows": deadline_rows(found) if found else []}


def _review_on(case: Case, steps: Sequence[CaseStep]) -> str | None:
    """Return the day on which a suspended case is looked at again."""
    days = [step.details["review_on"] for step in steps if step.action is CaseAction.SUSPEND]
    return str(days[-1]) if case.state is CaseState.SUSPENDED and days else None


def _faults(error: GridError | None) -> dict[str, str]:
    """Return the sentences about a refused act: one for the whole (key ""), and one at its field where it names one."""
    if error is None:
        return {}
    # The form has a field for each kind of photo and none of this name.
    if isinstance(error, InvalidInputError) and error.field == "photos":
        return {"": language.reason(error)}
    sentence = in_city_time(language.said(error))
    return {"": sentence} | ({error.field: sentence} if isinstance(error, InvalidInputError) else {})


def _meanwhile(error: GridError | None, typed: Mapping[str, str]) -> int | None:
    """Return the number of the step after which others acted, when that is why an act was refused."""
    version = typed.get("expected_version", "")
    return int(version) if isinstance(error, ConflictError) and version.isdecimal() else None
