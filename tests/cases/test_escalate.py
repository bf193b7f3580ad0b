"""What is due soon or overdue is announced to whom the ladder names, once for each deadline."""

from __future__ import annotations

import datetime
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.cases import escalation_store
from gridmgmt.cases.escalate import announce_reviews, escalate
from gridmgmt.cases.model import Case, CaseAction
from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.messages import ladder_store
from gridmgmt.messages.model import EscalationRule, Rung
from tests.cases import loop
from tests.cases.loop import NOW, act, bring
from tests.cases.test_announce import staff, told


def due(session: Session, *, at: datetime.datetime, actions: tuple[CaseAction, ...] = loop.TO_HANDLING) -> Case:
    """Return a case whose clock runs and that is due at an instant."""
    case = bring(session, *actions)
    session.execute(text("UPDATE case_file SET due_at = :at WHERE id = :id"), {"at": at, "id": case.id})
    return case


def after(**span: float) -> datetime.datetime:
    return NOW + datetime.timedelta(**span)


def test_the_unit_hears_before_the_dispatcher_at_and_the_supervisor_a_day_after(session: Session) -> None:
    who = staff(session)
    due(session, at=after(hours=10))
    told(session, who)
    said = []
    for hours in (5, 6.5, 7, 10.1, 12, 34.1, 90):
        escalate(session, now=after(hours=hours))
        said.append(told(session, who))
    overdue = {"handler": ["overdue"], "dispatcher": ["overdue"]}
    assert said == [{}, {"handler": ["due_soon"]}, {}, overdue, {}, {"supervisor": ["overdue"]}, {}]


def test_a_worker_that_was_away_announces_the_highest_rung_only(session: Session) -> None:
    who = staff(session)
    due(session, at=after(hours=1))
    told(session, who)
    assert escalate(session, now=after(hours=30)) == 1
    assert told(session, who) == {"supervisor": ["overdue"]}
    assert escalate(session, now=after(hours=31)) == 0


def test_a_new_deadline_is_announced_anew(session: Session) -> None:
    who = staff(session)
    case = due(session, at=after(hours=1))
    escalate(session, now=after(hours=2))
    told(session, who)
    session.execute(text("UPDATE case_file SET due_at = :at WHERE id = :id"), {"at": after(hours=20), "id": case.id})
    assert [escalate(session, now=after(hours=hours)) for hours in (3, 17, 21)] == [0, 1, 1]


def test_a_case_that_was_handled_or_waits_for_nobody_is_not_announced(session: Session) -> None:
    who = staff(session)
    handled = due(session, at=after(hours=1))
    session.execute(text("UPDATE case_file SET clock_stopped_at = :at WHERE id = :id"), {"at": after(minutes=30), "id": handled.id})
    closed = due(session, at=after(hours=1))
    act(session, closed, CaseAction.FORCE_CLOSE)
    told(session, who)
    assert escalate(session, now=after(hours=40)) == 0


def test_a_class_with_rungs_of_its_own_has_only_these(session: Session) -> None:
    who = staff(session)
    ladder_store.put_rule(session, EscalationRule("garbage", 0, Rung.SUPERVISOR, "06010"))
    case = due(session, at=after(hours=1))
    session.execute(text("UPDATE case_file SET kind = 'matter', class_code = '06010' WHERE id = :id"), {"id": case.id})
    told(session, who)
    assert escalate(session, now=after(minutes=30)) == 0
    escalate(session, now=after(hours=2))
    assert told(session, who) == {"supervisor": ["overdue"]}


def test_many_are_announced_a_part_at_a_time_and_each_once(session: Session) -> None:
    for hours in (1, 2, 3):
        due(session, at=after(hours=hours))
    seen = []
    while passed := escalation_store.mark_passed(session, now=after(hours=4), most=2):
        seen += [(rung.case_no, rung.tells, rung.after_minutes) for rung in passed]
    assert len(seen) == len(set(seen)) == 9


def test_two_workers_at_once_announce_once(session: Session, toy_url: str) -> None:
    for _number in range(10):
        due(session, at=after(hours=1))
    session.commit()
    engine = make_engine(toy_url, pool_size=4)
    sessions = make_session_factory(engine)

    def look(_number: int) -> int:
        with sessions.begin() as own:
            return escalate(own, now=after(hours=2))

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(look, range(4))) == 10
    engine.dispose()
    assert session.scalar(text("SELECT count(*) FROM message WHERE topic = 'overdue'")) == 10


def test_marks_of_deadlines_that_ended_are_forgotten(session: Session) -> None:
    running, ended = due(session, at=after(hours=1)), due(session, at=after(hours=1))
    escalate(session, now=after(hours=2))
    act(session, ended, CaseAction.FORCE_CLOSE)
    escalation_store.forget_marks(session)
    assert set(session.scalars(text("SELECT about FROM escalation_mark"))) == {running.case_no}
    assert escalate(session, now=after(hours=3)) == 0


def test_the_review_of_a_suspension_is_announced_on_its_day_once(session: Session) -> None:
    who = staff(session)
    bring(session, *loop.TO_HANDLING, CaseAction.SUSPEND)  # to be looked at on 2027-03-01
    told(session, who)
    assert announce_reviews(session, now=datetime.datetime(2027, 2, 28, 15, 59, tzinfo=datetime.UTC)) == 0
    assert announce_reviews(session, now=datetime.datetime(2027, 2, 28, 16, 1, tzinfo=datetime.UTC)) == 1  # the city's midnight
    assert announce_reviews(session, now=datetime.datetime(2027, 3, 2, tzinfo=datetime.UTC)) == 0
    assert told(session, who) == {"dispatcher": ["review_due"], "supervisor": ["review_due"]}


def test_the_look_goes_by_the_index_of_running_clocks(session: Session) -> None:
    session.execute(text("SET LOCAL enable_seqscan = off"))
    values = {"now": NOW, "most": 10}
    plan = "\n".join(session.scalars(text("EXPLAIN " + escalation_store.MARK.text), values))
    assert "Seq Scan on case_file" not in plan
    assert "due_at_id_idx" in plan
