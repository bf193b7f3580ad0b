"""The supervisor's board: what is open, late and on its way, by area down to where one may look, and where problems gather."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import shapely
from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from gridmgmt.cases.model import CaseState
from gridmgmt.cases.workflow import OPEN_STATES
from gridmgmt.city.model import Level
from gridmgmt.errors import InvalidInputError
from gridmgmt.evaluation import board_store, day_store
from gridmgmt.evaluation.board_store import Within
from gridmgmt.evaluation.model import BoardRow, DayFlow, Satisfaction, Spot
from gridmgmt.evaluation.read_board import colour_steps, read_board, sum_rows
from gridmgmt.hierarchy import map_store
from gridmgmt.maps import styles
from gridmgmt.web import shells
from gridmgmt.web.answers import feature_collection, label, lonlat_box, shape_feature
from gridmgmt.web.csv_stream import csv_response
from gridmgmt.web.door import now, profile, session, today
from gridmgmt.web.guard import needs, principal
from gridmgmt.web.noted import note_export
from gridmgmt.web.params import choice_of, query, text_of
from gridmgmt.web.texts import script_texts

pages = Blueprint("board", __name__)

CELLS_M = {None: 1000.0, Level.DISTRICT: 500.0, Level.STREET_OFFICE: 200.0, Level.COMMUNITY: 100.0}
SPANS = (0, 7, 30)  # days of the hot spots; 0: what is open now
TREND_DAYS, ANSWER_DAYS = 14, 30
SORTS = ("name", "open", "overdue", "soon", "opened", "closed")


@dataclasses.dataclass(frozen=True)
class View:
    """What the address asks for: rows of a level, inside an area."""

    by: Level
    within: Within


@pages.get("/board")
@needs("board.read")
def get_board() -> ResponseReturnValue:
    """Show the board; reading it needs no script, a script only keeps it fresh."""
    view = _view()
    rows = _rows(view)
    total = sum_rows(rows)
    return render_template(
        "board.html", city=profile(), view=view, rows=_sorted(rows), total=total, states=_open_states(), trail=_trail(view),
        satisfaction=_satisfaction(view), trend=_trend(view), sort=_sort(), spans=SPANS, days=_days(), area=_area_text(view.within),
        children=_children(view.by), shell=shells.city_shell(_box(view)), colors=styles.SPOT_COLORS,
        data={"texts": script_texts() | _texts(), "board": "/board.json?" + request.query_string.decode(),
              "spots": f"/board/spots.geojson?area={_area_text(view.within)}&days={_days()}", "colors": styles.SPOT_COLORS,
              "time_zone": profile().time_zone},
    )  # fmt: skip


@pages.get("/board.json")
@needs("board.read")
def get_json() -> ResponseReturnValue:
    """Answer the board's figures by the names the page has for them; an unchanged board is answered without a body (ETag)."""
    view = _view()
    rows = _rows(view)
    body = {"total": _figures(sum_rows(rows)), "rows": {row.code or "": _figures(row) for row in rows}}
    body["total"]["satisfied"] = _percent(_satisfaction(view).percent)
    response = current_app.make_response(body)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers.add("Vary", "Cookie")
    response.add_etag()
    return response.make_conditional(request)


@pages.get("/board.csv")
@needs("board.read")
def get_csv() -> ResponseReturnValue:
    """Send the rows of the board as CSV; that somebody did is noted."""
    view = _view()
    note_export("board.export")
    found = _rows(view)
    rows = [*_sorted(found), sum_rows(found, _("合计"))]
    heads = [
        _("编码"),
        _("名称"),
        _("在办"),
        _("已超期"),
        _("即将到期"),
        _("今日上报"),
        _("今日结案"),
        _("今日不予办理"),
        *map(label, _open_states()),
    ]
    lines = ([row.code, row.name, row.open, row.overdue, row.soon, row.today.opened, row.today.closed, row.today.dropped,
              *(row.states.get(state, 0) for state in _open_states())] for row in rows)  # fmt: skip
    return csv_response(heads, lines, f"board-{today():%Y%m%d}.csv")


@pages.get("/board/spots.geojson")
@needs("board.read")
def get_spots() -> ResponseReturnValue:
    """Answer the cells with the most cases as GeoJSON squares, each with its colour step, and the steps themselves."""
    within, days = _view().within, _days()
    since = now() - datetime.timedelta(days=days) if days else None
    cell_m = CELLS_M[within[0] if within else None]
    spots = board_store.list_spots(session(), principal().scope, cell_m=cell_m, now=now(), since=since, within=within)
    steps = colour_steps([spot.cases for spot in spots])
    collection = feature_collection(_spot(spot, steps, days) for spot in spots)
    return collection | {"steps": steps, "cell_m": cell_m}


def _view() -> View:
    """Return what is asked for; who sees only some areas begins at their level."""
    levels = [level for level in profile().levels if level in CELLS_M or level is Level.UNIT_GRID]
    within = _area(text_of(query(), "area"))
    if within is not None:
        below = levels[levels.index(within[0]) + 1 :] if within[0] in levels else []
        return View(below[0] if below else levels[-1], within)
    held = {level for level, _code in principal().scope.areas}
    first = next((level for level in levels if level in held), levels[0])
    return View(levels[0] if principal().scope.everything else first, None)


