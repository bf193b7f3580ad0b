"""The link to the other language: the same page, or the page of the form that was sent."""

from __future__ import annotations

import pytest
from flask import Flask

from gridmgmt.web.language import other_language_url


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/report", "/report"),
        ("/report/preview", "/report"),
        ("/follow/20261122-00000001/answer", "/follow/20261122-00000001"),
        ("/cases/20261122-00000001/act", "/cases/20261122-00000001"),
        ("/accounts/wang/password", "/accounts/wang"),
        ("/login", "/login"),
        ("/nowhere/at/all", "/"),
    ],
)
def test_a_form_that_comes_back_leads_to_its_page(app: Flask, path: str, leads_to: str) -> None:
    with app.test_request_context(path, method="POST"):
        assert other_language_url() == f"{leads_to}?lang=en"


def test_a_page_leads_to_itself_with_what_it_was_asked(app: Flask) -> None:
    with app.test_request_context("/cases?q=a%20b&lang=en"):
        assert other_language_url() == "/cases?q=a+b&lang=zh"
