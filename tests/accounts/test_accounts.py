"""Accounts, roles, what they see; browsers signed in; tokens; the audit log."""

from __future__ import annotations

import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gridmgmt.accounts import account_store, audit_store, change_account, make_token, role_store, signed_in_store, token_store
from gridmgmt.accounts.add_account import add_account
from gridmgmt.accounts.audit_store import AuditFilter
from gridmgmt.accounts.change_account import By
from gridmgmt.accounts.model import Account, NewAccount, Principal
from gridmgmt.accounts.permission import Permission
from gridmgmt.accounts.read_roles import read_roles
from gridmgmt.cases.workflow import PERMISSIONS
from gridmgmt.city.model import Level
from gridmgmt.errors import ConflictError, GridError, InvalidInputError
from tests import toy_city

NOW = datetime.datetime(2026, 11, 22, 8, 0, tzinfo=datetime.UTC)
IDLE = datetime.timedelta(hours=12)
DAY = datetime.timedelta(days=1)
BOSS = By("operator:test", channel="command")
WEST = ((Level.STREET_OFFICE, toy_city.WEST),)


def made(session: Session, name: str = "li", *roles: str, **more: object) -> Account:
    """Make an account."""
    wanted = NewAccount(name, "李某", roles or ("inspector",), **more)  # type: ignore[arg-type]
    return add_account(session, wanted, password="right horse staple", now=NOW)  # noqa: S106


def opened(session: Session, account: Account, *, now: datetime.datetime = NOW) -> str:
    """Sign a browser in."""
    return signed_in_store.open_signed_in(session, account.id, now=now, lasts=7 * DAY, ip="10.0.0.1", browser="b")


def who(session: Session, token: str, *, now: datetime.datetime = NOW) -> Principal | None:
    """Return who has the id of a browser."""
    found = signed_in_store.find_signed_in(session, token, now=now, idle=IDLE)
    return found.principal if found else None


def test_a_browser_is_its_account_with_roles_permissions_and_scope(session: Session) -> None:
    """Permissions are those of all roles; the scope is areas, the own unit, the own posts, the own reports."""
    account = made(session, "li", "inspector", "road_chief", areas=WEST, unit_code="U1", person_code="P2")
    found = who(session, opened(session, account))
    assert found is not None
    assert found.roles == ("inspector", "road_chief")
    assert {"case.verify", "patrol.write", "map.read"} <= found.permissions
    assert "case.close" not in found.permissions
    assert (found.scope.areas, found.scope.unit_codes, found.scope.actor) == (WEST, ("U1",), "li")
    assert found.scope.person_id == account.person_id is not None
    assert not found.scope.everything


@pytest.mark.parametrize(("later", "known"), [(IDLE - datetime.timedelta(seconds=1), True), (IDLE, False)])
def test_a_browser_left_alone_is_signed_out(session: Session, *, later: datetime.timedelta, known: bool) -> None:
    token = opened(session, made(session))
    assert (who(session, token, now=NOW + later) is not None) is known


def test_a_browser_is_signed_out_after_a_week_however_busy(session: Session) -> None:
    token = opened(session, made(session))
    for hours in range(1, 7 * 24):
        found = signed_in_store.find_signed_in(session, token, now=NOW + datetime.timedelta(hours=hours), idle=IDLE)
        assert found is not None
        signed_in_store.mark_seen(session, found.signed_in_id, now=NOW + datetime.timedelta(hours=hours))
    assert who(session, token, now=NOW + 7 * DAY) is None
    assert signed_in_store.clean_up(session, now=NOW + 8 * DAY, idle=IDLE) == 1


def test_a_change_of_rights_holds_at_once_and_makes_the_id_anew(session: Session) -> None:
    """The id before still works for what was on its way, and then no more."""
    made(session, "boss", "administrator")
    account = made(session)
    token = opened(session, account)
    change_account.change_roles(session, account, ["handler"], BOSS)
    found = signed_in_store.find_signed_in(session, token, now=NOW, idle=IDLE)
    assert found is not None
    assert found.must_rotate
    assert "case.verify" not in found.principal.permissions
    fresh = signed_in_store.rotate(session, token, now=NOW)
    assert fresh is not None
    assert signed_in_store.rotate(session, token, now=NOW) is None
    again = signed_in_store.find_signed_in(session, token, now=NOW + datetime.timedelta(seconds=29), idle=IDLE)
    assert again is not None
    assert not again.must_rotate
    assert who(session, token, now=NOW + datetime.timedelta(seconds=31)) is None
    assert who(session, fresh, now=NOW + datetime.timedelta(seconds=31)) is not None


