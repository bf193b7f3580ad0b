"""The audit log, for who may read it (审计日志)."""

from __future__ import annotations

import dataclasses
import datetime
import json
import zoneinfo

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from gridmgmt.accounts import audit_store
from gridmgmt.accounts.audit_store import AuditFilter
from gridmgmt.web.csv_stream import csv_response
from gridmgmt.web.door import profile, session, transaction
from gridmgmt.web.guard import needs, principal
from gridmgmt.web.params import day_of, number_of, query, text_of

pages = Blueprint("audit", __name__)

LIMIT = 100
HEAD = ("id", "at", "actor", "ip", "channel", "what", "about", "details")


@pages.get("/audit")
@needs("audit.read")
def get_audit() -> ResponseReturnValue:
    """Show who did what, newest first, a page at a time."""
    before = int(number_of(query(), "after")) if text_of(query(), "after") else None
    entries = audit_store.list_entries(session(), _wanted(), before=before, limit=LIMIT)
    given = {field: text_of(query(), field) for field in ("actor", "what", "about", "from", "to")}
    following = entries[-1].id if len(entries) == LIMIT else None
    return render_template("audit.html", city=profile(), entries=entries, given=given, next_cursor=following)


@pages.get("/audit.csv")
@needs("audit.read")
def get_csv() -> ResponseReturnValue:
    """Export the lines that are wanted, all of them; the export itself stands in the log."""
    wanted, zone = _wanted(), zoneinfo.ZoneInfo(profile().time_zone)
    with transaction() as opened:
        told = {name: str(value) for name, value in dataclasses.asdict(wanted).items() if value}
        audit_store.note(opened, principal(), "audit.export", request.path, told, ip=request.remote_addr, channel="page")
    rows = (
        (
            entry.id, entry.at.astimezone(zone).isoformat(timespec="seconds"), entry.actor, entry.ip, entry.channel, entry.what, entry.about,
            json.dumps(dict(entry.details), ensure_ascii=False) if entry.details else "",
        )
        for entry in audit_store.stream_entries(session(), wanted)
    )  # fmt: skip
    return csv_response(HEAD, rows, "audit.csv")


def _wanted() -> AuditFilter:
    zone, day = zoneinfo.ZoneInfo(profile().time_zone), datetime.timedelta(days=1)
    since = datetime.datetime.combine(day_of(query(), "from"), datetime.time(), zone) if text_of(query(), "from") else None
    until = datetime.datetime.combine(day_of(query(), "to") + day, datetime.time(), zone) if text_of(query(), "to") else None
    return AuditFilter(text_of(query(), "actor"), text_of(query(), "what"), text_of(query(), "about"), since, until)