def _area(given: str) -> Within:
    level, _sign, code = given.partition(":")
    if not given:
        return None
    if not code:
        raise InvalidInputError("area", f"{given!r} is not level:code", zh=f"“{given}”不是 层级:编码")
    chosen = choice_of(level, "area", Level)
    if chosen not in CELLS_M or chosen not in profile().levels:
        raise InvalidInputError("area", f"the board has no rows below a {level}", zh="看板不能再细分该层级")
    return chosen, code


def _rows(view: View) -> list[BoardRow]:
    since = day_store.midnight(today(), profile().time_zone)
    return read_board(session(), principal().scope, view.by, now=now(), since=since, on=today(), within=view.within)


def _sort() -> str:
    given = text_of(query(), "sort")
    return given if given in SORTS else "overdue"


def _sorted(rows: Sequence[BoardRow]) -> list[BoardRow]:
    sort = _sort()
    if sort == "name":
        return list(rows)
    field = {"opened": lambda row: row.today.opened, "closed": lambda row: row.today.closed}.get(sort, lambda row: getattr(row, sort))
    return sorted(rows, key=field, reverse=True)


def _figures(row: BoardRow) -> dict[str, Any]:
    return {
        "open": row.open, "overdue": row.overdue, "soon": row.soon, "opened": row.today.opened, "closed": row.today.closed,
        "dropped": row.today.dropped, "in_time": _percent(row.today.in_time_percent),
        **{f"state-{state.value}": row.states.get(state, 0) for state in _open_states()},
    }  # fmt: skip


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{share:.0f}%"


def _open_states() -> list[CaseState]:
    return [state for state in CaseState if state in OPEN_STATES]


def _satisfaction(view: View) -> Satisfaction:
    since = now() - datetime.timedelta(days=ANSWER_DAYS)
    return board_store.count_satisfaction(session(), principal().scope, since=since, until=now(), within=view.within)


def _trend(view: View) -> list[DayFlow] | None:
    last = today() - datetime.timedelta(days=1)
    first = last - datetime.timedelta(days=TREND_DAYS - 1)
    return day_store.list_days(session(), principal().scope, first=first, last=last, within=view.within)


def _trail(view: View) -> list[tuple[str, str]]:
    """Return (name, address) of the areas above the rows, the whole first."""
    trail = [(_("全部"), "/board")]
    if view.within is not None:
        level, code = view.within
        name = board_store.list_names(session(), level, on=today()).get(code)
        trail.append((f"{label(level)} {name or code}", f"/board?area={level.value}:{code}"))
    return trail


def _days() -> int:
    given = text_of(query(), "days")
    if given and given not in {str(span) for span in SPANS}:
        raise InvalidInputError("days", f"{given!r} is none of {SPANS}", zh="天数无效")
    return int(given or 0)


def _children(by: Level) -> bool:
    """Say whether one may look into a row of this level."""
    return by in CELLS_M and by is not profile().levels[-1]


def _area_text(within: Within) -> str:
    return f"{within[0].value}:{within[1]}" if within else ""


def _box(view: View) -> tuple[float, float, float, float] | None:
    """Return where the map begins: the area, else the scope's own areas, else the city."""
    areas = [view.within] if view.within else [] if principal().scope.everything else list(principal().scope.areas)
    shape = map_store.union_shape(session(), areas, on=today()) if areas else None
    return lonlat_box(shapely.bounds(shape)) if shape is not None else None


def _spot(spot: Spot, steps: Sequence[int], days: int) -> dict[str, Any]:
    square = shapely.box(spot.x, spot.y, spot.x + spot.size_m, spot.y + spot.size_m)
    step = sum(spot.cases >= low for low in steps) - 1
    west, south, east, north = lonlat_box(shapely.bounds(square))
    address = f"{_list_of(days)}bbox={west:.6f},{south:.6f},{east:.6f},{north:.6f}"
    return shape_feature(square, {"cases": spot.cases, "overdue": spot.overdue, "step": step, "url": address})


def _list_of(days: int) -> str:
    """Return the address of the list behind the hot spots, ready for a box: all cases of some days, or what is open."""
    if days:
        return f"/cases?from={today() - datetime.timedelta(days=days)}&"
    if principal().may("case.supervise"):
        return "/supervise?"
    return f"/cases?{urlencode([('state', state.value) for state in _open_states()])}&"


def _texts() -> dict[str, str]:
    return {
        "spot_cases": _("{count} 件案卷"),
        "spot_overdue": _("其中 {count} 件已超期"),
        "spot_open": _("查看案卷"),
        "spot_from": _("{count} 件起"),
        "spot_none": _("没有案卷"),
        "fresh": _("更新于 {time}"),
        "stale": _("连不上服务器，显示的是 {time} 的数字"),
    }
