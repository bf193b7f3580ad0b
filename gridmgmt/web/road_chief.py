"""The road-chief system for everybody: how far it reaches, zones and people; cases and phones only for who may see them."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from gridmgmt.cases import map_store as case_map_store
from gridmgmt.maps import styles
from gridmgmt.roads import chief_store
from gridmgmt.roads.model import Person
from gridmgmt.web import shells
from gridmgmt.web.door import profile, session, today
from gridmgmt.web.duty import Duty, box_of_duty, duty_features, duty_of_person, duty_of_zones
from gridmgmt.web.guard import needs, principal
from gridmgmt.web.params import query, text_of
from gridmgmt.web.texts import script_texts

pages = Blueprint("road_chief", __name__, url_prefix="/road-chief")

LIST_LIMIT = 60


@pages.get("")
@needs("map.read")
def get_list() -> ResponseReturnValue:
    """Show how many zones have a road chief, and let one pick a chief or a zone; who has a post begins at their own page."""
    if principal().person_id is not None and principal().may("patrol.read") and not request.args:
        return redirect("/road-chief/mine", 303)
    words, vacant = text_of(query(), "q", longest=80), text_of(query(), "vacant") == "1"
    day = today()
    return render_template(
        "road_chiefs.html",
        city=profile(),
        words=words,
        vacant=vacant,
        coverage=chief_store.count_coverage(session(), on=day),
        zones=chief_store.list_zones(session(), on=day, words=words, vacant=vacant, limit=LIST_LIMIT),
        chiefs=[] if vacant else chief_store.search_chiefs(session(), words, on=day, limit=LIST_LIMIT),
        open_cases=case_map_store.count_open_by_zone(session(), principal().scope) if principal().may("case.read") else {},
        limit=LIST_LIMIT,
    )


@pages.get("/zones/<code>")
@needs("map.read")
def get_zone(code: str) -> ResponseReturnValue:
    """Show one responsibility zone."""
    zone = chief_store.get_zone(session(), code, on=today())
    return _page(zone.name, zone.code, duty_of_zones([zone]))


@pages.get("/people/<code>")
@needs("map.read")
def get_person(code: str) -> ResponseReturnValue:
    """Show everything one person of the system answers for."""
    person = chief_store.get_person(session(), code)
    return _page(person.name, person.code, duty_of_person(person), person=person)


@pages.get("/zones/<code>.geojson")
@needs("map.read")
def get_zone_features(code: str) -> ResponseReturnValue:
    """Answer zone, segments and the open cases one may see as GeoJSON."""
    return duty_features(duty_of_zones([chief_store.get_zone(session(), code, on=today())]))


@pages.get("/people/<code>.geojson")
@needs("map.read")
def get_person_features(code: str) -> ResponseReturnValue:
    """Answer everything of a person as GeoJSON, of the cases those one may see."""
    return duty_features(duty_of_person(chief_store.get_person(session(), code)))


def _page(title: str, code: str, duty: Duty, *, person: Person | None = None) -> ResponseReturnValue:
    address = f"/road-chief/{'people' if person else 'zones'}/{code}.geojson"
    return render_template(
        "road_chief.html", city=profile(), title=title, code=code, duty=duty, person=person, shell=shells.city_shell(box_of_duty(duty)),
        data={"features": address, "texts": script_texts(), "incidentColor": styles.INCIDENT_COLOR},
    )  # fmt: skip
