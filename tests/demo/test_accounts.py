"""The demo city has an account for every role, at one place, with passwords that are made once."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmgmt.accounts import account_store, name_store, role_store
from gridmgmt.accounts.model import EVERYWHERE
from gridmgmt.accounts.password import is_password
from gridmgmt.cases import step_store, store
from gridmgmt.cases.list_model import CaseFilter
from gridmgmt.cases.list_store import list_page
from gridmgmt.cases.model import CaseState
from gridmgmt.cases.tables import CaseStepRow
from gridmgmt.cases.workflow import OPEN_STATES
from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.demo.accounts import STARTS, list_people, make_accounts
from gridmgmt.demo.desk import EARLIER, fill_desks
from gridmgmt.dispatch import rule_store
from gridmgmt.dispatch.suggest import suggest

NOW = datetime.datetime(2026, 11, 2, 1, tzinfo=datetime.UTC)


@pytest.fixture
def city(demo_url: str, new_database: Callable[..., str]) -> Iterator[Session]:
    """Session on a copy of the small city that may be changed."""
    engine = make_engine(new_database(demo_url))
    with make_session_factory(engine)() as session:
        yield session
    engine.dispose()


def test_every_role_has_somebody_who_starts_somewhere(city: Session) -> None:
    passwords = make_accounts(city, {}, now=NOW)
    people = list_people(city)
    assert {person.name for person in people} == set(passwords)
    assert {person.start.role for person in people} == {role.code for role in role_store.list_roles(city)} - {"public"}
    assert [person.start for person in people] == sorted((person.start for person in people), key=list(STARTS.values()).index)
    for person in people:
        account = account_store.find_account(city, person.name)
        assert account is not None
        assert account.roles == (person.start.role,)
        assert is_password(account_store.get_password_hash(city, account.id), passwords[person.name])


def test_everybody_who_worked_in_the_year_has_a_name_and_only_the_staff_a_password(city: Session) -> None:
    passwords = make_accounts(city, {}, now=NOW)
    actors = set(city.scalars(select(CaseStepRow.actor).distinct())) - {"system", "public", "12345", "video"}
    assert set(name_store.shown_names(city, actors)) == actors
    with_password = {account.name for account in account_store.list_accounts(city, limit=10_000) if account.has_password}
    assert with_password == set(passwords)


def test_passwords_are_kept_and_a_lost_one_is_made_anew(city: Session) -> None:
    first = make_accounts(city, {}, now=NOW)
    assert make_accounts(city, first, now=NOW) == first
    lost = {name: password for name, password in first.items() if name != "slzx-1"}
    again = make_accounts(city, lost, now=NOW)
    assert {name for name in first if again[name] != first[name]} == {"slzx-1"}
    account = account_store.find_account(city, "slzx-1")
    assert account is not None
    assert is_password(account_store.get_password_hash(city, account.id), again["slzx-1"])


def test_staff_see_cases_and_their_units_are_there(city: Session) -> None:
    make_accounts(city, {}, now=NOW)
    units = {unit.code for unit in step_store.list_units(city)}
    for person in list_people(city):
        account = account_store.find_account(city, person.name)
        assert account is not None
        assert account.unit_code is None or account.unit_code in units
        if person.start.role in {"inspector", "intake_officer", "dispatcher", "road_chief", "supervisor"}:
            assert list_page(city, account.scope, CaseFilter(), now=NOW, limit=1).lines


def test_everybody_finds_work_on_the_desk_that_is_put_there_once(city: Session) -> None:
    make_accounts(city, {}, now=NOW)
    waiting = Counter(line.state for line in list_page(city, EVERYWHERE, CaseFilter(opened_from=NOW - EARLIER), now=NOW, limit=100).lines)
    assert set(waiting) >= set(OPEN_STATES) - {CaseState.RETURNED_TO_INTAKE}
    office = next(person.name for person in list_people(city) if person.name.startswith("czry-jd")).removeprefix("czry-")
    mine = list_page(city, EVERYWHERE, CaseFilter(unit_code=office.upper(), states=(CaseState.HANDLING,)), now=NOW, limit=100).lines
    assert all(line.due_at is not None and not line.overdue for line in mine if line.reported_at >= NOW - EARLIER)
    assert fill_desks(city, now=NOW) == 0
    assert fill_desks(city, now=NOW + EARLIER) == 0


def test_the_rules_send_every_case_to_a_unit_and_a_draft_waits_to_be_tried(city: Session) -> None:
    drafts = [each.name for each in rule_store.list_rule_sets(city) if each.is_draft]
    assert drafts == ["试行：路长先行"]
    for case, _ in store.list_cases(city, limit=20):
        found = suggest(city, case, at=NOW)
        assert found.rule is not None or case.street_office_code is None
        assert found.unit.code in {unit.code for unit in step_store.list_units(city)}
