"""The patrol pages: walk with the phone, the log of walks, one walk on the map."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence

import shapely
from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from gridmgmt.errors import InvalidInputError, NotFoundError
from gridmgmt.patrol import coverage_store, store
from gridmgmt.patrol.model import Patrol, PatrolFilter
from gridmgmt.roads import chief_store, map_store
from gridmgmt.web import shells
from gridmgmt.web.answers import feature_collection, lonlat_box, shape_feature
from gridmgmt.web.csv_stream import csv_response
from gridmgmt.web.door import profile, session, today
from gridmgmt.web.duty import box_of_duty, duty_of_person
from gridmgmt.web.guard import needs, principal
from gridmgmt.web.my_duty import me
from gridmgmt.web.noted import note_export
from gridmgmt.web.params import query, start_of, text_of
from gridmgmt.web.patrol_texts import patrol_texts
from gridmgmt.web.security import keep_nothing
from gridmgmt.web.texts import script_texts
from gridmgmt.web.words import moment

pages = Blueprint("patrols", __name__, url_prefix="/road-chief")
pages.after_request(keep_nothing)

PAGE, EXPORT_PAGE = 40, 500
AT_ONCE = datetime.timedelta(seconds=1)  # nobody starts two walks within it


@pages.get("/patrol")
@needs("patrol.write")
def get_walk() -> ResponseReturnValue:
    """Show the page one walks with; the track itself is kept and sent by its script."""
    duty = duty_of_person(me())
    data = {"me": principal().name, "features": "/road-chief/mine.geojson", "texts": script_texts() | patrol_texts()}
    return render_template("patrol.html", city=profile(), duty=duty, shell=shells.city_shell(box_of_duty(duty)), data=data)


@pages.get("/patrols")
@needs("patrol.read")
def get_log() -> ResponseReturnValue:
    """Show the walks one may see, newest first."""
    found = store.list_patrols(session(), principal().scope, _wanted(), on=today(), before=_before(), limit=PAGE + 1)
    shown = found[:PAGE]
    count, metres, seconds = store.sum_patrols(session(), _wanted(), on=today(), scope=principal().scope)
    return render_template(
        "patrols.html", city=profile(), patrols=shown, next_cursor=_cursor(shown[-1]) if len(found) > PAGE else None, count=count,
        km=metres / 1000, lasted=datetime.timedelta(seconds=seconds),
    )  # fmt: skip


@pages.get("/patrols.csv")
@needs("patrol.read")
def get_log_export() -> ResponseReturnValue:
    """Send the walks of the log as CSV; that somebody did is noted."""
    note_export("patrol.export")
    heads = [_("工号"), _("姓名"), _("责任区"), _("街道编码"), _("开始"), _("结束"), _("公里"), _("轨迹点")]
    return csv_response(heads, _export(_wanted()), f"patrols-{today():%Y%m%d}.csv")


@pages.get("/patrols/<int:patrol_id>")
@needs("patrol.read")
def get_patrol(patrol_id: int) -> ResponseReturnValue:
    """Show one walk on the map with the segments it covered."""
    patrol = _patrol(patrol_id)
    track = store.find_track(session(), patrol.id)
    codes: list[str] = []
    if track is not None:
        rules = store.find_rules(session(), on=today())
        codes = [segment.code for segment in map_store.list_segments_inside(session(), shapely.buffer(track, rules.within_m), on=today())]
    covers = coverage_store.list_covers(
        session(), codes, store.find_rules(session(), on=today()), since=patrol.started_at, until=patrol.started_at + AT_ONCE,
        people=[patrol.person_id], on=today(),
    )  # fmt: skip
    walked = [cover for cover in covers if cover.walked_m > 0]
    data = {"features": f"/road-chief/patrols/{patrol.id}.geojson", "texts": script_texts(), "incidentColor": ""}
    box = lonlat_box(shapely.bounds(track)) if track is not None else None
    return render_template("patrol_one.html", city=profile(), patrol=patrol, covers=walked, shell=shells.city_shell(box), data=data)


@pages.get("/patrols/<int:patrol_id>.geojson")
@needs("patrol.read")
def get_patrol_features(patrol_id: int) -> ResponseReturnValue:
    """Answer the line of one walk as GeoJSON."""
    track = store.find_track(session(), _patrol(patrol_id).id)
    return feature_collection([shape_feature(track, {"type": "track"})] if track is not None else [])


def _export(wanted: PatrolFilter) -> Iterator[Sequence[object]]:
    before = None
    while found := store.list_patrols(session(), principal().scope, wanted, on=today(), before=before, limit=EXPORT_PAGE):
        for patrol in found:
            yield (
                patrol.person_code, patrol.person_name, patrol.place.zone_code, patrol.place.street_office_code, moment(patrol.started_at),
                moment(patrol.ended_at), round(patrol.length_m / 1000, 3), patrol.point_count,
            )  # fmt: skip
        before = (found[-1].started_at, found[-1].id)


def _wanted() -> PatrolFilter:
    values = query()
    code = text_of(values, "person", longest=64)
    person = chief_store.find_person(session(), code) if code else None
    person_id = (person.id if person else -1) if code else None
    return PatrolFilter(start_of(values, "from"), start_of(values, "to", days=1), person_id, text_of(values, "zone", longest=64) or None)


def _cursor(patrol: Patrol) -> str:
    return f"{patrol.started_at.timestamp():.6f}_{patrol.id}"


def _before() -> tuple[datetime.datetime, int] | None:
    given = text_of(query(), "after")
    if not given:
        return None
    seconds, sign, number = given.partition("_")
    try:
        return datetime.datetime.fromtimestamp(float(seconds), datetime.UTC), int(number)
    except (ValueError, OverflowError, OSError):
        raise InvalidInputError("after", f"{given!r}{sign} is no page", zh="页码无效") from None


def _patrol(patrol_id: int) -> Patrol:
    patrol = store.find_patrol(session(), patrol_id, principal().scope, on=today())
    if patrol is None:
        raise NotFoundError(f"there is no patrol {patrol_id}", zh=f"没有巡查记录 {patrol_id}")
    return patrol
