"""E-mail through a real SMTP server."""

from __future__ import annotations

from email.header import decode_header, make_header

import pytest

from gridmgmt.errors import InvalidInputError
from gridmgmt.messages.mail import MailServer, read_mail_server, send_mail, write_mail
from gridmgmt.messages.model import Message, Topic
from gridmgmt.messages.outcome import Outcome, next_wait
from tests.cases.loop import NOW
from tests.messages.servers import Postbox, smtp_server

MESSAGE = Message(7, Topic.SUPERVISED, "20261102-00000001", "案卷 20261102-00000001 被督办", "is under supervision", NOW)
LINK = "https://grid.example.com/cases/20261102-00000001"


def send(host: str, port: int, *, to: str = "li@example.com") -> Outcome:
    server = MailServer(host, port, "none", "网格 <grid@example.com>")
    return send_mail(server, to, MESSAGE, key="delivery-3", link=LINK, at=NOW)


def test_a_mail_arrives_with_both_languages_the_link_and_a_stable_id() -> None:
    with smtp_server(box := Postbox()) as address:
        assert send(*address).sent
        assert send(*address).sent
    first, second = box.mails
    assert str(make_header(decode_header(first["Subject"]))) == "[督办] 案卷 20261102-00000001 被督办"
    body = first.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert all(line in body.decode() for line in (MESSAGE.zh, MESSAGE.en, LINK))
    assert first["Message-ID"] == second["Message-ID"] == "<gridmgmt-delivery-3@example.com>"
    assert first["Auto-Submitted"] == "auto-generated"


def test_an_address_that_is_refused_is_not_tried_again_a_full_box_is() -> None:
    with smtp_server(Postbox("550 no such user")) as address:
        refused = send(*address)
    with smtp_server(Postbox("452 box full")) as address:
        full = send(*address)
    assert (refused.sent, refused.lasting, refused.words) == (False, True, "550 no such user")
    assert (full.sent, full.lasting) == (False, False)


def test_a_server_that_is_away_is_asked_again() -> None:
    outcome = send("127.0.0.1", 9)
    assert (outcome.sent, outcome.lasting) == (False, False)


def test_a_name_cannot_add_lines_to_the_head() -> None:
    server = MailServer("h", 25, "none", "grid@example.com")
    mail = write_mail(
        server, "li@example.com", Message(1, Topic.OVERDUE, None, "一\r\nBcc: x@example.com", "e", NOW), key="k", link="", at=NOW
    )
    assert mail["Bcc"] is None
    with pytest.raises(ValueError, match="Header values"):
        write_mail(server, "li@example.com\r\nBcc: x@example.com", MESSAGE, key="k", link="", at=NOW)


def test_the_address_of_the_mail_server_is_read() -> None:
    assert read_mail_server("", "") is None
    server = read_mail_server("smtp://user:p%40ss@mail.example.com", "grid@example.com")
    assert server == MailServer("mail.example.com", 587, "starttls", "grid@example.com", "user", "p@ss")
    assert "p@ss" not in repr(server)
    tls = read_mail_server("smtps://mail.example.com", "grid@example.com")
    assert tls is not None
    assert (tls.port, tls.security) == (465, "tls")
    for url, sender in (("http://mail.example.com", "a@b.example.com"), ("smtp://", "a@b.example.com"), ("smtp://h", "nobody")):
        with pytest.raises(InvalidInputError):
            read_mail_server(url, sender)


def test_waiting_doubles_up_to_six_hours_and_ends_after_ten_attempts() -> None:
    again = Outcome(sent=False, words="")
    waits = [wait.total_seconds() for number in range(1, 10) if (wait := next_wait(number, again, 0.0))]
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3840, 7680]
    assert next_wait(10, again, 0.0) is None
    shortest = next_wait(1, again, 1.0)
    assert shortest is not None
    assert shortest.total_seconds() == 15
    assert next_wait(1, Outcome(sent=False, words="", lasting=True), 0.0) is None
    told = next_wait(1, Outcome(sent=False, words="", wait_s=300), 0.0)
    assert told is not None
    assert told.total_seconds() == 300
