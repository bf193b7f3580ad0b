"""A message is written with what it tells, and reaches those concerned once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.city.model import Level
from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.messages import channel_store, inbox_store, outbox_store
from gridmgmt.messages.model import Audience, Topic
from gridmgmt.messages.outbox import announce
from gridmgmt.messages.spread import spread_messages
from tests import toy_city
from tests.cases.loop import NOW
from tests.messages import people

PLACE = ((Level.DISTRICT, toy_city.DISTRICT), (Level.STREET_OFFICE, toy_city.WEST))


def tell(session: Session, *to: Audience, topic: Topic = Topic.RETURNED, by: str | None = None, zh: str = "知悉") -> None:
    announce(session, topic, to=to, about="20261102-1", zh=zh, en="know this", at=NOW, by=by)


def spread(session: Session, *, with_email: bool = False) -> int:
    return spread_messages(session, now=NOW, with_email=with_email)


def test_those_who_hold_the_permission_and_see_the_place_are_told(session: Session) -> None:
    here = people.add(session, "d-west", "dispatcher", areas=[people.WEST])
    above = people.add(session, "d-all", "dispatcher", areas=[(Level.DISTRICT, toy_city.DISTRICT)])
    everywhere = people.add(session, "d-every", "dispatcher", everything=True)
    elsewhere = people.add(session, "d-east", "dispatcher", areas=[people.EAST])
    inspector = people.add(session, "i-west", "inspector", areas=[people.WEST])
    tell(session, Audience(permission="case.dispatch", areas=PLACE))
    assert spread(session) == 1
    assert [people.inbox(session, account) for account in (here, above, everywhere)] == [["知悉"]] * 3
    assert [people.inbox(session, account) for account in (elsewhere, inspector)] == [[], []]


def test_a_case_in_no_area_is_told_to_those_who_see_everything(session: Session) -> None:
    everywhere = people.add(session, "d-every", "dispatcher", everything=True)
    here = people.add(session, "d-west", "dispatcher", areas=[people.WEST])
    tell(session, Audience(permission="case.dispatch", areas=()))
    spread(session)
    assert (people.inbox(session, everywhere), people.inbox(session, here)) == (["知悉"], [])


def test_a_unit_a_road_chief_and_a_person_by_name_are_told(session: Session) -> None:
    unit = people.add(session, "h-1", "handler", unit="U1")
    chief = people.add(session, "chief", "road_chief", person="P2")
    named = people.add(session, "lin", "inspector")
    other = people.add(session, "h-2", "handler", unit="U2")
    person_id = session.scalar(text("SELECT id FROM person WHERE code = 'P2'"))
    assert isinstance(person_id, int)
    tell(session, Audience(unit_code="U1"), Audience(person_id=person_id), Audience(account="lin"))
    spread(session)
    assert [len(people.inbox(session, account)) for account in (unit, chief, named, other)] == [1, 1, 1, 0]


def test_who_is_in_two_audiences_is_told_once_and_who_did_it_not_at_all(session: Session) -> None:
    twice = people.add(session, "twice", "dispatcher", everything=True, unit="U1")
    doer = people.add(session, "doer", "dispatcher", everything=True)
    tell(session, Audience(unit_code="U1"), Audience(permission="case.dispatch", areas=PLACE), by="doer")
    spread(session)
    assert (people.inbox(session, twice), people.inbox(session, doer)) == (["知悉"], [])


def test_a_disabled_account_is_told_nothing(session: Session) -> None:
    gone = people.add(session, "gone", "handler", unit="U1")
    session.execute(text("UPDATE account SET disabled_at = now() WHERE id = :id"), {"id": gone})
    tell(session, Audience(unit_code="U1"))
    spread(session)
    assert people.inbox(session, gone) == []


def test_a_message_is_spread_once(session: Session) -> None:
    unit = people.add(session, "h-1", "handler", unit="U1")
    tell(session, Audience(unit_code="U1"))
    assert (spread(session), spread(session)) == (1, 0)
    assert people.inbox(session, unit) == ["知悉"]


def test_a_transaction_that_is_rolled_back_tells_nobody(session: Session) -> None:
    unit = people.add(session, "h-1", "handler", unit="U1")
    session.commit()
    tell(session, Audience(unit_code="U1"))
    session.rollback()
    assert spread(session) == 0
    assert people.inbox(session, unit) == []


def test_a_spread_that_is_cut_off_told_nobody_and_is_done_again(session: Session) -> None:
    unit = people.add(session, "h-1", "handler", unit="U1")
    tell(session, Audience(unit_code="U1"))
    session.commit()
    spread(session)
    session.rollback()  # as a worker that dies does
    assert people.inbox(session, unit) == []
    assert spread(session) == 1
    assert people.inbox(session, unit) == ["知悉"]


def test_eight_workers_at_once_tell_everybody_once(session: Session, toy_url: str) -> None:
    unit = people.add(session, "h-1", "handler", unit="U1")
    for number in range(60):
        tell(session, Audience(unit_code="U1"), zh=f"第{number}条")
    session.commit()
    engine = make_engine(toy_url, pool_size=8)
    sessions = make_session_factory(engine)

    def work(_number: int) -> int:
        done = 0
        while True:
            with sessions.begin() as own:
                count = spread_messages(own, now=NOW, with_email=False, most=7)
            if not count:
                return done
            done += count

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(work, range(8))) == 60
    engine.dispose()

    assert session.scalar(text("SELECT count(*) FROM inbox WHERE account_id = :id"), {"id": unit}) == 60


def test_a_person_chooses_how_to_be_told(session: Session) -> None:
    reader = people.add(session, "h-1", "handler", unit="U1", email="h1@example.com")
    channel_store.put_preferences(session, reader, {Topic.RETURNED: (False, True), Topic.OVERDUE: (True, False)})
    tell(session, Audience(unit_code="U1"), topic=Topic.RETURNED)
    tell(session, Audience(unit_code="U1"), topic=Topic.OVERDUE, zh="超期")
    tell(session, Audience(unit_code="U1"), topic=Topic.SUPERVISED, zh="督办")  # by e-mail unless told otherwise
    spread(session, with_email=True)
    assert people.inbox(session, reader) == ["超期", "督办"]
    mailed = session.scalars(text("SELECT topic FROM delivery JOIN message ON message.id = message_id ORDER BY message.id")).all()
    assert mailed == ["returned", "supervised"]


def test_reading_is_of_ones_own_inbox(session: Session) -> None:
    mine, theirs = people.add(session, "h-1", "handler", unit="U1"), people.add(session, "h-2", "handler", unit="U1")
    tell(session, Audience(unit_code="U1"))
    tell(session, Audience(unit_code="U1"), zh="再次")
    spread(session)
    newest, oldest = inbox_store.list_inbox(session, mine)
    assert inbox_store.count_unread(session, mine) == 2
    assert inbox_store.mark_read(session, mine, at=NOW, message_id=newest.message.id) == 1
    assert inbox_store.mark_read(session, mine, at=NOW, message_id=newest.message.id) == 0
    assert (inbox_store.count_unread(session, mine), inbox_store.count_unread(session, theirs)) == (1, 2)
    assert [line.message.id for line in inbox_store.list_inbox(session, mine, unread_only=True)] == [oldest.message.id]
    assert [line.message.id for line in inbox_store.list_inbox(session, mine, before=newest.message.id)] == [oldest.message.id]


def test_old_messages_are_forgotten_but_none_that_nobody_was_told_of(session: Session) -> None:
    reader = people.add(session, "h-1", "handler", unit="U1")
    tell(session, Audience(unit_code="U1"))
    spread(session)
    tell(session, Audience(unit_code="U1"), zh="未分发")
    assert outbox_store.forget_messages(session, before=people.later(days=-1), most=10) == 0
    assert outbox_store.forget_messages(session, before=people.later(days=1), most=10) == 1
    assert people.inbox(session, reader) == []
    assert outbox_store.count_outgoing(session) == 1
