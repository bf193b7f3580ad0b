"""gridmgmt messages: inboxes, what was given up, channels and the ladder from the command line."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from gridmgmt.cli.main import cli
from gridmgmt.messages import delivery_store
from gridmgmt.messages.model import Audience, Topic
from gridmgmt.messages.outbox import announce
from gridmgmt.messages.spread import spread_messages
from tests.cases.loop import NOW
from tests.messages import people

pytestmark = pytest.mark.usefixtures("english")
Command = Callable[..., Result]


@pytest.fixture
def command(toy_url: str) -> Command:
    """Return a function that runs ``gridmgmt messages`` on the toy city."""
    environ = {"GRIDMGMT_DATABASE_URL": toy_url, "GRIDMGMT_WEBHOOK_TEAM_URL": "https://hook.example.com/?key=geheim"}
    return lambda *arguments: CliRunner(env=environ).invoke(cli, ["messages", *arguments])


def tell(session: Session) -> None:
    announce(session, Topic.REWORK, to=[Audience(unit_code="U1")], about="20261102-00000001", zh="返工", en="to be done again", at=NOW)
    spread_messages(session, now=NOW, with_email=False)
    session.commit()


def test_an_inbox_is_listed(session: Session, command: Command) -> None:
    people.add(session, "lin", "handler", unit="U1")
    tell(session)
    listed = command("list", "lin")
    assert "to be done again" in listed.output
    assert "1 unread" in listed.output
    assert command("list", "nobody").exit_code == 2


def test_a_channel_is_set_up_and_its_address_is_never_shown(session: Session, command: Command) -> None:
    assert command("channel", "team", "--kind", "wecom", "--name", "值班群", "--topic", "rework").exit_code == 0
    assert command("channel", "other").exit_code == 0
    assert command("channel", "Bad-Name").exit_code == 2
    listed = command("channels").output
    assert "值班群" in listed
    assert "GRIDMGMT_WEBHOOK_OTHER_URL?" in listed
    assert "geheim" not in listed
    assert command("channel", "other", "--remove").output == "removed\n"
    assert command("channel", "other", "--remove").output == "there is no such channel\n"
    session.rollback()


def test_what_was_given_up_is_listed_and_sent_again(session: Session, command: Command) -> None:
    command("channel", "team")
    tell(session)
    (delivery,) = delivery_store.take_due(session, "team", now=NOW, lease=datetime.timedelta(minutes=1), most=5)
    delivery_store.note_failed(session, delivery, at=NOW, words="HTTP 404 from hook.example.com", next_at=None)
    session.commit()
    listed = command("dead").output
    assert f"{delivery.id} → team: to be done again" in listed
    assert "1. 2026-11-02 09:30:00 Failed HTTP 404 from hook.example.com" in listed
    assert "0 in the outbox, 0 waiting to be sent, 1 given up" in listed
    assert command("retry").exit_code == 2
    assert command("retry", str(delivery.id), "--all").exit_code == 2
    assert command("retry", str(delivery.id)).output == "1 will be sent again\n"
    assert command("retry", "--all").output == "0 will be sent again\n"
    assert "1 waiting to be sent, 0 given up" in command("dead").output


def test_the_ladder_is_shown_and_changed(command: Command) -> None:
    assert command("ladder").output.splitlines() == [
        "soon: 240 minutes before → Handling unit", "overdue: 0 minutes after → Dispatcher", "overdue_unit: 0 minutes after → Handling unit",
        "overdue_day: 1440 minutes after → Supervisor",
    ]  # fmt: skip
    command("rung", "garbage", "--after-minutes", "-30", "--tells", "unit", "--class", "06010")
    command("rung", "soon", "--remove")
    assert "garbage: 30 minutes before → Handling unit (06010)" in command("ladder").output
    assert "soon" not in command("ladder").output
