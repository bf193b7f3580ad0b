"""A plan on the map: what is not served today, what each site adds, what changes when one is moved; as a table; beside another plan."""

from __future__ import annotations

import gzip
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from gridmgmt.roads.model import RoadClass
from gridmgmt.siting import scenario_store, set_store
from gridmgmt.siting.guarantee import gap_percent, guarantee
from gridmgmt.siting.question import ask
from gridmgmt.siting.scenario import SavedPlan, Scenario, Site
from gridmgmt.siting.scenario_settings import DistanceKind, Problem
from gridmgmt.web import language
from gridmgmt.web.answers import label, lonlats, packed_answer
from gridmgmt.web.door import profile, session
from gridmgmt.web.guard import needs, principal
from gridmgmt.web.params import query, text_of
from gridmgmt.web.shells import city_shell
from gridmgmt.web.siting import area_names, number_in
from gridmgmt.web.siting_points import pack
from gridmgmt.web.siting_texts import siting_texts
from gridmgmt.web.siting_values import cover_unit, unit_words
from gridmgmt.web.texts import script_texts

pages = Blueprint("siting_plan", __name__, url_prefix="/siting")

A_DAY_S = 24 * 3600


@pages.get("/plans/<int:number>")
@needs("siting.read")
def get_plan(number: int) -> ResponseReturnValue:
    """Show a plan on the map."""
    plan, scenario, sites = _read(number)
    data = {
        "points": f"/siting/{scenario.id}/points", "scenario": scenario.id, "plan": plan_body(plan, scenario),
        "sites": site_bodies(sites), "names": area_names(), "texts": script_texts() | siting_texts(),
        "may_write": principal().may("siting.write"),
    }  # fmt: skip
    return render_template("siting_plan.html", shell=city_shell(), data=data, **_words(plan, scenario, sites))


@pages.get("/plans/<int:number>/sites")
@needs("siting.read")
def get_sites(number: int) -> ResponseReturnValue:
    """Show the sites of a plan as a table: what the map says, without a map."""
    plan, scenario, sites = _read(number)
    return render_template(
        "siting_sites.html", names=area_names(), lonlats=lonlats([(site.x, site.y) for site in sites]), **_words(plan, scenario, sites)
    )


@pages.get("/<int:number>/points")
@needs("siting.read")
def get_points(number: int) -> ResponseReturnValue:
    """Answer the points of a scenario, packed for the browser, which may keep them: neither a scenario nor its set ever changes."""
    scenario = scenario_store.get_scenario(session(), number)
    tables = set_store.read_tables(session(), scenario.set_id)
    packed = gzip.compress(
        pack(ask(tables, scenario.settings), tables, area_names(), srid=profile().storage_srid), compresslevel=3, mtime=0
    )
    response = packed_answer(packed, "application/octet-stream")
    response.headers["Cache-Control"] = f"private, max-age={A_DAY_S}"
    return response


@pages.get("/compare")
@needs("siting.read")
def get_compare() -> ResponseReturnValue:
    """Show two plans beside one another: figures, by area, sites that only one has; ``?a=`` and ``?b=`` are their numbers."""
    given = [text_of(query(), name) for name in ("a", "b")]
    if not all(given):
        return render_template("siting_compare.html", city=profile(), pair=None, plans=_choices(), given=given)
    pair = [_read(number_in(number)) for number in given]
    codes = [{site.code for site in sites} for _, _, sites in pair]
    both = [[_one(site, in_both=site.code in codes[0] & codes[1]) for site in sites] for _, _, sites in pair]
    data = {"sites": both, "texts": script_texts() | siting_texts()}
    return render_template(
        "siting_compare.html", city=profile(), pair=[_words(*entry) for entry in pair], plans=_choices(), given=given, shell=city_shell(),
        data=data, common=len(codes[0] & codes[1]), only=[len(codes[0] - codes[1]), len(codes[1] - codes[0])],
        areas=by_area([sites for _, _, sites in pair]), names=area_names(),
    )  # fmt: skip


def plan_body(plan: SavedPlan, scenario: Scenario) -> dict[str, Any]:
    """Return what the page's script needs to know of a plan and its rules."""
    asked = scenario.settings
    return {
        "id": plan.id, "problem": plan.problem, "value": plan.value, "bound": plan.bound, "unit": cover_unit(asked),
        "covering": asked.problem in {Problem.MCLP, Problem.BACKUP}, "depth": 2 if asked.problem is Problem.BACKUP else 1,
        "radius": asked.radius_m, "spacing": asked.spacing_m, "wanted": asked.sites if asked.problem is not Problem.LSCP else None,
        "quotas": [[quota.code, quota.least, quota.most] for quota in asked.quotas], "forced": asked.forced, "forbidden": asked.forbidden,
        "budget": asked.budget, "upgrades": asked.upgrades, "roads": {name: RoadClass(name).label(language.choose()) for name in asked.road_spacing_m},
        "walking": asked.distance is DistanceKind.WALKING,
    }  # fmt: skip


def site_bodies(sites: list[Site]) -> list[dict[str, Any]]:
    """Return sites as plain values with labels in the language of this request."""
    return [
        {
            "rank": site.rank, "position": site.position, "code": site.code, "origin": label(site.origin), "year": site.year,
            "adds": site.adds, "alone": site.alone, "facility": site.facility_code,
            "verdict": label(site.verdict) if site.verdict else None,
        }
        for site in sites
    ]  # fmt: skip


def by_area(plans: list[list[Site]]) -> list[tuple[str, list[int]]]:
    """Return how many sites each plan has in each district, by code."""
    counted: dict[str, list[int]] = {}
    for which, sites in enumerate(plans):
        for site in sites:
            counted.setdefault(site.district_code or "", [0] * len(plans))[which] += 1
    return sorted(counted.items())


def _read(number: int) -> tuple[SavedPlan, Scenario, list[Site]]:
    plan = scenario_store.get_plan(session(), number)
    return plan, scenario_store.get_scenario(session(), plan.scenario_id), scenario_store.list_sites(session(), number)


def _words(plan: SavedPlan, scenario: Scenario, sites: list[Site]) -> dict[str, Any]:
    sentence = guarantee(plan, scenario.settings)
    return {
        "city": profile(), "plan": plan, "scenario": scenario, "asked": scenario.settings, "sites": sites, "unit": unit_words(scenario.settings),
        "cover_unit": cover_unit(scenario.settings),
        "prepared": set_store.get_set(session(), scenario.set_id),
        "sentence": language.said(sentence), "percent": gap_percent, "figures": plan.summary,
    }  # fmt: skip


def _one(site: Site, *, in_both: bool) -> dict[str, Any]:
    lon, lat = lonlats([(site.x, site.y)])[0]
    return {"rank": site.rank, "code": site.code, "adds": site.adds, "lon": lon, "lat": lat, "both": in_both}


def _choices() -> list[tuple[str, str]]:
    names = {scenario.id: scenario.name for scenario in scenario_store.list_scenarios(session())}
    return [(str(plan.id), f"{plan.id} · {names[plan.scenario_id]}") for plan in scenario_store.list_plan_heads(session())]
