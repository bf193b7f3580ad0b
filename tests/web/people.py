"""People who sign in: an account of its own for each, made in the database of the application, signed in through the page."""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Sequence
from html import unescape

from flask import Flask
from flask.testing import FlaskClient

from gridmgmt.accounts.add_account import add_account
from gridmgmt.accounts.model import Account, NewAccount
from gridmgmt.city.model import Level
from gridmgmt.web.door import Door

PASSWORD = "right horse staple"  # noqa: S105 - of accounts that live for one test
_numbers = itertools.count(1)


def add_person(
    app: Flask, role: str, *, areas: Sequence[tuple[Level, str]] = (), units: Sequence[str] = (), person: str | None = None,
    everything: bool = False, name: str | None = None,
) -> Account:  # fmt: skip
    """Make an account with one role; ``units`` are handling units, the first of which it speaks for, ``person`` a staff number."""
    door = app.extensions["door"]
    assert isinstance(door, Door)
    wanted = NewAccount(
        name=name or f"{role.replace('_', '-')}-{next(_numbers)}", shown_name=f"某{role}", roles=(role,), everything=everything,
        areas=tuple(areas), unit_codes=tuple(units), person_code=person, unit_code=units[0] if units else None,
    )  # fmt: skip
    with door.sessions.begin() as session:
        return add_account(session, wanted, password=PASSWORD, now=datetime.datetime.now(datetime.UTC))


def sign_in(
    client: FlaskClient, role: str, *, areas: Sequence[tuple[Level, str]] = (), units: Sequence[str] = (), person: str | None = None,
    everything: bool = False, name: str | None = None,
) -> Account:  # fmt: skip
    """Make an account and sign the client in with it, through the page; return the account."""
    account = add_person(client.application, role, areas=areas, units=units, person=person, everything=everything, name=name)
    enter(client, account.name)
    return account


def enter(client: FlaskClient, name: str, password: str = PASSWORD) -> None:
    """Sign a client in with an account that exists."""
    response = client.post("/login", data={"csrf_token": csrf_token(client), "name": name, "password": password})
    assert response.status_code == 303, response.get_data(as_text=True)


def sign_out(client: FlaskClient) -> None:
    """Sign a client out."""
    assert client.post("/logout", data={"csrf_token": csrf_token(client)}).status_code == 303


def csrf_token(client: FlaskClient) -> str:
    """Return the token that forms and scripts of this client must send back."""
    token: str = client.get("/api/session").get_json()["csrf_token"]
    return token


def hidden(page: str, name: str) -> str:
    """Return the value of a form's field."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, name
    return unescape(found[1])