def test_ids_and_tokens_are_not_stored(session: Session) -> None:
    account = made(session)
    token = opened(session, account)
    key = make_token.make_token(session, account, "导出", ["case.read"], days=7, now=NOW, by=BOSS)
    dump = session.execute(
        text("SELECT string_agg(s::text, ' ') || (SELECT string_agg(t::text, ' ') FROM api_token t) FROM signed_in s")
    ).scalar_one()
    assert token not in dump
    assert key.removeprefix(token_store.PREFIX) not in dump


def test_a_disabled_account_is_out_everywhere(session: Session) -> None:
    made(session, "boss", "administrator")
    account = made(session)
    token, key = opened(session, account), make_token.make_token(session, account, "t", ["case.read"], days=7, now=NOW, by=BOSS)
    change_account.disable(session, account, now=NOW, by=BOSS)
    assert who(session, token) is None
    assert token_store.find_token(session, key, now=NOW) is None
    change_account.enable(session, change_account.get_account(session, "li"), by=BOSS)
    assert who(session, token) is None  # signing in again is asked for
    assert token_store.find_token(session, key, now=NOW) is not None


def test_a_new_password_signs_out_every_other_browser(session: Session) -> None:
    account = made(session)
    mine, other = opened(session, account), opened(session, account)
    found = signed_in_store.find_signed_in(session, mine, now=NOW, idle=IDLE)
    assert found is not None
    change_account.set_password(session, account, "another good one", now=NOW, by=BOSS, must_change=False, but=found.signed_in_id)
    assert who(session, other) is None
    assert who(session, mine) is not None


def test_a_token_can_do_what_it_and_its_owner_both_may(session: Session) -> None:
    made(session, "boss", "administrator")
    account = made(session, "li", "inspector")
    key = make_token.make_token(session, account, "t", ["case.read", "case.verify"], days=7, now=NOW, by=BOSS)
    found = token_store.find_token(session, key, now=NOW)
    assert found is not None
    assert found.principal.permissions == {"case.read", "case.verify"}
    change_account.change_roles(session, account, ["planner"], BOSS)
    found = token_store.find_token(session, key, now=NOW)
    assert found is not None
    assert found.principal.permissions == {"case.read"}
    assert token_store.find_token(session, key, now=NOW + 8 * DAY) is None
    assert make_token.revoke(session, account, found.token_id, now=NOW, by=BOSS)
    assert token_store.find_token(session, key, now=NOW) is None
    assert not make_token.revoke(session, account, found.token_id, now=NOW, by=BOSS)


@pytest.mark.parametrize("wanted", [["case.close"], ["account.manage"], ["token.own"], ["nonsense"], []])
def test_a_token_is_never_given_more_than_its_owner_has(session: Session, wanted: list[str]) -> None:
    account = made(session, "li", "inspector")
    with pytest.raises(InvalidInputError):
        make_token.make_token(session, account, "t", wanted, days=7, now=NOW, by=BOSS)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "Li"}, "name"), ({"name": "l"}, "name"), ({"name": "system"}, "name"), ({"name": "a b"}, "name"),
        ({"shown_name": " "}, "shown_name"), ({"roles": ("mayor",)}, "role"), ({"roles": ("public",)}, "role"),
        ({"person_code": "P99"}, "person"),
    ],
)  # fmt: skip
def test_a_wrong_account_names_the_field(session: Session, values: dict[str, object], field: str) -> None:
    wanted = NewAccount(**({"name": "li", "shown_name": "李某", "roles": ("inspector",)} | values))  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError) as caught:
        add_account(session, wanted, password="right horse staple", now=NOW)  # noqa: S106
    assert caught.value.field == field


def test_a_name_is_taken_once(session: Session) -> None:
    made(session)
    with pytest.raises(ConflictError):
        made(session)


