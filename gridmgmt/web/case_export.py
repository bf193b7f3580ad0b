"""Export what a list of cases shows, all its pages, as CSV."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from gridmgmt import crs
from gridmgmt.cases import list_store
from gridmgmt.cases.list_model import CaseLine
from gridmgmt.web.answers import DECIMALS, label
from gridmgmt.web.case_lists import wanted_in
from gridmgmt.web.csv_stream import csv_response
from gridmgmt.web.door import held_session, now, profile, today
from gridmgmt.web.guard import needs, principal
from gridmgmt.web.noted import note_export
from gridmgmt.web.params import query, text_of
from gridmgmt.web.queues import CASES, QUEUES

pages = Blueprint("case_export", __name__)

AT_ONCE = 1000  # positions turned into degrees at a time


@pages.get("/cases.csv")
@needs("case.export")
def get_export() -> ResponseReturnValue:
    """Send the cases of a list (``?queue=`` and its filter) line by line; that somebody did is noted."""
    wanted = wanted_in(QUEUES.get(text_of(query(), "queue"), CASES))
    note_export("case.export")
    lines = list_store.stream_lines(held_session(), principal().scope, wanted, now=now())
    return csv_response(_heads(), _rows(lines), f"cases-{today():%Y%m%d}.csv")


def _heads() -> Sequence[str]:
    return [
        _("案卷号"), _("状态"), _("类别"), _("类别编码"), _("描述"), _("地址"), _("来源"), _("上报时间"), _("到期"), _("是否超期"),
        _("处置单位"), _("区编码"), _("街道编码"), _("社区编码"), _("单元网格"), _("责任区"), _("路段"), _("经度"), _("纬度"),
    ]  # fmt: skip


def _rows(lines: Iterator[CaseLine]) -> Iterator[Sequence[object]]:
    zone, source = profile().zone, f"epsg:{profile().storage_srid}"
    late = {None: "", True: _("是"), False: _("否")}
    while chunk := list(itertools.islice(lines, AT_ONCE)):
        lon, lat = crs.crs_to_crs([line.x for line in chunk], [line.y for line in chunk], source, crs.WGS84)
        for line, east, north in zip(chunk, lon.round(DECIMALS), lat.round(DECIMALS), strict=True):
            yield (
                line.case_no, label(line.state), line.class_name, line.class_code, line.description, line.address, label(line.source),
                f"{line.reported_at.astimezone(zone):%Y-%m-%d %H:%M}", f"{line.due_at.astimezone(zone):%Y-%m-%d %H:%M}" if line.due_at else "",
                late[line.overdue], line.unit_name or line.unit_code, line.district_code, line.street_office_code, line.community_code,
                line.unit_grid_code, line.zone_code, line.segment_code, float(east), float(north),
            )  # fmt: skip
