"""Who acts, what they may do, and in which part of the city."""

from __future__ import annotations

import dataclasses

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

    def may(self, permission: str) -> bool:
        """Say whether this permission is held."""
        return permission in self.permissions
