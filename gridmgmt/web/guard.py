"""Whether the asker may: every address names the permission it needs, and one without is refused; forms must come from our own pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Flask, current_app, redirect, request
from flask.typing import ResponseReturnValue

from gridmgmt.errors import InvalidInputError, NotAllowedError, NotSignedInError
from gridmgmt.web import errors, limits, security
from gridmgmt.web.asker import has_token, principal

__all__ = ["OPEN", "PERSON", "for_a_person", "gives_back", "needed_permissions", "needs", "open_to_all", "principal", "register"]

View = TypeVar("View", bound=Callable[..., Any])

MARK = "needed_permissions"
GIVES_BACK = "gives_form_back"
OPEN = ""  # open to everybody, said in so many words
PERSON = "signed in"  # open to whoever is signed in with a browser: what concerns the own account
CHANGE_PASSWORD = "/account/password"  # noqa: S105 - an address
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def needs(*permissions: str) -> Callable[[View], View]:
    """Mark a view with the permissions any one of which opens it; stands below the route's decorator."""

    def mark(view: View) -> View:
        setattr(view, MARK, permissions)
        return view

    return mark


def open_to_all(view: View) -> View:
    """Mark a view that anybody may open, signed in or not."""
    return needs(OPEN)(view)


def for_a_person(view: View) -> View:
    """Mark a view that whoever is signed in may open, in their own matters; tokens may not."""
    return needs(PERSON)(view)


def gives_back(form: Callable[..., ResponseReturnValue]) -> Callable[[View], View]:
    """Mark a view whose form, sent with a token that is out of date, comes back as ``form(error)`` shows it: filled, nothing done."""

    def mark(view: View) -> View:
        setattr(view, GIVES_BACK, form)
        return view

    return mark


def needed_permissions(endpoint: str) -> tuple[str, ...]:
    """Return the permissions a view was marked with; none when nobody thought of it."""
    marked: tuple[str, ...] = getattr(current_app.view_functions[endpoint], MARK, ())
    return marked


def check_request() -> ResponseReturnValue | None:
    """Refuse a request whose asker lacks what its address needs, and a form that is not ours; before_request.

    Who is not signed in is led to the sign-in page, and back afterwards.
    """
    if request.endpoint is None or request.endpoint == "static":
        return None
    needed = needed_permissions(request.endpoint)
    if not needed:
        raise NotAllowedError(f"{request.path} names no permission", zh="没有访问此页面的权限")
    if not any(_holds(permission) for permission in needed):
        if principal().account_id is not None:
            raise NotAllowedError(f"{request.path} needs the permission {' or '.join(needed)}", zh="没有访问此页面的权限")
        if request.method not in SAFE_METHODS or errors.wants_problem():
            raise NotSignedInError("sign in first", zh="请先登录")
        return redirect("/login?" + urlencode({"next": request.full_path.rstrip("?")}), 303)
    if needed != (OPEN,) and principal().must_change_password and request.path != CHANGE_PASSWORD and not has_token():
        if request.method not in SAFE_METHODS or errors.wants_problem():
            raise NotAllowedError("change the password first", zh="请先修改密码")
        return redirect(CHANGE_PASSWORD, 303)
    limits.check_rate()
    if request.method not in SAFE_METHODS and not has_token():
        return _check_token(request.endpoint)
    return None


def _check_token(endpoint: str) -> ResponseReturnValue | None:
    """Refuse a form that is not from a page of ours, or was open too long; who typed a lot gets it back to send it again."""
    try:
        security.check_form_token(request.headers.get(security.TOKEN_HEADER) or request.form.get(security.TOKEN, ""))
    except InvalidInputError as error:
        form: Callable[..., ResponseReturnValue] | None = getattr(current_app.view_functions[endpoint], GIVES_BACK, None)
        if form is None or errors.wants_problem():
            raise
        again = InvalidInputError(error.field, "the form is out of date; send it once more", zh="表单已过期；填写的内容都在，请再提交一次")
        return form(again, **(request.view_args or {}))
    return None


def _holds(permission: str) -> bool:
    if permission == PERSON:
        return principal().account_id is not None and not has_token()
    return permission == OPEN or principal().may(permission)


def register(app: Flask) -> None:
    """Ask at every request; give templates the asker."""
    app.before_request(check_request)
    app.context_processor(lambda: {"principal": principal})
