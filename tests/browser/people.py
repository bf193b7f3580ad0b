"""People who sign in with a real browser: an account of its own for each, in the database the pages are served from."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Sequence

from playwright.sync_api import Page

from gridmgmt.accounts.add_account import add_account
from gridmgmt.accounts.model import Account, NewAccount
from gridmgmt.city.model import Level
from gridmgmt.db import make_engine, make_session_factory

PASSWORD = "right horse staple"  # noqa: S105 - of accounts that live for one test
_numbers = itertools.count(1)


def add_person(
    url: str, role: str, *, areas: Sequence[tuple[Level, str]] = (), units: Sequence[str] = (), person: str | None = None,
    everything: bool = False, name: str | None = None,
) -> Account:  # fmt: skip
    """Make an account with one role in a database; ``units`` are handling units, the first of which it speaks for."""
    wanted = NewAccount(
        name=name or f"{role.replace('_', '-')}-b{next(_numbers)}", shown_name=f"某{role}", roles=(role,), everything=everything,
        areas=tuple(areas), unit_codes=tuple(units), person_code=person, unit_code=units[0] if units else None,
    )  # fmt: skip
    engine = make_engine(url)
    with make_session_factory(engine).begin() as session:
        account = add_account(session, wanted, password=PASSWORD, now=datetime.datetime.now(datetime.UTC))
    engine.dispose()
    return account


def enter(page: Page, base: str, name: str, *, then: str = "/") -> None:
    """Sign in through the page and go on to another."""
    page.goto(f"{base}/login?next={then}")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.click(".sign-in button")
    page.wait_for_load_state("networkidle")
