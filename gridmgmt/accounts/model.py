"""Who acts, what they may do, and in which part of the city."""

from __future__ import annotations

import dataclasses
import datetime

from gridmgmt.city.model import Level


@dataclasses.dataclass(frozen=True)
class Scope:
    """The part of the city somebody sees (辖区): a case is in it when any one of the parts holds; an empty scope holds nothing.

    ``areas`` are (level, code) pairs, ``unit_codes`` handling units, ``person_id`` the road chief whose cases these are, ``actor`` the
    log-in name whose own reports these are.
    """

    everything: bool = False
    areas: tuple[tuple[Level, str], ...] = ()
    unit_codes: tuple[str, ...] = ()
    person_id: int | None = None
    actor: str | None = None


NOWHERE = Scope()
EVERYWHERE = Scope(everything=True)


@dataclasses.dataclass(frozen=True)
class Principal:
    """Who asks: an account with its permissions, or the public (``account_id`` None).

    ``name`` is the log-in name and what steps call the actor; ``shown_name`` is for people to read.
    """

    account_id: int | None
    name: str
    shown_name: str
    roles: tuple[str, ...]
    permissions: frozenset[str]
    scope: Scope
    person_id: int | None = None
    unit_code: str | None = None
    must_change_password: bool = False

    def may(self, permission: str) -> bool:
        """Say whether this permission is held."""
        return permission in self.permissions


@dataclasses.dataclass(frozen=True)
class Role:
    """A named set of permissions (角色)."""

    code: str
    zh: str
    en: str
    permissions: frozenset[str]

    def label(self, language: str = "zh") -> str:
        """Return the label in ``zh`` or ``en``."""
        return self.en if language == "en" else self.zh


@dataclasses.dataclass(frozen=True)
class NewAccount:
    """An account about to be made (账号).

    ``person_code`` is the staff number of a person on the roster (a road chief's, say), ``unit_code`` the handling unit it speaks for;
    ``everything``, ``areas`` and ``unit_codes`` are what it sees; its own unit and its own reports it sees in any case.
    """

    name: str
    shown_name: str
    roles: tuple[str, ...]
    everything: bool = False
    areas: tuple[tuple[Level, str], ...] = ()
    unit_codes: tuple[str, ...] = ()
    person_code: str | None = None
    unit_code: str | None = None
    email: str | None = None


@dataclasses.dataclass(frozen=True)
class Account:
    """An account as it is stored; ``scope`` holds what it sees."""

    id: int
    name: str
    shown_name: str
    roles: tuple[str, ...]
    scope: Scope
    person_id: int | None
    unit_code: str | None
    email: str | None
    has_password: bool
    must_change_password: bool
    created_at: datetime.datetime
    last_sign_in_at: datetime.datetime | None
    disabled_at: datetime.datetime | None
