"""People at their desks, each with a browser of their own, who act on cases as people do: by the forms of the case's page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Flask
from playwright.sync_api import Page, expect

from gridmgmt.cases.model import CaseAction
from tests.browser.conftest import PHONE, Watched
from tests.browser.people import enter
from tests.web.people import add_person

ON_PHONE: Mapping[str, Any] = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
EXPECTED = ("409", "400")  # what a refused act answers with


class Office:
    """A served city and the people who work there; each signs in once."""

    def __init__(self, base: str, app: Flask, watch: Callable[..., Watched]) -> None:
        self.base, self.app, self.watch = base, app, watch
        self.names: dict[str, str] = {}
        self._pages: dict[str, Page] = {}

    def page_of(self, who: str, role: str, *, phone: bool = False, **given: Any) -> Page:
        """Return the browser of somebody, signed in with an account of their own."""
        if who not in self._pages:
            account = add_person(self.app, role, **(given or {"everything": True}))
            watched = self.watch(self.base, expected=EXPECTED, **(ON_PHONE if phone else {}))
            enter(watched.page, self.base, account.name, then="/cases")
            self._pages[who], self.names[who] = watched.page, account.name
        return self._pages[who]


def act(
    page: Page, base: str, case_no: str, action: CaseAction, *, photos: Mapping[str, Sequence[bytes]] | None = None, **fields: str
) -> None:
    """Open the page of a case and send the form of an action; ``fields`` by their names without ``detail_``."""
    page.goto(f"{base}/cases/{case_no}")
    form = page.locator(f"#act-{action.value}")
    if form.get_attribute("open") is None:
        form.locator("summary").first.click()
    for name, value in fields.items():
        control = form.locator(f"[name={name}], [name=detail_{name}]").first
        if control.evaluate("e => e.tagName") == "SELECT":
            control.select_option(value)
        elif control.get_attribute("type") == "radio":
            form.locator(f"[name=detail_{name}][value='{value}']").check()
        else:
            control.fill(value)
    for role, pictures in (photos or {}).items():
        files = [{"name": f"{role}-{n}.jpg", "mimeType": "image/jpeg", "buffer": content} for n, content in enumerate(pictures)]
        form.locator(f"[name=photo_{role}]").set_input_files(files)  # type: ignore[arg-type]
    form.locator("button").click()
    page.wait_for_load_state()


def done(page: Page) -> None:
    """Ask that the page says the act was done."""
    expect(page.locator("main [role=status].good")).to_be_visible()


def refused(page: Page, words: str) -> None:
    """Ask that the page says why the act was refused."""
    expect(page.locator("main [role=alert]")).to_contain_text(words)
