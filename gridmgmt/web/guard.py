"""Who asks, and whether they may: every address names the permission it needs, and one without is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, g, request

from gridmgmt.accounts.model import NOWHERE, Principal
from gridmgmt.errors import NotAllowedError

View = TypeVar("View", bound=Callable[..., Any])

MARK = "needed_permission"
OPEN = ""  # open to everybody, said in so many words
PUBLIC = Principal(None, "public", "市民", ("public",), frozenset({"map.read", "facility.read", "report.create", "case.follow"}), NOWHERE)


def needs(permission: str) -> Callable[[View], View]:
    """Mark a view with the permission it needs; stands below the route's decorator."""

    def mark(view: View) -> View:
        setattr(view, MARK, permission)
        return view

    return mark


def open_to_all(view: View) -> View:
    """Mark a view that anybody may open, signed in or not."""
    return needs(OPEN)(view)


def needed_permission(endpoint: str) -> str | None:
    """Return the permission a view was marked with; None when nobody thought of it."""
    marked: str | None = getattr(current_app.view_functions[endpoint], MARK, None)
    return marked


def principal() -> Principal:
    """Return who asks."""
    if "principal" not in g:
        g.principal = PUBLIC
    asked: Principal = g.principal
    return asked


def check_request() -> None:
    """Refuse a request whose asker lacks what its address needs; before_request."""
    if request.endpoint is None or request.endpoint == "static":
        return
    needed = needed_permission(request.endpoint)
    if needed is None or (needed != OPEN and not principal().may(needed)):
        raise NotAllowedError(f"{request.path} needs the permission {needed}", zh="没有访问此页面的权限")


def register(app: Flask) -> None:
    """Ask at every request; give templates the asker."""
    app.before_request(check_request)
    app.context_processor(lambda: {"principal": principal})
