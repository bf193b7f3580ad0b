"""The planner's scenarios of siting: listed, asked by a form, computed by the worker and watched while they are."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from gridmgmt.errors import ConflictError, GridError, InvalidInputError, NotFoundError
from gridmgmt.facilities.model import PLAN_TARGETS, FacilityKind
from gridmgmt.roads.model import RoadClass
from gridmgmt.siting import job_store, preparation_store, scenario_store, set_store
from gridmgmt.siting.first_settings import first_settings, share_by_year
from gridmgmt.siting.fits import refuse_what_does_not_fit
from gridmgmt.siting.guarantee import gap_percent
from gridmgmt.siting.question import BY_COMMUNITY
from gridmgmt.siting.scenario import Job, JobState, PreparedSet, SavedPlan, Scenario
from gridmgmt.siting.scenario_settings import DistanceKind, Origin, Problem, StandingKind, read_settings
from gridmgmt.web import errors, language
from gridmgmt.web.answers import label
from gridmgmt.web.door import now, profile, session, today, transaction
from gridmgmt.web.guard import gives_back, needs, principal
from gridmgmt.web.options import list_areas
from gridmgmt.web.params import query, text_of
from gridmgmt.web.siting_form import COSTS, changed, read_form, typed, values_of
from gridmgmt.web.siting_texts import siting_texts
from gridmgmt.web.siting_values import COVERED, curve_of, scale_of, unit_words, value_words, with_names

pages = Blueprint("siting", __name__)

LONGEST_NUMBER = 9
A_DAY = datetime.timedelta(days=1)
KINDS = (FacilityKind.TOILET, FacilityKind.TRANSFER_STATION, FacilityKind.COLLECTION_HOUSE)


@pages.get("/siting")
@needs("siting.read")
def get_scenarios() -> ResponseReturnValue:
    """List the scenarios with their newest job and plan, and the prepared sets."""
    return scenarios_page()


def scenarios_page(error: GridError | None = None) -> str:
    """Return the list, with what was wrong about a set that somebody asked for."""
    jobs, plans = {}, {}
    for job in reversed(job_store.list_jobs(session())):
        jobs[job.scenario_id] = job
    for plan in reversed(scenario_store.list_plan_heads(session())):
        plans[plan.scenario_id] = plan
    sets = set_store.list_sets(session())
    word, asked = language.choose(), preparation_store.list_recent(session(), since=now() - A_DAY)
    data = {"waiting": [one.id for one in asked if one.state is not JobState.FAILED], "texts": siting_texts()}
    return render_template(
        "siting_list.html", city=profile(), scenarios=scenario_store.list_scenarios(session()), jobs=jobs, plans=plans,
        sets=sets, sets_by_id={one.id: one for one in sets}, may_write=principal().may("siting.write"), percent=gap_percent, asked=asked, data=data, today=today(),
        kinds=[(kind.value, f"{kind.label(word)} {PLAN_TARGETS.get(kind, '')}") for kind in KINDS], sentence=_sentence(error),
    )  # fmt: skip


@pages.get("/siting/new")
@needs("siting.write")
def get_form() -> ResponseReturnValue:
    """Show an empty form, or with ``?copy=`` that of another scenario; ``forced`` and ``forbidden`` add what was tried on the map."""
    if text_of(query(), "copy"):
        copied = scenario_store.get_scenario(session(), number_in(text_of(query(), "copy")))
        more = {name: tuple(text_of(query(), name, longest=20_000).split()) for name in ("forced", "forbidden")}
        settings = changed(copied.settings, forced=more["forced"], forbidden=more["forbidden"])
        return _form(values_of(settings) | {"name": _free_name(copied.name), "set_id": str(copied.set_id)})
    sets = set_store.list_sets(session())
    chosen = text_of(query(), "set")
    prepared = set_store.get_set(session(), number_in(chosen)) if chosen else sets[0] if sets else None
    return _form(_first_values(prepared) if prepared else {})


def form_again(error: GridError) -> ResponseReturnValue:
    """Give the form back as it was filled in, with what is wrong."""
    return _form(dict(request.form.items()), error), errors.STATUS[error.code]


@pages.post("/siting")
@needs("siting.write")
@gives_back(form_again)
def post_scenario() -> ResponseReturnValue:
    """Store a scenario and have it solved; a refusal gives the form back."""
    try:
        values = typed(request.form)
        if not values["name"]:
            raise InvalidInputError("name", "is missing", zh="必填")
        with transaction() as opened:
            prepared = set_store.get_set(opened, number_in(values["set_id"]))
            settings = read_form(values, area_codes())
            refuse_what_does_not_fit(opened, prepared.id, settings)
            scenario = Scenario(0, values["name"], prepared.kind, prepared.id, settings, now(), principal().name)
            scenario = scenario_store.add_scenario(opened, scenario)
            job_store.add_job(opened, scenario.id, at=now(), by=principal().name)
    except GridError as error:
        if errors.wants_problem():
            raise
        return form_again(error)
    return redirect(f"/siting/{scenario.id}", 303)


@pages.get("/siting/<int:number>")
@needs("siting.read")
def get_scenario(number: int) -> ResponseReturnValue:
    """Show a scenario: what it asks, the newest job as it runs, the plans."""
    scenario = scenario_store.get_scenario(session(), number)
    jobs = job_store.list_jobs(session(), number)
    newest = jobs[0] if jobs else None
    prepared, plans = set_store.get_set(session(), scenario.set_id), scenario_store.list_plan_heads(session(), number)
    data = {"job": job_body(newest, scenario, prepared, plans) if newest else None, "texts": siting_texts()}
    return render_template(
        "siting_scenario.html", city=profile(), scenario=scenario, asked=scenario.settings, prepared=prepared,
        jobs=jobs, job=newest, plans=plans, data=data, percent=gap_percent,
        names=area_names(), may_write=principal().may("siting.write"), open_states=(JobState.WAITING, JobState.RUNNING),
    )  # fmt: skip


@pages.post("/siting/<int:number>/solve")
@needs("siting.write")
def post_job(number: int) -> ResponseReturnValue:
    """Have a scenario solved once more, from where its newest job stopped."""
    with transaction() as opened:
        scenario_store.get_scenario(opened, number)
        saved = job_store.find_saved(opened, number)
        job_store.add_job(opened, number, at=now(), by=principal().name, saved=saved)
    return redirect(f"/siting/{number}", 303)


@pages.post("/siting/jobs/<int:number>/cancel")
@needs("siting.write")
def post_cancel(number: int) -> ResponseReturnValue:
    """Ask a job to stop; its best plan so far is kept. One that is over is left as it is."""
    job = job_store.get_job(session(), number)
    try:
        with transaction() as opened:
            job_store.ask_to_cancel(opened, number, at=now())
    except ConflictError:
        if errors.wants_problem():
            raise
    return redirect(f"/siting/{job.scenario_id}", 303)


@pages.get("/api/siting/jobs/<int:number>")
@needs("siting.read")
def get_job(number: int) -> ResponseReturnValue:
    """Answer where a job stands."""
    job = job_store.get_job(session(), number)
    scenario = scenario_store.get_scenario(session(), job.scenario_id)
    return jsonify(job_body(job, scenario, set_store.get_set(session(), scenario.set_id)))


def job_body(job: Job, scenario: Scenario, prepared: PreparedSet, plans: Sequence[SavedPlan] = ()) -> dict[str, Any]:
    """Return a job as plain values, with words in the language of this request; its curve ends with what its plan proves."""
    settings, scale = scenario.settings, scale_of(scenario.settings, prepared)
    words = with_names(job.words_zh if language.choose() == "zh" else job.words, area_names())
    curve = curve_of(job, settings, scale)
    for plan in plans:
        if plan.id == job.plan_id and plan.bound is not None:
            curve.append([max(job.seconds, plan.seconds), plan.value / scale, plan.bound / scale])
    return {
        "id": job.id, "state": job.state.value, "state_label": label(job.state), "open": job.state in {JobState.WAITING, JobState.RUNNING},
        "cancel_asked": job.cancel_asked, "seconds": job.seconds, "limit_s": settings.time_limit_s,
        "curve": curve, "least": settings.problem not in COVERED, "of_value": settings.problem in BY_COMMUNITY, "unit": unit_words(settings), "words": words, "plan_id": job.plan_id,
    }  # fmt: skip


def area_names() -> dict[str, str]:
    """Return the names of districts and street offices by code."""
    return {area.code: area.name for area in list_areas()}


def area_codes() -> dict[str, str]:
    """Return the codes of districts and street offices by name, those of names that mean one area."""
    names = Counter(area.name for area in list_areas())
    return {area.name: area.code for area in list_areas() if names[area.name] == 1}


def number_in(given: str) -> int:
    """Return a number out of an address or a form; raise NotFoundError for anything else."""
    if not given.isdecimal() or len(given) > LONGEST_NUMBER:
        raise NotFoundError(f"{given!r} is no number", zh=f"“{given}”不是编号")
    return int(given)


pages.add_app_template_global(value_words)
pages.add_app_template_global(unit_words, "value_unit")


@pages.app_template_global()
def road_label(name: str) -> str:
    """Return the name of a class of road in the language of this request."""
    return label(RoadClass(name))


@pages.app_template_global()
def origin_label(name: str) -> str:
    """Return where candidates come from in the language of this request."""
    return label(Origin(name))


def _form(values: Mapping[str, str], error: GridError | None = None) -> str:
    word = language.choose()
    faults = {error.field: language.reason(error)} if isinstance(error, InvalidInputError) else {}
    return render_template(
        "siting_form.html", city=profile(), values=values, faults=faults, sets=set_store.list_sets(session()), problems=list(Problem),
        sentence=_sentence(error), distances=list(DistanceKind), standings=list(StandingKind),
        areas=[area for area in list_areas() if area.level == profile().levels[0]], costs=COSTS, roads=[road.label(word) for road in RoadClass],
    )  # fmt: skip


def _sentence(error: GridError | None) -> str | None:
    if isinstance(error, InvalidInputError):
        return language.reason(error)  # the field is marked where it stands
    return None if error is None else language.said(error)


def _first_values(prepared: PreparedSet) -> dict[str, str]:
    given = first_settings(prepared)
    try:
        given["years"] = share_by_year(prepared.summary["years"], given["sites"])
    except ConflictError:  # the programme has fewer: not shared out
        given["years"] = {}
    name = f"{prepared.kind.zh} {given['sites']} · {given['radius_m']:g} m · {today().isoformat()}"
    return values_of(read_settings(given)) | {"name": _free_name(name), "set_id": str(prepared.id)}


def _free_name(wanted: str) -> str:
    """Return a name that no scenario has: the wanted one, or with a number behind it."""
    taken = {scenario.name for scenario in scenario_store.list_scenarios(session())}
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted} ({number})"
    return name
