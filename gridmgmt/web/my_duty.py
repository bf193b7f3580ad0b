"""My page: zone and segments with what was walked this week, team, cases, patrols, frontages; and a month to print."""

from __future__ import annotations

import calendar
import dataclasses
import datetime

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from gridmgmt.accounts.model import Scope
from gridmgmt.cases.workflow import DONE_STATES, OPEN_STATES
from gridmgmt.errors import InvalidInputError, NotFoundError
from gridmgmt.evaluation import board_store
from gridmgmt.evaluation.model import MonthCount
from gridmgmt.maps import styles
from gridmgmt.patrol import coverage_store, frontage_store, place_store, store
from gridmgmt.patrol.model import FrontageFigures, PatrolFilter, SegmentCover
from gridmgmt.roads import chief_store
from gridmgmt.roads.model import Person
from gridmgmt.web import shells
from gridmgmt.web.door import now, profile, session, today
from gridmgmt.web.duty import Duty, box_of_duty, days_span, duty_features, duty_of_person, this_week
from gridmgmt.web.frontages import frontage_features
from gridmgmt.web.guard import needs, principal
from gridmgmt.web.params import query, text_of
from gridmgmt.web.patrol_api import own_person
from gridmgmt.web.security import keep_nothing
from gridmgmt.web.texts import script_texts

pages = Blueprint("my_duty", __name__, url_prefix="/road-chief")
pages.after_request(keep_nothing)

LAST_PATROLS = 5


@dataclasses.dataclass(frozen=True)
class Month:
    """What one person and their zones did in a month."""

    first: datetime.date
    end: datetime.date
    patrols: int
    km: float
    lasted: datetime.timedelta
    covers: list[SegmentCover]
    cases: list[MonthCount]
    frontages: FrontageFigures

    @property
    def covered(self) -> int:
        """Return how many segments were covered."""
        return sum(cover.covered for cover in self.covers)

    @property
    def opened(self) -> int:
        """Return how many cases came in."""
        return sum(entry.cases for entry in self.cases)

    @property
    def done(self) -> int:
        """Return how many of them are closed."""
        return sum(entry.cases for entry in self.cases if entry.state in DONE_STATES)

    @property
    def still_open(self) -> int:
        """Return how many of them are open."""
        return sum(entry.cases for entry in self.cases if entry.state in OPEN_STATES)

    @property
    def in_time_percent(self) -> float | None:
        """Return those not late in percent of those with a deadline, None where none has one."""
        timed = sum(entry.timed for entry in self.cases)
        return 100 * (timed - sum(entry.late for entry in self.cases)) / timed if timed else None


@pages.get("/mine")
@needs("patrol.read")
def get_mine() -> ResponseReturnValue:
    """Show what I answer for."""
    person = me()
    duty = duty_of_person(person)
    since, until = this_week()
    week = PatrolFilter(since, until, person.id)
    return render_template(
        "my_duty.html", city=profile(), person=person, duty=duty, posts=chief_store.list_posts(session(), person.id, on=today()),
        shell=shells.city_shell(box_of_duty(duty)), week=store.sum_patrols(session(), week, on=today()),
        walking=store.find_open_patrol(session(), person.id),
        patrols=store.list_patrols(session(), _own(person), PatrolFilter(person_id=person.id), on=today(), limit=LAST_PATROLS),
        frontages=frontage_store.count_frontages(session(), principal().scope, since=since, until=until, on=today()),
        data={"features": "/road-chief/mine.geojson", "texts": script_texts(), "incidentColor": styles.INCIDENT_COLOR},
    )  # fmt: skip


@pages.get("/mine.geojson")
@needs("patrol.read")
def get_mine_features() -> ResponseReturnValue:
    """Answer what I answer for as GeoJSON."""
    collection = duty_features(duty_of_person(me()))
    collection["features"] += frontage_features()
    return collection


@pages.get("/monthly")
@needs("patrol.read")
def get_monthly() -> ResponseReturnValue:
    """Show the month of a person, to be printed; one's own, or of somebody in the scope."""
    first = _first_day(text_of(query(), "month") or f"{today():%Y-%m}")
    person = _asked_person()
    duty = duty_of_person(person)
    return render_template(
        "monthly.html", city=profile(), person=person, duty=duty, month=_month(person, duty, first),
        previous=first - datetime.timedelta(days=1), printed=today(),
    )  # fmt: skip


def _month(person: Person, duty: Duty, first: datetime.date) -> Month:
    end = first + datetime.timedelta(days=calendar.monthrange(first.year, first.month)[1])
    since, until = days_span(first, end)
    on = min(today(), end - datetime.timedelta(days=1))
    count, metres, seconds = store.sum_patrols(session(), PatrolFilter(since, until, person.id), on=today())
    rules = store.find_rules(session(), on=on)
    codes = [segment.code for segment in duty.segments]
    covers = coverage_store.list_covers(session(), codes, rules, since=since, until=until, people=duty.people, on=on)
    zones = tuple(zone.code for zone, _team_of_zone in duty.zones)
    cases = board_store.count_month(
        session(), principal().scope, since=since, until=until, now=now(), person_id=person.id, zone_codes=zones
    )  # fmt: skip
    frontages = frontage_store.count_frontages(session(), _own(person), since=since, until=until, on=on)
    return Month(first, end, count, metres / 1000, datetime.timedelta(seconds=seconds), covers, cases, frontages)


def _own(person: Person) -> Scope:
    return Scope(person_id=person.id)


def _first_day(month: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(f"{month}-01")
    except ValueError:
        raise InvalidInputError("month", f"{month!r} is no month such as 2026-11", zh=f"“{month}”不是月份（如 2026-11）") from None


def me() -> Person:
    """Return the person who asks; raise NotAllowedError for an account that is nobody of the road-chief system."""
    person = chief_store.find_person_by_id(session(), own_person())
    if person is None:
        raise NotFoundError("this person is gone", zh="没有该人员")
    return person


def _asked_person() -> Person:
    """Return the person named in the address, oneself where nobody is; somebody whose patrols one may not see is not there."""
    code = text_of(query(), "person", longest=64)
    if not code:
        return me()
    person = chief_store.get_person(session(), code)
    if person.id != principal().person_id and not place_store.works_in(session(), person.id, principal().scope, on=today()):
        raise NotFoundError(f"nobody has the staff number {code!r}", zh=f"没有工号为 {code} 的人员")
    return person
