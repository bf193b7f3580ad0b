"""Signing in through an identity provider that really runs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
import requests
from flask.testing import FlaskClient

from gridmgmt.accounts import change_account, identity_store
from gridmgmt.settings import Settings
from gridmgmt.web.app import create_app
from gridmgmt.web.door import Door
from tests.web.identity_provider import CLIENT, SECRET, Provider, running
from tests.web.people import add_person, csrf_token, enter


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """Run a provider."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with running() as started:
        yield started


@pytest.fixture
def browser(
    provider: Provider, web_template: str, new_database: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FlaskClient]:
    """Open a browser on an application that knows the provider, which is honest again."""
    provider.subject, provider.claims, provider.forge, provider.silent = "u-1", {}, False, False
    settings = Settings(
        database_url=new_database(web_template), var_dir=tmp_path_factory.mktemp("var"), rate_factor=0, oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT, oidc_client_secret=SECRET,
    )  # fmt: skip
    app = create_app(settings)
    app.testing = True
    yield app.test_client()
    app.extensions["door"].engine.dispose()


def visit_provider(browser: FlaskClient, start: str = "/login/oidc") -> str:
    """Go to the provider as the browser would; return the way back with what the provider says."""
    away = browser.get(start)
    assert away.status_code == 302, away.get_data(as_text=True)
    answer = requests.get(away.location, allow_redirects=False, timeout=10)
    parts = urlsplit(answer.headers["Location"])
    return f"{parts.path}?{parts.query}"


def linked(browser: FlaskClient, provider: Provider, subject: str = "u-1") -> str:
    """Make an account linked to a subject; return its name."""
    account = add_person(browser.application, "planner")
    door = browser.application.extensions["door"]
    assert isinstance(door, Door)
    with door.sessions.begin() as session:
        assert identity_store.link(session, account.id, provider.issuer, subject)
    return account.name


def signed_in(browser: FlaskClient) -> str | None:
    """Return who is signed in."""
    told = browser.get("/api/session").get_json()
    return str(told["name"]) if told["signed_in"] else None


def test_who_is_linked_signs_in(browser: FlaskClient, provider: Provider) -> None:
    """There and back, with a button on the sign-in page; the way back works once."""
    name = linked(browser, provider)
    assert "通过统一身份认证登录" in browser.get("/login").get_data(as_text=True)
    back = visit_provider(browser)
    assert browser.get(back).location == "/"
    assert signed_in(browser) == name
    again = browser.application.test_client()
    assert again.get(back).status_code == 401  # another browser has not asked for this


def test_a_stranger_is_not_made_an_account(browser: FlaskClient, provider: Provider) -> None:
    """A subject nobody linked is sent to the administrator."""
    provider.subject = "stranger"
    answer = browser.get(visit_provider(browser))
    assert answer.status_code == 401
    assert "该身份未关联账号" in answer.get_data(as_text=True)
    assert signed_in(browser) is None


@pytest.mark.parametrize(
    "cheat",
    [
        {"claims": {"nonce": "another"}},
        {"claims": {"aud": "another client"}},
        {"claims": {"iss": "https://evil.example.com"}},
        {"claims": {"exp": 1_700_000_000}},  # a fixed instant: both halves of a run must name the test alike
        {"claims": {"sub": ""}},
        {"forge": True},
        {"silent": True},
    ],
    ids=str,
)
def test_nothing_false_is_believed(browser: FlaskClient, provider: Provider, cheat: dict[str, object]) -> None:
    """A wrong nonce, audience, issuer, time or signature, or no id token at all, is refused."""
    linked(browser, provider)
    for name, value in cheat.items():
        setattr(provider, name, value)
    assert browser.get(visit_provider(browser)).status_code == 401
    assert signed_in(browser) is None


def test_state_and_code_are_bound_to_this_browser(browser: FlaskClient, provider: Provider) -> None:
    """A way back that somebody else was given, a code of another visit, an error of the provider: all refused."""
    linked(browser, provider)
    stranger = browser.application.test_client()
    planted = visit_provider(stranger)
    visit_provider(browser)
    assert browser.get(planted).status_code == 401
    assert browser.get("/login/oidc/back?code=x&state=y").status_code == 401
    assert browser.get("/login/oidc/back?error=access_denied").status_code == 401
    assert signed_in(browser) is None


def test_a_disabled_account_stays_out(browser: FlaskClient, provider: Provider) -> None:
    """Also when the provider knows its owner."""
    name = linked(browser, provider)
    add_person(browser.application, "administrator")
    door = browser.application.extensions["door"]
    assert isinstance(door, Door)
    with door.sessions.begin() as session:
        account = change_account.get_account(session, name)
        change_account.disable(session, account, now=account.created_at, by=change_account.By("test"))
    assert browser.get(visit_provider(browser)).status_code == 401


def test_the_owner_links_their_account_but_never_anothers_subject(browser: FlaskClient, provider: Provider) -> None:
    """Signed in by password, there and back; a subject belongs to one account."""
    account = add_person(browser.application, "planner")
    enter(browser, account.name)
    provider.subject = "mine"
    browser.post("/account/oidc", data={"csrf_token": csrf_token(browser)})
    assert browser.get(visit_provider(browser, "/account/oidc")).location == "/account"
    assert "已关联统一身份认证" in browser.get("/account").get_data(as_text=True)
    other = browser.application.test_client()
    enter(other, add_person(browser.application, "planner").name)
    other.post("/account/oidc", data={"csrf_token": csrf_token(other)})
    assert other.get(visit_provider(other, "/account/oidc")).status_code == 409
    fresh = browser.application.test_client()
    fresh.get(visit_provider(fresh))
    assert signed_in(fresh) == account.name


def test_without_a_provider_there_is_no_way_to_it(client: FlaskClient) -> None:
    """The default: no button, no address."""
    assert "统一身份认证" not in client.get("/login").get_data(as_text=True)
    assert client.get("/login/oidc").status_code == 404
