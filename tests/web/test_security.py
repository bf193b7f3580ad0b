"""Headers, cookies, https, lock-out and limits: what the browser and the network see."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gridmgmt.accounts import audit_store
from gridmgmt.accounts.audit_store import AuditFilter
from gridmgmt.settings import Settings
from gridmgmt.web.app import create_app
from gridmgmt.web.limits import FOR_STAFF, FOR_THE_PUBLIC, address
from tests.web.desk import bring, door_of
from tests.web.people import PASSWORD, add_person, csrf_token, enter, sign_in
from tests.web.test_every_route import ROLES, methods, rules

PEOPLE = {"road_chief": "P2", "building_head": "P5", "shop_head": "P6"}
WITHOUT_RATES: dict[str, object] = {"rate_factor": 0}


@pytest.fixture
def make_app(
    web_template: str, new_database: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Flask]]:
    """Return a function that makes an application on a city of its own, with some settings."""
    made: list[Flask] = []

    def make(**settings: object) -> Flask:
        chosen = Settings(database_url=new_database(web_template), var_dir=tmp_path_factory.mktemp("var"), **settings)  # type: ignore[arg-type]
        app = create_app(chosen)
        app.testing = True
        made.append(app)
        return app

    yield make
    for app in made:
        door_of(app).engine.dispose()


@pytest.mark.parametrize("role", [*sorted(set(ROLES) - {"public"}), "public"])
def test_every_page_of_every_role_runs_only_our_scripts(app: Flask, role: str) -> None:
    """No inline script but Folium's with its nonce, no handler or style in a tag, no foreign host, and the whole set of headers."""
    client = app.test_client()
    if role != "public":
        sign_in(client, role, everything=True, units=["U1"] if role == "handler" else ())
    pages = 0
    for rule in rules(app):
        if "GET" not in methods(rule) or rule.arguments:
            continue
        response = client.get(rule.rule)
        page, policy = response.get_data(as_text=True), response.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        for part in ("default-src", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"):
            assert part in policy, rule.rule
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "camera=(self)" in response.headers["Permissions-Policy"]
        if response.mimetype != "text/html" or response.status_code != 200:
            continue
        pages += 1
        assert "no-cache" in response.headers["Cache-Control"] or "no-store" in response.headers["Cache-Control"], rule.rule
        for attributes, body in re.findall(r"<script([^>]*)>(.*?)</script>", page, re.DOTALL):
            nonce = re.search(r'nonce="([^"]+)"', attributes)
            allowed = not body.strip() or "application/json" in attributes or (nonce and f"'nonce-{nonce[1]}'" in policy)
            assert allowed, rule.rule
        assert not re.search(r"<[^>]+\s(style|on\w+)=", page), rule.rule
        assert not re.findall(r"(?:src|href|action)=\"https?://", page), rule.rule
        assert page.count('method="post"') <= page.count('name="csrf_token"'), rule.rule
    assert pages >= 5


def test_a_page_for_one_person_is_kept_for_nobody_else(client: FlaskClient) -> None:
    """No shared cache may give it to another."""
    sign_in(client, "inspector", everything=True)
    for path in ("/cases", "/api/incidents?bbox=114,30,115,31&zoom=10", "/account"):
        headers = client.get(path).headers
        assert "no-store" in headers["Cache-Control"] or "private" in headers["Cache-Control"]
        assert "public" not in headers["Cache-Control"]


def test_cookies_are_ours_alone(client: FlaskClient) -> None:
    """Not for scripts, not sent along by other sites; https adds Secure and HSTS."""
    account = add_person(client.application, "planner")
    form = {"csrf_token": csrf_token(client), "name": account.name, "password": PASSWORD}
    cookie = client.post("/login", data=form).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    secure = client.application.test_client()
    answer = secure.get("/login", base_url="https://localhost")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    assert "Strict-Transport-Security" not in client.get("/login").headers


def test_headers_of_a_proxy_count_only_where_there_is_one(make_app: Callable[..., Flask]) -> None:
    """Otherwise everybody could say to be another address, and escape every limit."""
    told = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    for proxies, seen in ((0, "127.0.0.1"), (1, "203.0.113.9")):
        app = make_app(proxies=proxies, **WITHOUT_RATES)
        client = app.test_client()
        form = {"csrf_token": csrf_token(client), "name": "nobody", "password": "wrong"}
        answer = client.post("/login", data=form, headers=told)
        assert answer.status_code == 401
        assert ("Strict-Transport-Security" in answer.headers) is (proxies == 1)
        with door_of(app).sessions() as session:
            assert audit_store.list_entries(session, AuditFilter(what="sign_in.failed"))[0].ip == seen


def test_who_fails_too_often_waits_and_is_told_how_long(make_app: Callable[..., Flask]) -> None:
    """The right password too; the same for a name that does not exist; the page keeps the name and says it in words."""
    app = make_app(**WITHOUT_RATES)
    account = add_person(app, "planner")
    for name in (account.name, "nobody-at-all"):
        client = app.test_client()
        answers = [client.post("/login", data={"csrf_token": csrf_token(client), "name": name, "password": "wrong"}) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [401] * 5 + [429]
        assert answers[-1].headers["Retry-After"] == "30"
        assert "操作过于频繁，请 30 秒后再试" in answers[-1].get_data(as_text=True)
    client = app.test_client()
    assert client.post("/login", data={"csrf_token": csrf_token(client), "name": account.name, "password": PASSWORD}).status_code == 429
    boss = app.test_client()
    sign_in(boss, "administrator")
    boss.post(f"/accounts/{account.name}/unlock", data={"csrf_token": csrf_token(boss)})
    enter(client, account.name)


def test_the_public_reports_only_so_often_and_staff_are_counted_by_account(make_app: Callable[..., Flask]) -> None:
    """429 with Retry-After and a sentence; from another address and for staff it goes on."""
    app = make_app(rate_factor=0.1)
    burst = round(FOR_THE_PUBLIC["report"].burst * 0.1)
    client = app.test_client()
    token = csrf_token(client)

    def report(browser: FlaskClient, form_token: str, ip: str = "127.0.0.1") -> int:
        return browser.post("/report", data={"csrf_token": form_token}, environ_base={"REMOTE_ADDR": ip}).status_code

    assert [report(client, token) for _ in range(burst + 2)] == [400] * burst + [429, 429]
    refused = client.post("/report", data={"csrf_token": token}, headers={"Accept": "application/json"})
    assert int(refused.headers["Retry-After"]) > 0
    assert "操作过于频繁" in refused.get_json(force=True)["detail_zh"]
    assert report(client, token, "203.0.113.5") == 400
    staff = app.test_client()
    sign_in(staff, "inspector", everything=True)
    assert report(staff, csrf_token(staff)) == 400


def test_staff_may_do_more_than_the_public() -> None:
    """An intake desk behind one address must be able to work."""
    assert set(FOR_STAFF) == set(FOR_THE_PUBLIC)
    for kind, rate in FOR_STAFF.items():
        assert rate.burst >= FOR_THE_PUBLIC[kind].burst
        assert rate.every_s <= FOR_THE_PUBLIC[kind].every_s


@pytest.mark.parametrize(
    ("given", "stands_for"),
    [
        ("203.0.113.9", "203.0.113.9"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"), ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("::ffff:203.0.113.9", "203.0.113.9"), (None, "unknown"), ("@", "@"),
    ],
)  # fmt: skip
def test_a_household_is_one_address(given: str | None, stands_for: str) -> None:
    """All addresses of one IPv6 line count together; an IPv4 address in an IPv6 one is itself."""
    assert address(given) == stands_for


@pytest.mark.parametrize("role", ["supervisor", "administrator", "road_chief"])
def test_exports_stand_in_the_audit_log(app: Flask, role: str) -> None:
    """Every address that sends a CSV notes who took it, save that of one's own messages."""
    bring(app)
    client = app.test_client()
    account = sign_in(client, role, everything=True, person=PEOPLE.get(role))
    sent = [
        path
        for path in (rule.rule for rule in rules(app) if rule.rule.endswith(".csv") and not rule.arguments)
        if client.get(path).status_code == 200
    ]
    with door_of(app).sessions() as session:
        noted = {
            entry.about for entry in audit_store.list_entries(session, AuditFilter(actor=account.name)) if entry.what.endswith(".export")
        }
    assert set(sent) - noted == {"/messages.csv"}
    assert len(noted) >= 1


def test_permissions_of_open_pages_are_still_asked_inside(app: Flask) -> None:
    """The start page leads nobody to a page that would refuse them."""
    for role in ROLES:
        client = app.test_client()
        if role != "public":
            sign_in(client, role, everything=True, person=PEOPLE.get(role))
        page = client.get("/").get_data(as_text=True)
        for path in set(re.findall(r'<li><a href="(/[^"]*)"', page)):
            assert client.get(path, follow_redirects=True).status_code == 200, (role, path)
