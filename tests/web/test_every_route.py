"""Every address names the permission it needs, every permission is somebody's, and who lacks it is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from gridmgmt.accounts.permission import Permission
from gridmgmt.accounts.read_roles import read_roles
from gridmgmt.web.guard import OPEN, PERSON, needed_permissions
from tests.web.people import csrf_token, sign_in

ROLES = {role.code: role.permissions for role in read_roles()}
STAFF = [code for code in ROLES if code != "public"]
# What anybody may open, signed in or not; everything else must name a permission.
OPEN_TO_ALL = {
    "/", "/login", "/login/oidc", "/login/oidc/back", "/logout", "/api/session", "/health", "/manifest.webmanifest", "/offline", "/sw.js",
}  # fmt: skip


def rules(app: Flask) -> list[Rule]:
    """Return every rule but that of files of ours that never change."""
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def permissions(app: Flask, rule: Rule) -> tuple[str, ...]:
    """Return what a rule was marked with."""
    with app.app_context():
        return needed_permissions(rule.endpoint)


def methods(rule: Rule) -> list[str]:
    """Return what may be sent to a rule."""
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def filled(rule: Rule) -> str:
    """Return an address of a rule, with something in every gap."""
    return re.sub(r"<(?:(\w+)(?:\([^)]*\))?:)?\w+>", lambda gap: "1" if gap[1] == "int" else "nothing", rule.rule)


def test_every_address_is_marked(app: Flask) -> None:
    """Nobody forgot one, and nothing is open but what stands in the list above."""
    assert [rule.rule for rule in rules(app) if not permissions(app, rule)] == []
    assert {rule.rule for rule in rules(app) if OPEN in permissions(app, rule)} == OPEN_TO_ALL


def test_every_permission_an_address_needs_exists_and_is_somebodys(app: Flask) -> None:
    """A permission that is not in the list, or that no role of a new city has, would lock everybody out."""
    asked = {permission for rule in rules(app) for permission in permissions(app, rule)} - {OPEN, PERSON}
    assert asked <= set(Permission)
    assert asked <= {permission for held in ROLES.values() for permission in held}


def test_an_unmarked_view_is_refused(app: Flask) -> None:
    """Also for an administrator: forgetting the mark closes the page instead of opening it."""
    view: Any = app.view_functions["city_map.get_map"]
    client = app.test_client()
    sign_in(client, "administrator", everything=True)
    marked = view.needed_permissions
    try:
        view.needed_permissions = ()
        assert client.get("/map").status_code == 403
    finally:
        view.needed_permissions = marked


def requests_of(app: Flask) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield method, address and what it needs, for every rule that needs something."""
    for rule in rules(app):
        needed = permissions(app, rule)
        if OPEN not in needed:
            for method in methods(rule):
                yield method, filled(rule), needed


def ask(client: FlaskClient, method: str, path: str, token: str) -> Any:
    """Send an empty request as our own page would, and read the answer to its end."""
    response = client.open(path, method=method, headers={"X-CSRF-Token": token})
    response.get_data()
    return response


def test_who_is_not_signed_in_is_led_to_sign_in(app: Flask) -> None:
    """Pages lead to the sign-in page and back; programs and forms get 401; what the public may do is not refused."""
    client = app.test_client()
    token = csrf_token(client)
    for method, path, needed in requests_of(app):
        response = ask(client, method, path, token)
        if set(needed) & ROLES["public"]:
            assert response.status_code not in {401, 403}, (method, path)
        elif method == "GET" and not path.startswith(("/api/", "/tiles/")):
            assert (response.status_code, response.location.startswith("/login?next=")) == (303, True), (method, path)
        else:
            assert response.status_code == 401, (method, path)


@pytest.mark.parametrize("role", STAFF)
def test_a_role_opens_what_it_may_and_nothing_else(app: Flask, role: str) -> None:
    """403 without the permission; with it, anything but a refusal for want of one."""
    client = app.test_client()
    sign_in(client, role, everything=True)
    token = csrf_token(client)
    for method, path, needed in requests_of(app):
        if path.startswith("/account/browsers"):
            continue  # would sign this browser's account out elsewhere, which is its right
        response = ask(client, method, path, token)
        if PERSON in needed or set(needed) & ROLES[role]:
            assert "没有访问此页面的权限".encode() not in response.get_data(), (method, path, role)
        else:
            assert response.status_code == 403, (method, path, role)


def test_every_form_without_our_token_is_refused(app: Flask) -> None:
    """No browser that is signed in can be used by another site, nor with the token of another browser."""
    tried: set[str] = set()
    for role in STAFF:
        client, other = app.test_client(), app.test_client()
        sign_in(client, role, everything=True)
        foreign = csrf_token(other)
        for rule in rules(app):
            needed = permissions(app, rule)
            if "POST" not in methods(rule) or rule.rule in tried or not (set(needed) & (ROLES[role] | {OPEN, PERSON})):
                continue
            tried.add(rule.rule)
            for headers in ({}, {"X-CSRF-Token": foreign}, {"X-CSRF-Token": ""}):
                response = client.post(filled(rule), headers=headers)
                assert response.status_code == 400, (rule.rule, role)
        assert client.get("/api/session").get_json()["signed_in"] is True
    assert tried == {rule.rule for rule in rules(app) if "POST" in methods(rule)}
