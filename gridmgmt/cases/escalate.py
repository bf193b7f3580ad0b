"""Look which cases are due soon or overdue, and tell those whom the ladder names (到期提醒、超期升级): once for each deadline."""

from __future__ import annotations

import datetime
import itertools
import zoneinfo
from collections.abc import Sequence

from sqlalchemy.orm import Session

from gridmgmt.cases import escalation_store, store
from gridmgmt.cases.announce import areas_of
from gridmgmt.cases.escalation_store import PassedRung
from gridmgmt.cases.review_store import list_suspended
from gridmgmt.city import store as city_store
from gridmgmt.messages.model import Audience, Rung, Topic
from gridmgmt.messages.outbox import announce

MOST = 500
PERMISSION = {Rung.DISPATCHER: "case.dispatch", Rung.SUPERVISOR: "case.supervise"}


def escalate(session: Session, *, now: datetime.datetime) -> int:
    """Announce what became due since the last look; return how many cases, at most ``MOST`` rungs at a time.

    A case that passed several rungs at once (the worker was away) is announced for the highest of them only.
    """
    passed = escalation_store.mark_passed(session, now=now, most=MOST)
    zone = city_store.get_profile(session).zone
    told = 0
    for case_no, rungs in itertools.groupby(passed, key=lambda rung: rung.case_no):
        _announce(session, case_no, list(rungs), zone, now=now)
        told += 1
    return told


def announce_reviews(session: Session, *, now: datetime.datetime) -> int:
    """Announce suspended cases whose review is due today or was before; return how many."""
    profile, told = city_store.get_profile(session), 0
    for entry in list_suspended(session, due_by=profile.day_of(now), limit=MOST):
        due_at = datetime.datetime.combine(entry.review_on, datetime.time(), profile.zone)
        found = store.find_case(session, entry.case_no) if escalation_store.mark_review(session, entry.case_no, due_at=due_at) else None
        if found is None:
            continue
        zh = f"案卷 {entry.case_no} 挂账复查日 {entry.review_on} 已到"
        en = f"Case {entry.case_no}: its suspension is to be reviewed, due on {entry.review_on}"
        to = [Audience(permission="case.resume", areas=areas_of(found[0]))]
        announce(session, Topic.REVIEW_DUE, to=to, about=entry.case_no, zh=zh, en=en, at=now)
        told += 1
    return told


def _announce(session: Session, case_no: str, rungs: Sequence[PassedRung], zone: zoneinfo.ZoneInfo, *, now: datetime.datetime) -> None:
    highest = max(rung.after_minutes for rung in rungs)
    to = [audience for rung in rungs if rung.after_minutes == highest for audience in _audience(rung)]
    due = f"{rungs[0].due_at.astimezone(zone):%Y-%m-%d %H:%M}"
    if highest < 0:
        topic, zh, en = Topic.DUE_SOON, f"案卷 {case_no} 即将到期：{due}", f"Case {case_no} is due soon: {due}"
    else:
        topic, zh, en = Topic.OVERDUE, f"案卷 {case_no} 已超期，应于 {due} 前办结", f"Case {case_no} is overdue since {due}"
    announce(session, topic, to=to, about=case_no, zh=zh, en=en, at=now)


def _audience(rung: PassedRung) -> list[Audience]:
    if rung.tells is not Rung.UNIT:
        return [Audience(permission=PERMISSION[rung.tells], areas=rung.areas)]
    if rung.unit_code is not None:
        return [Audience(unit_code=rung.unit_code)]
    return [Audience(permission="case.dispatch", areas=rung.areas)]  # no unit has it: the dispatcher is to act
