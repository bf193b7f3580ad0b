"""Who asks: the account a browser is signed in with, the owner of a token, or the public."""

from __future__ import annotations

import datetime

from flask import g, request
from flask import session as cookie
from sqlalchemy.exc import ProgrammingError

from gridmgmt.accounts import role_store, signed_in_store, token_store
from gridmgmt.accounts.add_account import PUBLIC_ROLE
from gridmgmt.accounts.model import NOWHERE, Principal
from gridmgmt.accounts.signed_in_store import SEEN_EVERY, Recognised
from gridmgmt.errors import NotReadyError, NotSignedInError
from gridmgmt.web.door import door, now, session
from gridmgmt.web.reading import note_write

SIGNED_IN = "signed_in"  # where the cookie keeps the id
NOBODY = Principal(None, PUBLIC_ROLE, "市民", (PUBLIC_ROLE,), frozenset(), NOWHERE)
IDLE = datetime.timedelta(hours=12)  # a shift
LASTS = datetime.timedelta(days=7)


def principal() -> Principal:
    """Return who asks; looked up once a request."""
    if "principal" not in g:
        g.principal = NOBODY  # an error page shown because looking fails must not look again
        g.principal = _look_up()
    asked: Principal = g.principal
    return asked


def is_known() -> bool:
    """Say whether this request was answered for somebody signed in."""
    asked: Principal | None = g.get("principal")
    return asked is not None and asked.account_id is not None


def has_token() -> bool:
    """Say whether a program asks with a token instead of a browser with a cookie."""
    return "Authorization" in request.headers


def signed_in_id() -> int | None:
    """Return which of the browsers of the asker this is."""
    principal()
    found: int | None = g.get("signed_in_id")
    return found


def remember(token: str) -> None:
    """Put the id of a fresh sign-in into the cookie, with nothing else left in it."""
    cookie.clear()
    cookie[SIGNED_IN] = token
    cookie.permanent = True  # a phone ends its browser when it likes; how long the sign-in lasts is the server's to say
    g.pop("principal", None)


def forget() -> None:
    """Leave nothing in the cookie."""
    cookie.clear()
    g.pop("principal", None)


def _look_up() -> Principal:
    try:
        found = _by_token(request.headers["Authorization"]) if has_token() else _recognise()
        if found is not None:
            return found
        permissions = role_store.permissions_of(session(), PUBLIC_ROLE)
    except ProgrammingError as error:
        session().rollback()
        raise NotReadyError(
            "the database is not migrated; run gridmgmt db migrate", zh="数据库尚未迁移；请运行 gridmgmt db migrate"
        ) from error
    return Principal(None, PUBLIC_ROLE, "市民", (PUBLIC_ROLE,), permissions, NOWHERE)


def _by_token(header: str) -> Principal:
    """Return the owner of a token with what the token allows; a cookie beside it does not count."""
    kind, _, token = header.partition(" ")
    found = token_store.find_token(session(), token.strip(), now=now()) if kind.lower() == "bearer" else None
    if found is None:
        raise NotSignedInError("the token is unknown, expired or revoked", zh="令牌不存在、已过期或已撤销")
    if found.used_at is None or found.used_at < now() - token_store.USED_EVERY:
        with door().sessions.begin() as opened:
            token_store.mark_used(opened, found.token_id, now=now())
    return found.principal


def _recognise() -> Principal | None:
    token = cookie.get(SIGNED_IN)
    if not isinstance(token, str):
        return None
    found = signed_in_store.find_signed_in(session(), token, now=now(), idle=IDLE)
    if found is None:
        cookie.pop(SIGNED_IN)
        return None
    g.signed_in_id = found.signed_in_id
    _keep_up(found, token)
    return found.principal


def _keep_up(found: Recognised, token: str) -> None:
    """Write that somebody is there, and make the id anew where that is due, in a transaction of its own."""
    seen = found.seen_at < now() - SEEN_EVERY
    if not (seen or (found.must_rotate and request.method == "GET")):
        return
    with door().sessions.begin() as opened:
        if seen:
            signed_in_store.mark_seen(opened, found.signed_in_id, now=now())
        fresh = signed_in_store.rotate(opened, token, now=now()) if found.must_rotate else None
    if fresh is not None:
        cookie[SIGNED_IN] = fresh
        note_write()
