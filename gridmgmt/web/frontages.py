"""Frontages (门前三包): the register one may see, one shop with its checks, a check written on the phone."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from gridmgmt.accounts.model import Principal
from gridmgmt.errors import InvalidInputError, NotFoundError
from gridmgmt.patrol import check_store, frontage_store
from gridmgmt.patrol.check_frontage import MOST_PHOTOS, check_frontage
from gridmgmt.patrol.model import Frontage, FrontageCheck, FrontageDuty, FrontageFilter, NewCheck
from gridmgmt.photos.prepare import LONGEST_FILE
from gridmgmt.web.answers import Feature, label, lonlat, point_feature
from gridmgmt.web.csv_stream import csv_response
from gridmgmt.web.door import now, profile, session, today, transaction
from gridmgmt.web.duty import this_week
from gridmgmt.web.guard import needs, principal
from gridmgmt.web.noted import note_export
from gridmgmt.web.params import query, text_of
from gridmgmt.web.photos import FRAME, SEERS, take_in
from gridmgmt.web.security import keep_nothing
from gridmgmt.web.uploads import takes
from gridmgmt.web.words import moment

pages = Blueprint("frontages", __name__, url_prefix="/road-chief")
pages.after_request(keep_nothing)

PAGE, EXPORT_PAGE, ON_A_MAP = 40, 500, 1000
YES, NO, NONE = "yes", "no", "none"


@pages.get("/frontages")
@needs("patrol.read", "frontage.write")
def get_list() -> ResponseReturnValue:
    """Show the shops one may see by code, with how their newest check went."""
    found = frontage_store.list_frontages(
        session(), principal().scope, _wanted(), on=today(), after=text_of(query(), "after", longest=64) or None, limit=PAGE + 1
    )
    since, until = this_week()
    figures = frontage_store.count_frontages(session(), principal().scope, since=since, until=until, on=today(), wanted=_wanted())
    return render_template(
        "frontages.html", city=profile(), frontages=found[:PAGE], next_cursor=found[PAGE - 1].code if len(found) > PAGE else None,
        figures=figures, verdicts=_verdicts(),
    )  # fmt: skip


@pages.get("/frontages.csv")
@needs("patrol.read", "frontage.write")
def get_export() -> ResponseReturnValue:
    """Send the shops of the list as CSV; that somebody did is noted."""
    note_export("frontage.export")
    heads = [
        _("编号"),
        _("商铺"),
        _("地址"),
        _("路段"),
        _("店长"),
        _("签订日期"),
        _("检查时间"),
        _("结果"),
        _("未达标项"),
        _("经度"),
        _("纬度"),
    ]
    return csv_response(heads, _export(_wanted()), f"frontages-{today():%Y%m%d}.csv")


@pages.get("/frontages/<code>")
@needs("patrol.read", "frontage.write")
def get_one(code: str) -> ResponseReturnValue:
    """Show a shop, its checks and, for who may, the form of a new check."""
    return _page(_frontage(code), {})


@pages.post("/frontages/<code>/checks")
@needs("frontage.write")
@takes(MOST_PHOTOS * LONGEST_FILE + FRAME)
def post_check(code: str) -> ResponseReturnValue:
    """Write a check; the same form sent twice is one check."""
    frontage, form = _frontage(code), request.form
    photos = request.form.getlist("photo")[:MOST_PHOTOS]  # taken in with a form that was refused
    try:
        photos += [take_in(file) for file in request.files.getlist("photos")[: MOST_PHOTOS + 1] if file.filename]
        with transaction() as opened:
            check_frontage(opened, frontage, _check(form, photos), now=now(), actor=principal().name, person_id=principal().person_id)
    except InvalidInputError as error:
        return _page(frontage, form, error, photos), 400
    return redirect(f"/road-chief/frontages/{frontage.code}?done=1", 303)


def frontage_features() -> list[Feature]:
    """Return the shops one may see as GeoJSON points."""
    words = dict(_verdicts())
    found = frontage_store.list_frontages(session(), principal().scope, on=today(), limit=ON_A_MAP)
    return [
        point_feature(*entry.point, {"type": "frontage", "code": entry.code, "name": entry.shop_name, "verdict": verdict_of(entry),
                                     "status": words[verdict_of(entry)]})
        for entry in found if entry.point
    ]  # fmt: skip


def verdict_of(entry: Frontage) -> str:
    """Return how the newest check went: passed, failed, or unchecked."""
    return {True: "passed", False: "failed", None: "unchecked"}[entry.passed]


def _verdicts() -> list[tuple[str, str]]:
    return [("passed", _("达标")), ("failed", _("未达标")), ("unchecked", _("未检查")), ("unsigned", _("未签责任书"))]


def _wanted() -> FrontageFilter:
    values = query()
    verdict = text_of(values, "verdict") or None
    if verdict is not None and verdict not in frontage_store.VERDICTS:
        raise InvalidInputError("verdict", f"{verdict!r} is none of {', '.join(frontage_store.VERDICTS)}", zh="检查结果无效")
    segment, zone = (text_of(values, name, longest=64) or None for name in ("segment", "zone"))
    return FrontageFilter(text_of(values, "q", longest=80), segment, zone, verdict)


def _page(frontage: Frontage, given: Mapping[str, str], error: InvalidInputError | None = None, photos: Sequence[str] = ()) -> str:
    checks: list[FrontageCheck] = check_store.list_checks(session(), frontage.id)
    return render_template(
        "frontage.html", city=profile(), frontage=frontage, checks=checks, duties=list(FrontageDuty), given=given, error=error,
        request_id=given.get("request_id") or secrets.token_urlsafe(16), most_photos=MOST_PHOTOS,
        photos=photos, place=lonlat(*frontage.point) if frontage.point else None,
    )  # fmt: skip


def _check(form: Mapping[str, str], photos: Sequence[str]) -> NewCheck:
    verdicts: dict[str, bool | None] = {}
    for duty in FrontageDuty:
        given = text_of(form, duty.value)
        allowed = (YES, NO, NONE) if duty is FrontageDuty.GREENERY else (YES, NO)
        if given not in allowed:
            raise InvalidInputError(duty.value, "say whether it passed", zh=f"请选择{duty.zh}是否达标")
        verdicts[duty.value] = None if given == NONE else given == YES
    note = text_of(form, "note", longest=500)
    return NewCheck(
        bool(verdicts["sanitation"]), verdicts["greenery"], bool(verdicts["public_order"]), note, tuple(photos),
        f"{principal().name}:{text_of(form, 'request_id', longest=64)}" if text_of(form, "request_id", longest=64) else None,
    )  # fmt: skip


def _export(wanted: FrontageFilter) -> Iterator[Sequence[object]]:
    after, words = None, dict(_verdicts())
    while found := frontage_store.list_frontages(session(), principal().scope, wanted, on=today(), after=after, limit=EXPORT_PAGE):
        for entry in found:
            lon, lat = lonlat(*entry.point) if entry.point else ("", "")
            yield (
                entry.code, entry.shop_name, entry.address, entry.segment_name or entry.segment_code, entry.shop_head_name, entry.signed_on,
                moment(entry.checked_at) if entry.checked_at else "", words[verdict_of(entry)],
                "、".join(label(duty) for duty in entry.failed), lon, lat,
            )  # fmt: skip
        after = found[-1].code


def _frontage(code: str) -> Frontage:
    found = frontage_store.find_frontage(session(), code, principal().scope, on=today())
    if found is None:
        raise NotFoundError(f"there is no frontage {code!r}", zh=f"没有编号为 {code} 的商铺")
    return found


def _of_a_check(opened: Session, asker: Principal, sha256: str) -> bool:
    return (asker.may("patrol.read") or asker.may("frontage.write")) and frontage_store.sees_photo(opened, asker.scope, sha256, on=today())


SEERS.append(_of_a_check)
