"""Prepared sets on pages: asked for, waited for, and looked at: what they hold, which rule dropped which place."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
from flask import Blueprint, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from gridmgmt import crs
from gridmgmt.errors import GridError, InvalidInputError
from gridmgmt.facilities.model import FacilityKind
from gridmgmt.siting import preparation_store, set_store
from gridmgmt.siting.scenario import JobState, PreparedSet
from gridmgmt.web import errors, language
from gridmgmt.web.door import now, profile, session, today, transaction
from gridmgmt.web.guard import gives_back, needs, principal
from gridmgmt.web.noted import note
from gridmgmt.web.params import day_of, text_of
from gridmgmt.web.shells import city_shell
from gridmgmt.web.siting import KINDS, scenarios_page
from gridmgmt.web.siting_texts import siting_texts
from gridmgmt.web.texts import script_texts

pages = Blueprint("siting_sets", __name__)

DECIMALS = 6


def list_again(error: GridError) -> ResponseReturnValue:
    """Give the list back with what is wrong."""
    return scenarios_page(error), errors.STATUS[error.code]


@pages.post("/siting/sets")
@needs("siting.write")
@gives_back(list_again)
def post_preparation() -> ResponseReturnValue:
    """Ask the worker for a set of a kind as of a day."""
    try:
        kind, day = _kind(), day_of(request.form, "day")
        if day > today():
            raise InvalidInputError("day", f"{day} is still to come", zh=f"{day} 尚未到来")
        with transaction() as opened:
            asked = preparation_store.ask(opened, kind, day, at=now(), by=principal().name)
            told = {"kind": kind.value, "day": day.isoformat(), "preparation": asked.id}
            note(opened, "siting.prepare", request.path, told)
    except GridError as error:
        if errors.wants_problem():
            raise
        return list_again(error)
    return redirect("/siting#sets", 303)


@pages.get("/api/siting/preparations/<int:number>")
@needs("siting.read")
def get_preparation(number: int) -> ResponseReturnValue:
    """Answer whether a set that somebody asked for is ready."""
    asked = preparation_store.get_preparation(session(), number)
    words = asked.words_zh if language.choose() == "zh" else asked.words
    is_open = asked.state in {JobState.WAITING, JobState.RUNNING}
    return jsonify({"id": asked.id, "state": asked.state.value, "open": is_open, "words": words, "set_id": asked.set_id})


@pages.get("/siting/sets/<int:number>")
@needs("siting.read")
def get_set(number: int) -> ResponseReturnValue:
    """Show a prepared set: people, candidates, the rules with their source, and the places dropped on a map."""
    prepared = set_store.get_set(session(), number)
    names = dropped_names(prepared)
    counts = [(key, names.get(key, key), count) for key, count in prepared.summary["candidates"]["dropped"].items()]
    data = {"address": f"/siting/sets/{number}/dropped", "texts": script_texts() | siting_texts(), "names": names}
    return render_template(
        "siting_set.html", city=profile(), prepared=prepared, shell=city_shell(), counts=counts, data=data,
        report={"rules": prepared.summary.get("rules", ())}, may_write=principal().may("siting.write"),
    )  # fmt: skip


@pages.get("/siting/sets/<int:number>/dropped")
@needs("siting.read")
def get_dropped(number: int) -> ResponseReturnValue:
    """Answer the places that rules dropped, by rule: longitudes, latitudes, codes, and what was found."""
    set_store.get_set(session(), number)
    table = set_store.read_candidates(session(), number, dropped=True)
    lon, lat = crs.crs_to_crs(table.xy[:, 0], table.xy[:, 1], f"epsg:{profile().storage_srid}", crs.WGS84)
    found: dict[str, Any] = {}
    for rule in sorted(set(table.dropped.tolist())):
        at = np.flatnonzero(table.dropped == rule)
        found[rule] = {
            "lon": np.round(lon[at], DECIMALS).tolist(), "lat": np.round(lat[at], DECIMALS).tolist(), "code": table.code[at].tolist(),
            "detail": table.detail[at].tolist(),
        }  # fmt: skip
    response = jsonify(found)
    response.headers["Cache-Control"] = f"private, max-age={int(datetime.timedelta(days=1).total_seconds())}"
    return response


def dropped_names(prepared: PreparedSet) -> dict[str, str]:
    """Return what each reason of a dropped place means, by its key."""
    word = language.choose()
    rules = {rule["key"]: rule["zh" if word == "zh" else "en"] for rule in prepared.summary.get("rules", ())}
    return rules | {
        "outside": _("在全市单元网格之外"),
        "water": _("在水面上"),
        "counted": _("已计入规划任务的设施，不能再计一次"),
        "few_people": _("周边人口较少，超出候选点数量上限"),
        "thinned": _("同一片内已有周边人口更多的候选点"),
    }


def _kind() -> FacilityKind:
    given = text_of(request.form, "kind")
    if given not in {kind.value for kind in KINDS}:
        raise InvalidInputError("kind", f"{given!r} is no programme", zh=f"“{given}”不是可规划的设施类别")
    return FacilityKind(given)
