"""Change an account (账号变更): roles, what it sees, password, in use or not; every change stands in the audit log."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from gridmgmt.accounts import account_store, audit_store, failure_store, role_store, signed_in_store
from gridmgmt.accounts.add_account import PUBLIC_ROLE, check_roles, find_person_id
from gridmgmt.accounts.model import Account, Principal, Role
from gridmgmt.accounts.password import check_password, hash_password
from gridmgmt.accounts.permission import Permission
from gridmgmt.accounts.read_roles import checked_permissions
from gridmgmt.city.model import Level
from gridmgmt.errors import ConflictError, InvalidInputError, NotFoundError
from gridmgmt.hierarchy import store as hierarchy_store


@dataclasses.dataclass(frozen=True)
class By:
    """Who changes something, from where; for the audit log."""

    who: Principal | str
    ip: str | None = None
    channel: str | None = None


def get_account(session: Session, name: str) -> Account:
    """Return an account by its log-in name; raise NotFoundError."""
    account = account_store.find_account(session, name)
    if account is None:
        raise NotFoundError(f"there is no account {name}", zh=f"没有账号 {name}")
    return account


def change_roles(session: Session, account: Account, roles: Sequence[str], by: By) -> None:
    """Give an account these roles and no others; every browser it is signed in with gets a new id."""
    check_roles(session, roles)
    if set(roles) == set(account.roles):
        return
    account_store.set_roles(session, account.id, roles)
    _keep_an_administrator(session)
    signed_in_store.ask_to_rotate(session, account.id)
    note(session, by, "account.roles", account.name, {"from": sorted(account.roles), "to": sorted(roles)})


def change_scope(
    session: Session, account: Account, *, everything: bool, areas: Sequence[tuple[Level, str]], unit_codes: Sequence[str], by: By
) -> None:
    """Let an account see this and nothing else; raise InvalidInputError for an area that never was."""
    check_areas(session, areas)
    account_store.set_scope(session, account.id, everything=everything, areas=areas, unit_codes=unit_codes)
    signed_in_store.ask_to_rotate(session, account.id)
    told = {"everything": everything, "areas": [f"{level.value}:{code}" for level, code in areas], "units": list(unit_codes)}
    note(session, by, "account.scope", account.name, told)


def change_links(
    session: Session, account: Account, *, shown_name: str, person_code: str | None, unit_code: str | None, email: str | None, by: By
) -> None:
    """Say what an account is called, whose it is and which unit it speaks for; the caller knows the unit."""
    if not shown_name.strip():
        raise InvalidInputError("shown_name", "is missing", zh="缺少姓名")
    values = {
        "shown_name": shown_name.strip(), "person_id": find_person_id(session, person_code), "unit_code": unit_code or None,
        "email": email or None,
    }  # fmt: skip
    if values != {name: getattr(account, name) for name in values}:
        account_store.change_account(session, account.id, **values)
        signed_in_store.ask_to_rotate(session, account.id)
        note(session, by, "account.change", account.name, values)


def set_password(
    session: Session, account: Account, password: str, *, now: datetime.datetime, by: By, must_change: bool, but: int | None = None
) -> None:
    """Set a password and sign the account out everywhere, save the browser ``but``."""
    check_password(password, name=account.name)
    values = {"password_hash": hash_password(password), "password_changed_at": now, "must_change_password": must_change}
    account_store.change_account(session, account.id, **values)
    signed_in_store.close_everywhere(session, account.id, but=but)
    signed_in_store.ask_to_rotate(session, account.id)
    failure_store.unlock(session, account.name)
    note(session, by, "account.password", account.name)


def disable(session: Session, account: Account, *, now: datetime.datetime, by: By) -> None:
    """Take an account out of use: signed out everywhere, tokens worth nothing; its steps and its name stay."""
    if account.disabled_at is not None:
        return
    account_store.change_account(session, account.id, disabled_at=now)
    _keep_an_administrator(session)
    signed_in_store.close_everywhere(session, account.id)
    note(session, by, "account.disable", account.name)


def enable(session: Session, account: Account, *, by: By) -> None:
    """Take an account into use again."""
    if account.disabled_at is not None:
        account_store.change_account(session, account.id, disabled_at=None)
        note(session, by, "account.enable", account.name)


def unlock(session: Session, account: Account, *, by: By) -> int:
    """Let somebody sign in again at once who failed too often; return in how many places that was counted."""
    gone = failure_store.unlock(session, account.name)
    note(session, by, "account.unlock", account.name)
    return gone


def put_role(session: Session, code: str, zh: str, en: str, permissions: Sequence[str], *, by: By) -> Role:
    """Store a role; a change holds from the next request of everybody who has it."""
    if not code.isidentifier() or not code.isascii() or code != code.lower():
        raise InvalidInputError("code", f"{code!r} is not a word of a-z, 0-9 and _", zh="角色编码须为小写字母、数字和下划线")
    if not zh.strip() or not en.strip():
        raise InvalidInputError("name", "a role has a Chinese and an English name", zh="角色须有中英文名称")
    role = Role(code, zh.strip(), en.strip(), checked_permissions("permissions", list(permissions)))
    if code == PUBLIC_ROLE and (extra := sorted(role.permissions - FOR_THE_PUBLIC)):
        raise InvalidInputError("permissions", f"{', '.join(extra)} is never for the public", zh=f"公众不得拥有权限 {'、'.join(extra)}")
    before = role_store.find_role(session, code)
    role_store.put_roles(session, [role])
    _keep_an_administrator(session)
    known = before.permissions if before else frozenset()
    told = {"added": sorted(role.permissions - known), "removed": sorted(known - role.permissions)}
    note(session, by, "role.put", code, told)
    return role


def remove_role(session: Session, code: str, *, by: By) -> None:
    """Delete a role that nobody has."""
    if role_store.find_role(session, code) is None:
        raise NotFoundError(f"there is no role {code}", zh=f"没有角色 {code}")
    holders = role_store.count_holders(session, code)
    if holders or code == PUBLIC_ROLE:
        raise ConflictError(f"the role {code} is in use by {holders} accounts", zh=f"角色 {code} 仍有 {holders} 个账号使用")
    role_store.remove_role(session, code)
    note(session, by, "role.remove", code)


FOR_THE_PUBLIC = frozenset(
    {Permission.MAP_READ, Permission.FACILITY_READ, Permission.REPORT_CREATE, Permission.CASE_FOLLOW, Permission.PHOTO_ADD}
)


def check_areas(session: Session, areas: Sequence[tuple[Level, str]]) -> None:
    """Raise InvalidInputError for an area that never was."""
    for level, code in areas:
        if not any(area.level is level for area in hierarchy_store.list_history(session, code)):
            raise InvalidInputError("area", f"there is no {level.en.lower()} {code}", zh=f"没有编码为 {code} 的{level.zh}")


def note(session: Session, by: By, what: str, about: str | None = None, details: Mapping[str, object] | None = None) -> None:
    """Append a line to the audit log."""
    audit_store.note(session, by.who, what, about, details, ip=by.ip, channel=by.channel)


def _keep_an_administrator(session: Session) -> None:
    """Raise ConflictError when nobody would be left who can manage accounts."""
    if not account_store.list_with_permission(session, Permission.ACCOUNT_MANAGE):
        raise ConflictError("nobody would be left to manage accounts", zh="至少须保留一个可管理账号的管理员")
