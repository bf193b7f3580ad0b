"""``gridmgmt retention run``: says what is due, deletes with --commit, and leaves a line in the audit log."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from gridmgmt.accounts import audit_store
from gridmgmt.accounts.audit_store import AuditFilter
from gridmgmt.cases import contact_store
from gridmgmt.cases.contact_model import Contact
from gridmgmt.cases.model import CaseAction
from gridmgmt.db import make_session_factory
from tests.cases.loop import NOW, bring
from tests.cli.imports import City


@pytest.fixture
def report_id(city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return a report whose case is over and whose reporter left a number."""
    monkeypatch.setenv("GRIDMGMT_VAR_DIR", str(tmp_path / "var"))
    with make_session_factory(city.engine).begin() as session:
        case = bring(session, CaseAction.REFUSE)
        contact_store.add_contact(session, case.report_id, Contact("张三", "13812341234"))
    return case.report_id


def contact(city: City, report_id: int) -> Contact | None:
    with make_session_factory(city.engine)() as session:
        return contact_store.find_contact(session, report_id)


def test_a_contact_stays_as_long_as_it_may(city: City, report_id: int) -> None:
    days = str((datetime.datetime.now(datetime.UTC) - NOW).days + 1)
    assert "联系方式 0 条" in city.run("retention", "run", "--commit", "--contact-days", days).output
    assert contact(city, report_id) is not None


def test_what_is_due_is_said_then_deleted_and_written_down(city: City, report_id: int) -> None:
    shown = city.run("retention", "run", "--contact-days", "0")
    assert "联系方式 1 条" in shown.output
    assert "试运行" in shown.output
    assert contact(city, report_id) is not None
    assert city.run("retention", "run", "--contact-days", "0", "--commit").exit_code == 0
    assert contact(city, report_id) is None
    with make_session_factory(city.engine)() as session:
        (line,) = audit_store.list_entries(session, AuditFilter(what="retention.run"))
    assert (line.actor, line.channel, line.details["contacts"]) == ("operator", "command", 1)


def test_it_speaks_english_when_asked(city: City, report_id: int, english: None) -> None:  # noqa: ARG001
    assert contact(city, report_id) is not None
    assert "1 contacts" in city.run("retention", "run", "--contact-days", "0").output
