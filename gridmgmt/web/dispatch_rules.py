"""The rules of dispatch: read, changed in a draft with a reason, tried over a month before they are put in force; a case explained."""

from __future__ import annotations

import datetime
import zoneinfo
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from gridmgmt.cases import step_store
from gridmgmt.cases.model import ReportSource
from gridmgmt.catalogue.model import ManagedKind
from gridmgmt.city.calendar import WEEKDAYS_EN, WEEKDAYS_ZH
from gridmgmt.dispatch import edit, rule_store
from gridmgmt.dispatch.dry_run import month_before, month_of, run_dry
from gridmgmt.dispatch.edit import Edit
from gridmgmt.dispatch.explain import asked_of, explain_suggestion, explain_verdict
from gridmgmt.dispatch.model import DispatchRule, RuleSet
from gridmgmt.dispatch.read_rule import FIELDS, load_known, read_rule, write_rule
from gridmgmt.dispatch.suggest import suggest
from gridmgmt.errors import GridError, InvalidInputError, NotAllowedError, NotFoundError
from gridmgmt.ingest.aliases import column_name
from gridmgmt.roads.model import RoadClass
from gridmgmt.web import errors, language
from gridmgmt.web.case_page import visible
from gridmgmt.web.csv_stream import csv_response
from gridmgmt.web.door import held_session, now, profile, session, today, transaction
from gridmgmt.web.guard import needs, principal
from gridmgmt.web.options import unit_names
from gridmgmt.web.params import query, text_of

pages = Blueprint("dispatch_rules", __name__, url_prefix="/dispatch")

SET = "<int(max=999999):set_id>"  # no set of rules has a million
TEAM = "路长团队"
SEVERAL = ("road_classes", "sources", "weekdays")  # ticked in the form, written one after the other


@pages.get("/rules")
@needs("dispatch.read")
def get_rules() -> ResponseReturnValue:
    """Show the rules in force, and the drafts and sets of before."""
    return _page(rule_store.find_in_force(session(), now()))


@pages.get(f"/rules/{SET}")
@needs("dispatch.read")
def get_rule_set(set_id: int) -> ResponseReturnValue:
    """Show one set of rules."""
    return _page(edit.get_rule_set(session(), set_id))


@pages.get(f"/rules/{SET}.csv")
@needs("dispatch.read")
def get_csv(set_id: int) -> ResponseReturnValue:
    """Send the rules of a set as ``gridmgmt dispatch import`` reads them."""
    rules = rule_store.list_rules(session(), edit.get_rule_set(session(), set_id).id)
    rows = [[write_rule(rule)[field] for field in FIELDS] for rule in rules]
    return csv_response([column_name(field) for field in FIELDS], rows, f"dispatch-rules-{set_id}.csv")


@pages.post("/rules")
@needs("dispatch.write")
def post_draft() -> ResponseReturnValue:
    """Open a draft, empty or with the rules of another set."""
    _require_whole_city()
    copied, name = text_of(request.form, "copy_of"), text_of(request.form, "name", longest=80)
    with transaction() as opened:
        made = edit.copy_rules(opened, _number(copied), name, _edit()) if copied else edit.open_draft(opened, name, _edit())
    return redirect(f"/dispatch/rules/{made.id}", 303)


@pages.get(f"/rules/{SET}/edit")
@needs("dispatch.write")
def get_form(set_id: int) -> ResponseReturnValue:
    """Show one rule of a draft as a form, or an empty one at the end."""
    _require_whole_city()
    rules = rule_store.list_rules(session(), edit.get_rule_set(session(), set_id).id)
    position = text_of(query(), "position")
    found = next((rule for rule in rules if str(rule.position) == position), None)
    values = write_rule(found) if found else {"position": str(len(rules) + 1)}
    return _form(set_id, values, replaces=found.position if found else None)


@pages.post(f"/rules/{SET}/edit")
@needs("dispatch.write")
def post_rule(set_id: int) -> ResponseReturnValue:
    """Save a rule of a draft, or take it out; a refusal gives the form back."""
    _require_whole_city()
    replaces = _number(request.form["replaces"]) if request.form.get("replaces") else None
    values = _values(request.form)
    try:
        with transaction() as opened:
            if request.form.get("do") == "remove" and replaces is not None:
                edit.remove_rule(opened, set_id, replaces, _edit())
            else:
                rule = read_rule(values, load_known(opened, [values], on=today()), position=_number(values["position"] or "0"))
                edit.save_rule(opened, set_id, rule, _edit(), replaces=replaces)
    except GridError as error:
        if errors.wants_problem():
            raise
        return _form(set_id, values | {"reason": request.form.get("reason", "")}, replaces=replaces, error=error), errors.STATUS[error.code]
    return redirect(f"/dispatch/rules/{set_id}", 303)


@pages.get(f"/rules/{SET}/dry-run")
@needs("dispatch.read")
def get_dry_run(set_id: int) -> ResponseReturnValue:
    """Show how a month's cases would move under a set of rules; a draft is put in force from here."""
    chosen = edit.get_rule_set(session(), set_id)
    current = rule_store.find_in_force(session(), now())
    against = text_of(query(), "against") or ("rules" if current else "people")
    before = rule_store.list_rules(session(), current.id) if current and against == "rules" else None
    month = text_of(query(), "month") or f"{month_before(today(), _zone())[0]:%Y-%m}"
    done = run_dry(held_session(), principal().scope, rule_store.list_rules(session(), set_id), before, month=_month(month))
    return render_template(
        "dispatch_dry_run.html", city=profile(), chosen=chosen, done=done, month=month, against=against, has_rules=current is not None,
        seen=len(rule_store.list_changes(session(), set_id)), may_write=_may_write(),
    )  # fmt: skip


