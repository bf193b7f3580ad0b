"""Times, spans and clocks in words, and addresses with a part changed: what every template may use."""

from __future__ import annotations

import dataclasses
import datetime
import re
from typing import Protocol
from urllib.parse import urlencode

from flask import Flask, request

from gridmgmt.cases.list_model import SOON
from gridmgmt.cases.model import CaseState
from gridmgmt.web.door import now, profile
from gridmgmt.web.language import gettext as _

UTC_TIME = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC")
MINUTE, HOUR, DAY = datetime.timedelta(minutes=1), datetime.timedelta(hours=1), datetime.timedelta(days=1)


class OnTheClock(Protocol):
    """What has a deadline: a case or a line of a list."""

    @property
    def state(self) -> CaseState:
        """Where the case is; a suspended one has a clock that stands still."""

    @property
    def due_at(self) -> datetime.datetime | None:
        """When it is due; None without a running clock."""

    @property
    def clock_stopped_at(self) -> datetime.datetime | None:
        """When it was done; None while the clock runs."""


@dataclasses.dataclass(frozen=True)
class Clock:
    """A deadline as a badge: ``tone`` (none, fine, soon, late, kept) for its colour, ``text`` in words, ``due`` the local time."""

    tone: str
    text: str
    due: str


def clock(entry: OnTheClock) -> Clock:
    """Return how a deadline stands at the time of this request."""
    if entry.due_at is None:
        return Clock("none", _("停止计时") if entry.state is CaseState.SUSPENDED else _("未计时"), "")
    due = moment(entry.due_at)
    left = entry.due_at - (entry.clock_stopped_at or now())
    if entry.clock_stopped_at is not None:
        return (
            Clock("kept", _("按时办理"), due)
            if left >= datetime.timedelta()
            else Clock("late", _("超期 %(span)s办理", span=span(-left)), due)
        )
    if left < datetime.timedelta():
        return Clock("late", _("超期 %(span)s", span=span(-left)) if -left >= MINUTE else _("刚刚超期"), due)
    return Clock("soon" if left <= SOON else "fine", _("余 %(span)s", span=span(left)) if left >= MINUTE else _("即将到期"), due)


def span(time: datetime.timedelta) -> str:
    """Return a span in the units a reader needs: days and hours, days, hours, or minutes; less than a minute is said to be that."""
    if time >= 3 * DAY or (time >= DAY and time % DAY < HOUR):
        return str(_("%(days)s 天", days=time // DAY))
    if time >= DAY:
        return str(_("%(days)s 天 %(hours)s 小时", days=time // DAY, hours=time % DAY // HOUR))
    if time >= HOUR:
        return str(_("%(hours)s 小时", hours=time // HOUR))
    return str(_("%(minutes)s 分钟", minutes=time // MINUTE)) if time >= MINUTE else str(_("不足 1 分钟"))


def ago(at: datetime.datetime) -> str:
    """Return how long ago something was."""
    gone = now() - at
    return str(_("%(span)s前", span=span(gone))) if gone >= MINUTE else str(_("刚刚"))


def moment(at: datetime.datetime | None) -> str:
    """Return the city's time to the minute, a dash for none."""
    return f"{at.astimezone(profile().zone):%Y-%m-%d %H:%M}" if at else "—"


def in_city_time(sentence: str) -> str:
    """Return a sentence of a room, which tells times in UTC, with the city's times to the minute."""

    def local(found: re.Match[str]) -> str:
        return moment(datetime.datetime.fromisoformat(found[1]).replace(tzinfo=datetime.UTC))

    return UTC_TIME.sub(local, sentence)


def address_with(**changes: object) -> str:
    """Return this page's address with some values changed (None: left out); a changed filter starts at the first page again."""
    kept = {key: request.args.getlist(key) for key in request.args if key not in {"after", *changes}}
    values = {**kept, **{key: value for key, value in changes.items() if value is not None}}
    return f"{request.path}?{urlencode(values, doseq=True)}" if values else request.path


def register(app: Flask) -> None:
    """Give templates these words."""
    app.jinja_env.filters["moment"] = moment
    app.jinja_env.filters["span"] = span
    app.jinja_env.filters["ago"] = ago
    app.context_processor(lambda: {"clock": clock, "address_with": address_with})