def test_somebody_can_always_manage_accounts(session: Session) -> None:
    """The last administrator is neither disabled nor given another role, nor is the role emptied."""
    boss = made(session, "boss", "administrator")
    for change in (
        lambda: change_account.disable(session, boss, now=NOW, by=BOSS),
        lambda: change_account.change_roles(session, boss, ["planner"], BOSS),
        lambda: change_account.put_role(session, "administrator", "管理员", "Administrator", ["map.read"], by=BOSS),
    ):
        with pytest.raises(ConflictError), session.begin_nested():
            change()
    assert change_account.get_account(session, "boss").roles == ("administrator",)


def test_the_public_is_never_given_what_is_for_staff(session: Session) -> None:
    with pytest.raises(InvalidInputError, match=r"case\.read"):
        change_account.put_role(session, "public", "公众", "Public", ["map.read", "case.read"], by=BOSS)


def test_a_role_in_use_is_not_removed(session: Session) -> None:
    made(session, "boss", "administrator")
    change_account.put_role(session, "auditor", "审计员", "Auditor", ["audit.read"], by=BOSS)
    made(session, "wu", "auditor")
    with pytest.raises(ConflictError):
        change_account.remove_role(session, "auditor", by=BOSS)
    change_account.change_roles(session, change_account.get_account(session, "wu"), ["planner"], BOSS)
    change_account.remove_role(session, "auditor", by=BOSS)
    assert role_store.find_role(session, "auditor") is None


def test_every_action_of_the_workflow_is_somebodys(session: Session) -> None:
    """The list holds the workflow's permissions, and the roles of a new city together hold the list."""
    assert set(PERMISSIONS) <= set(Permission)
    held = {permission for role in read_roles() for permission in role.permissions}
    assert held == {str(permission) for permission in Permission}
    assert {role.code: role.permissions for role in role_store.list_roles(session)} == {
        role.code: role.permissions for role in read_roles()
    }


def test_lists_find_by_words_role_and_permission(session: Session) -> None:
    made(session, "li", "inspector", email="li@example.com", areas=WEST)
    made(session, "wang", "dispatcher", unit_code="U_1")
    assert [account.name for account in account_store.list_accounts(session)] == ["li", "wang"]
    assert [account.name for account in account_store.list_accounts(session, text="EXAMPLE")] == ["li"]
    assert [account.name for account in account_store.list_accounts(session, text="u_1")] == ["wang"]
    assert [account.name for account in account_store.list_accounts(session, text="u%1")] == []
    assert [account.name for account in account_store.list_accounts(session, role="inspector")] == ["li"]
    assert [account.name for account in account_store.list_with_permission(session, "case.dispatch")] == ["wang"]
    assert account_store.list_accounts(session)[0].scope.areas == WEST


def test_an_area_that_never_was_is_refused(session: Session) -> None:
    account = made(session)
    with pytest.raises(GridError):
        change_account.change_scope(session, account, everything=False, areas=[(Level.COMMUNITY, toy_city.WEST)], unit_codes=[], by=BOSS)


@pytest.mark.parametrize("statement", ["UPDATE audit_log SET actor = 'nobody'", "DELETE FROM audit_log", "TRUNCATE audit_log"])
def test_the_audit_log_is_never_changed(session: Session, statement: str) -> None:
    audit_store.note(session, "worker", "test")
    with pytest.raises(DBAPIError, match="never changed"), session.begin_nested():
        session.execute(text(statement))
    assert len(audit_store.list_entries(session, AuditFilter())) == 1


def test_the_audit_log_tells_who_changed_what(session: Session) -> None:
    made(session, "boss", "administrator")
    account = made(session)
    change_account.change_roles(session, account, ["handler"], BOSS)
    change_account.change_roles(session, change_account.get_account(session, "li"), ["handler"], BOSS)  # nothing changes, nothing is told
    change_account.unlock(session, account, by=BOSS)
    entries = audit_store.list_entries(session, AuditFilter(about="li"))
    assert [entry.what for entry in entries] == ["account.unlock", "account.roles"]
    assert entries[1].details == {"from": ["inspector"], "to": ["handler"]}
    assert [entry.what for entry in audit_store.stream_entries(session, AuditFilter(what="account.r"))] == ["account.roles"]
    assert audit_store.list_entries(session, AuditFilter(actor="nobody")) == []
