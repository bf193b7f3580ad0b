"""How much a request may carry: forms are small, addresses that take photos say how much they take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, request

View = TypeVar("View", bound=Callable[..., Any])

MARK = "longest_request"


def takes(longest: int) -> Callable[[View], View]:
    """Mark a view with the bytes its requests may have; stands below the route's decorator."""

    def mark(view: View) -> View:
        setattr(view, MARK, longest)
        return view

    return mark


def widen() -> None:
    """Let a marked address take more than a form; runs before anything reads the form."""
    if request.endpoint is not None:
        longest = getattr(current_app.view_functions[request.endpoint], MARK, None)
        if longest is not None:
            request.max_content_length = longest


def register(app: Flask) -> None:
    """Ask at every request."""
    app.before_request(widen)