@pages.post(f"/rules/{SET}/activate")
@needs("dispatch.write")
def post_activate(set_id: int) -> ResponseReturnValue:
    """Put a draft in force, at once or from a day on."""
    _require_whole_city()
    day = text_of(request.form, "since")
    since = _instant(day) if day else None
    with transaction() as opened:
        edit.put_in_force(opened, set_id, _edit(), since=since)
    return redirect(f"/dispatch/rules/{set_id}", 303)


@pages.post(f"/rules/{SET}/discard")
@needs("dispatch.write")
def post_discard(set_id: int) -> ResponseReturnValue:
    """Throw a draft away."""
    _require_whole_city()
    with transaction() as opened:
        edit.discard(opened, set_id, _edit())
    return redirect("/dispatch/rules", 303)


@pages.get("/explain/<case_no>")
@needs("dispatch.read")
def get_explanation(case_no: str) -> ResponseReturnValue:
    """Say which unit a case should go to, and for every rule whether it matches and why not."""
    case, _ = visible(case_no)
    suggestion = suggest(session(), case, at=now())
    lines = [(verdict, explain_verdict(verdict, suggestion.rule, language.choose())) for verdict in suggestion.verdicts]
    return render_template(
        "dispatch_explain.html", city=profile(), case=case, suggestion=suggestion, lines=lines,
        head=explain_suggestion(suggestion, language.choose())[:3], units=unit_names(),
    )  # fmt: skip


def _page(chosen: RuleSet | None) -> str:
    rules = rule_store.list_rules(session(), chosen.id) if chosen else []
    changes = rule_store.list_changes(session(), chosen.id) if chosen else []
    return render_template(
        "dispatch_rules.html", city=profile(), chosen=chosen, rules=[(rule, _asked(rule)) for rule in rules], changes=changes,
        sets=rule_store.list_rule_sets(session()), instant=now(), units=unit_names(), seen=len(changes), may_write=_may_write(),
    )  # fmt: skip


def _asked(rule: DispatchRule) -> list[tuple[str, str]]:
    word = language.choose()
    return [(condition.label(word), pair[1 if word == "en" else 0]) for condition, pair in asked_of(rule)]


def _form(set_id: int, values: dict[str, str], *, replaces: int | None, error: GridError | None = None) -> str:
    word = language.choose()
    faults = {error.field: language.reason(error)} if isinstance(error, InvalidInputError) else {}
    weekdays = [(f"周{zh}", f"周{zh}" if word == "zh" else en) for zh, en in zip(WEEKDAYS_ZH, WEEKDAYS_EN, strict=True)]
    ticked = {field: set(values.get(field, "").split("、")) for field in SEVERAL}
    return render_template(
        "dispatch_rule.html", city=profile(), chosen=edit.get_rule_set(session(), set_id), values=values, replaces=replaces, faults=faults,
        sentence=language.said(error) if error else None, ticked=ticked, weekdays=weekdays,
        seen=text_of(request.form, "seen") or len(rule_store.list_changes(session(), set_id)), kinds=list(ManagedKind),
        road_classes=list(RoadClass), sources=list(ReportSource), units=step_store.list_units(session()), team=TEAM, yes="是", no="否",
    )  # fmt: skip


def _values(form: MultiDict[str, str]) -> dict[str, str]:
    plain = {field: text_of(form, field, longest=500) for field in FIELDS if field not in SEVERAL}
    return plain | {field: "、".join(form.getlist(field)) for field in SEVERAL}


def _edit() -> Edit:
    seen = text_of(request.form, "seen")
    return Edit(principal().name, now(), text_of(request.form, "reason", longest=500), _number(seen) if seen else None)


def _may_write() -> bool:
    return principal().may("dispatch.write") and principal().scope.everything


def _require_whole_city() -> None:
    """Refuse who sees a part of the city only: the rules hold for all of it."""
    if not principal().scope.everything:
        raise NotAllowedError(
            "the rules hold for the whole city; your account sees a part of it", zh="规则适用于全市，只有全市范围的账号可以修改"
        )


def _number(given: Any) -> int:  # noqa: ANN401 - what a form sent
    if not str(given).isdecimal() or len(str(given)) > 6:  # noqa: PLR2004 - no set of rules has a million
        raise NotFoundError(f"{given!r} is not a number", zh=f"“{given}”不是编号")
    return int(given)


def _zone() -> zoneinfo.ZoneInfo:
    return profile().zone


def _month(month: str) -> tuple[datetime.datetime, datetime.datetime]:
    try:
        first = datetime.datetime.strptime(month, "%Y-%m")
        return month_of(first.year, first.month, _zone())
    except (ValueError, OverflowError):
        raise InvalidInputError("month", f"{month!r} is not a month such as 2026-10", zh=f"{month} 不是月份（例：2026-10）") from None


def _instant(day: str) -> datetime.datetime:
    try:
        return datetime.datetime.fromisoformat(day).replace(tzinfo=_zone())
    except ValueError:
        raise InvalidInputError("since", f"{day!r} is not a time", zh=f"{day} 不是时间") from None
