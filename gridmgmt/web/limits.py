"""How often one address or one account may ask for what is costly or tempting (限流)."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, request

from gridmgmt.accounts import rate_store
from gridmgmt.accounts.rate_store import Rate
from gridmgmt.errors import TooOftenError
from gridmgmt.web.asker import principal
from gridmgmt.web.door import counting_session, door, now

View = TypeVar("View", bound=Callable[..., Any])

MARK = "rate_limit"
COUNTED = "gridmgmt.counted"
# Many phones share one address at a carrier, so a single one is given more than a person needs; staff are counted by account.
FOR_THE_PUBLIC = {
    "login": Rate(3, 30),
    "report": Rate(10, 30),
    "photo": Rate(4, 60),
    "follow": Rate(5, 40),
    "api": Rate(0.05, 200),
    "points": Rate(10, 10),
}
FOR_STAFF = {
    "login": Rate(3, 30),
    "report": Rate(1, 120),
    "photo": Rate(0.5, 300),
    "follow": Rate(1, 60),
    "api": Rate(0.02, 500),
    "points": Rate(1, 60),
}


def limited(kind: str) -> Callable[[View], View]:
    """Mark a view with the limit it has; stands below the route's decorator."""
    if kind not in FOR_THE_PUBLIC:
        message = f"there is no limit {kind}"
        raise KeyError(message)

    def mark(view: View) -> View:
        setattr(view, MARK, kind)
        return view

    return mark


def check_rate() -> None:
    """Raise TooOftenError when the asker has asked too often; what is not marked has a limit below /api/ only."""
    marked = getattr(current_app.view_functions[request.endpoint or ""], MARK, None)
    kind = marked or ("api" if request.path.startswith("/api/") else None)
    if kind is not None and COUNTED not in request.environ:
        take_turn(kind)
        request.environ[COUNTED] = True  # a request that is asked again at the primary is one request


def take_turn(kind: str) -> None:
    """Count one request of the asker; raise TooOftenError when it is one too many."""
    factor = door().settings.rate_factor
    if factor == 0:
        return
    asker = principal()
    rate = (FOR_THE_PUBLIC if asker.account_id is None else FOR_STAFF)[kind]
    who = address(request.remote_addr) if asker.account_id is None else f"@{asker.account_id}"
    allowed = Rate(rate.every_s / factor, round(rate.burst * factor))
    with counting_session() as opened:
        wait_s = rate_store.take_turn(opened, f"{kind}:{who}", allowed, now=now())
    if wait_s:
        raise TooOftenError(wait_s)


def address(given: str | None) -> str:
    """Return what stands for one asker: an IPv4 address, or the /64 of an IPv6 one, all of which one household has."""
    try:
        parsed = ipaddress.ip_address(given or "")
    except ValueError:
        return given or "unknown"
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
