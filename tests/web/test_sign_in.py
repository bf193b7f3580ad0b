"""Signing in and out through the page."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from gridmgmt.city.model import Level
from tests import toy_city
from tests.web.people import PASSWORD, add_person, csrf_token, enter, sign_in, sign_out


def test_who_signs_in_is_known_until_they_sign_out(client: FlaskClient) -> None:
    """The session names the account, its role's permissions and its scope."""
    account = sign_in(client, "inspector", areas=[(Level.STREET_OFFICE, toy_city.WEST)])
    told = client.get("/api/session").get_json()
    assert (told["signed_in"], told["name"], told["roles"]) == (True, account.name, ["inspector"])
    assert {"case.verify", "case.check", "map.read"} <= set(told["permissions"])
    sign_out(client)
    assert client.get("/api/session").get_json()["signed_in"] is False


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD + "x"])
def test_wrong_password_and_unknown_name_say_the_same(client: FlaskClient, password: str) -> None:
    """Nobody learns which names exist."""
    account = add_person(client.application, "handler")
    pages = [
        client.post("/login", data={"csrf_token": csrf_token(client), "name": name, "password": password})
        for name in (account.name, account.name + "-none")
    ]
    assert [page.status_code for page in pages] == [401, 401]
    texts = [page.get_data(as_text=True).replace(account.name + "-none", "N").replace(account.name, "N") for page in pages]
    assert texts[0] == texts[1]
    assert "登录名或密码不正确" in texts[0]


def test_the_id_is_new_after_signing_in(client: FlaskClient) -> None:
    """A cookie planted before is worth nothing after, and one from before signing out neither."""
    client.get("/login")
    before = client.get_cookie("gridmgmt")
    account = sign_in(client, "handler")
    during = client.get_cookie("gridmgmt")
    assert before is not None
    assert during is not None
    assert before.value != during.value
    sign_out(client)
    client.set_cookie("gridmgmt", during.value)
    assert client.get("/api/session").get_json()["signed_in"] is False
    enter(client, account.name)


@pytest.mark.parametrize("path", ["//evil.example.com/", "/\\evil", "https://evil.example.com", "javascript:alert(1)", "/login?next=/x"])
def test_the_way_on_never_leads_away(client: FlaskClient, path: str) -> None:
    """Only paths of our own are followed after signing in."""
    account = add_person(client.application, "handler")
    form = {"csrf_token": csrf_token(client), "name": account.name, "password": PASSWORD, "next": path}
    assert client.post("/login", data=form).location == "/"
