"""Whoever counts what was broken sees it, by kind, and cuts no kind off."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.messages import channel_store
from gridmgmt.messages.model import Audience, Channel, ChannelKind, Topic
from gridmgmt.messages.outbox import announce
from gridmgmt.messages.spread import spread_messages
from tests.cases.loop import NOW
from tests.flows.load import Ledger
from tests.flows.reckoning import Finding, list_faults, write_table


def kinds(session: Session, ledger: Ledger, arrived: tuple[str, ...] = ()) -> set[str]:
    return {fault.kind for fault in list_faults(session, ledger, arrived)}


def test_a_city_in_which_nothing_happened_has_no_findings(session: Session) -> None:
    assert list_faults(session, Ledger(), []) == []


def test_what_was_promised_and_is_not_there_is_found(session: Session) -> None:
    ledger = Ledger(reports={"report-1": "20261102-1"}, acts={"act-1": ("20261102-1", "file")}, wrong=["no answer"])
    assert kinds(session, ledger) == {"report lost", "act lost", "refused or unanswered"}


def test_every_way_a_message_can_fail_to_arrive_is_a_kind_of_its_own(session: Session) -> None:
    channel_store.put_channel(session, Channel("hook", ChannelKind.GENERIC, "回调"))
    announce(session, Topic.OVERDUE, to=[Audience(unit_code="U1")], about="20261102-1", zh="超期", en="late", at=NOW)
    stray = "message not written once"  # no step of a case stands behind it
    assert kinds(session, Ledger()) == {stray, "message not in the inboxes it is for", "delivery not planned"}
    spread_messages(session, now=NOW, with_email=False)
    assert kinds(session, Ledger()) == {stray, "delivery not drained"}
    session.execute(text("UPDATE delivery SET state = 'dead', finished_at = next_at"))
    assert kinds(session, Ledger()) == {stray, "delivery given up"}
    session.execute(text("UPDATE delivery SET state = 'sent'"))
    assert kinds(session, Ledger()) == {stray, "delivery sent that never arrived"}
    number = session.scalar(text("SELECT id FROM delivery"))
    assert kinds(session, Ledger(), (f"delivery-{number}", f"delivery-{number}")) == {stray}


def test_many_findings_of_one_kind_hide_none_of_another() -> None:
    faults = [*(Finding("delivery not drained", f"delivery {number} waits") for number in range(3000)), Finding("report lost", "report r")]
    assert write_table(faults).splitlines() == [
        "lost, doubled or off the table: 3001",
        "   3000 delivery not drained",
        *(f"        delivery {number} waits" for number in range(3)),
        "      1 report lost",
        "        report r",
    ]
