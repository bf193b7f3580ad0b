"""The main navigation: one line a page; a line is shown to who may open it."""

from __future__ import annotations

import dataclasses

from flask import Flask, request
from flask_babel import lazy_gettext

from gridmgmt.web.guard import OPEN, principal


@dataclasses.dataclass(frozen=True)
class Place:
    """A page in the navigation.

    ``title`` is Chinese and translated when shown; ``under`` is the start of the paths that belong to it; ``for_staff`` False means that
    only who is not signed in needs it.
    """

    title: str
    path: str
    under: str
    permission: str = OPEN
    for_staff: bool = True


PLACES = (
    Place(lazy_gettext("受理"), "/intake", "/intake", "case.file"),
    Place(lazy_gettext("派遣"), "/dispatch", "/dispatch", "case.dispatch"),
    Place(lazy_gettext("派遣规则"), "/dispatch/rules", "/dispatch/rules", "dispatch.read"),
    Place(lazy_gettext("处置"), "/unit", "/unit", "case.handle"),
    Place(lazy_gettext("督办"), "/supervise", "/supervise", "case.supervise"),
    Place(lazy_gettext("看板"), "/board", "/board", "board.read"),
    Place(lazy_gettext("案卷"), "/cases", "/cases", "case.read"),
    Place(lazy_gettext("地图"), "/map", "/map", "map.read"),
    Place(lazy_gettext("上报"), "/report", "/report", "report.create"),
    Place(lazy_gettext("查询进度"), "/follow", "/follow", "case.follow", for_staff=False),
    Place(lazy_gettext("采集"), "/inspector", "/inspector", "report.inspect"),
    Place(lazy_gettext("路长"), "/road-chief", "/road-chief", "map.read"),
    Place(lazy_gettext("覆盖"), "/coverage/toilet", "/coverage", "facility.read"),
    Place(lazy_gettext("选址"), "/siting", "/siting", "siting.read"),
    Place(lazy_gettext("账号"), "/accounts", "/accounts", "account.manage"),
    Place(lazy_gettext("审计"), "/audit", "/audit", "audit.read"),
)


def places() -> list[tuple[str, str, bool]]:
    """Return (title, path, whether we are there) of what the asker may open; of two that hold the path the narrower is where we are."""
    here = max((place.under for place in PLACES if request.path.startswith(place.under)), key=len, default=None)
    return [
        (str(place.title), place.path, place.under == here)
        for place in PLACES
        if (place.permission == OPEN or principal().may(place.permission)) and (place.for_staff or principal().account_id is None)
    ]


def register(app: Flask) -> None:
    """Give templates the navigation."""
    app.context_processor(lambda: {"places": places})
