"""The pages about one's own account, the accounts, the roles and the audit log."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask.testing import FlaskClient

from gridmgmt.accounts import signed_in_store
from gridmgmt.web.asker import IDLE
from gridmgmt.web.door import Door
from tests import toy_city
from tests.web.people import PASSWORD, add_person, csrf_token, enter, sign_in
from tests.web_city import HOSTILE


def send(client: FlaskClient, path: str, **values: object) -> str:
    """Send a form that must succeed; return the page it leads to."""
    response = client.post(path, data={"csrf_token": csrf_token(client), **values}, follow_redirects=True)
    assert response.status_code == 200, response.get_data(as_text=True)
    return unescape(response.get_data(as_text=True))


def fresh(client: FlaskClient) -> FlaskClient:
    """Return another browser."""
    return client.application.test_client()


def test_an_administrator_makes_an_account_and_its_owner_takes_it_over(client: FlaskClient) -> None:
    """The password is shown once, must be changed first, and then works."""
    sign_in(client, "administrator")
    values = {
        "name": "new.li",
        "shown_name": HOSTILE,
        "roles": ["inspector"],
        "areas": f"{toy_city.WEST}\ncommunity:{toy_city.EAST_COMMUNITY}",
    }
    page = send(client, "/accounts/new", **values)
    found = re.search(r'<code id="password">(.*?)</code>', page)
    assert found
    assert found[1] not in client.get("/accounts/new.li").get_data(as_text=True)
    owner = fresh(client)
    enter(owner, "new.li", found[1])
    assert owner.get("/map").location == "/account/password"
    assert owner.get("/api/search?q=x", headers={"Accept": "application/json"}).status_code == 403
    form = {"csrf_token": csrf_token(owner), "password": found[1], "wanted": "my own long one", "again": "my own long one"}
    assert owner.post("/account/password", data=form).location == "/account"
    assert owner.get("/map").status_code == 200
    mine = owner.get("/account").get_data(as_text=True)
    assert "<img src=x" not in mine
    assert HOSTILE in unescape(mine)
    assert toy_city.EAST_COMMUNITY in mine


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"name": "Bad Name"}, "登录名须为"),
        ({"areas": "999"}, "没有区域 999"),
        ({"unit_code": "U-none"}, "没有处置单位 U-none"),
        ({"person_code": "P-none"}, "没有编号为 P-none 的人员"),
        ({"roles": ["public"]}, "没有角色 public"),
    ],
)
def test_a_wrong_form_comes_back_with_what_was_typed(client: FlaskClient, values: dict[str, object], sentence: str) -> None:
    """One sentence, nothing stored."""
    sign_in(client, "administrator")
    form = {"csrf_token": csrf_token(client), "name": "never-made", "shown_name": "别丢了我", "roles": ["planner"], **values}
    response = client.post("/accounts/new", data=form)
    text = unescape(response.get_data(as_text=True))
    assert (response.status_code, sentence in text, "别丢了我" in text) == (400, True, True)
    assert client.get("/accounts/never-made").status_code == 404


def test_a_change_of_roles_holds_at_the_next_request(client: FlaskClient) -> None:
    """The browser stays signed in, with another id and other rights."""
    sign_in(client, "administrator")
    account = add_person(client.application, "inspector")
    other = fresh(client)
    enter(other, account.name)
    before = other.get_cookie("gridmgmt")
    send(client, f"/accounts/{account.name}", shown_name="换岗", roles=["handler"], unit_code="")
    told = other.get("/api/session").get_json()
    after = other.get_cookie("gridmgmt")
    assert told["roles"] == ["handler"]
    assert before is not None
    assert after is not None
    assert before.value != after.value
    assert other.get("/api/session").get_json()["signed_in"] is True


def test_an_administrator_disables_signs_out_unlocks_and_resets(client: FlaskClient) -> None:
    """Each takes effect on the browser that is signed in."""
    sign_in(client, "administrator")
    account = add_person(client.application, "inspector")
    other = fresh(client)
    for action in ("disable", "sign-out", "password"):
        enter(other, account.name)
        page = send(client, f"/accounts/{account.name}/{action}")
        assert other.get("/api/session").get_json()["signed_in"] is False, action
        if action == "disable":
            response = other.post("/login", data={"csrf_token": csrf_token(other), "name": account.name, "password": PASSWORD})
            assert response.status_code == 401
            send(client, f"/accounts/{account.name}/enable")
    assert re.search(r'<code id="password">', page)
    send(client, f"/accounts/{account.name}/unlock")
    log = client.get(f"/audit?about={account.name}").get_data(as_text=True)
    for verb in ("account.disable", "account.enable", "account.password", "sign_in.close", "account.unlock", "sign_in.in"):
        assert verb in log


def test_one_signs_out_other_browsers_but_nobody_elses(client: FlaskClient) -> None:
    """One by one, or all but this one."""
    account = sign_in(client, "planner")
    others = [fresh(client) for _ in range(2)]
    for other in others:
        enter(other, account.name)
    stranger = fresh(client)
    sign_in(stranger, "planner")
    door = client.application.extensions["door"]
    assert isinstance(door, Door)
    with door.sessions() as session:
        found = signed_in_store.find_signed_in(session, _id(others[0]), now=door.clock(), idle=IDLE)
    assert found is not None
    form = {"csrf_token": csrf_token(stranger), "id": str(found.signed_in_id)}
    assert stranger.post("/account/browsers/close", data=form).status_code == 404
    send(client, "/account/browsers/close", id=str(found.signed_in_id))
    assert [other.get("/api/session").get_json()["signed_in"] for other in others] == [False, True]
    send(client, "/account/browsers/close")
    assert [other.get("/api/session").get_json()["signed_in"] for other in [*others, client]] == [False, False, True]


def test_a_token_opens_the_api_with_its_permissions_only(client: FlaskClient) -> None:
    """Shown once; no cookie and no form token needed; revoked at once; a wrong one is 401."""
    sign_in(client, "intake_officer", everything=True)
    page = send(client, "/account/tokens", title="大屏", days="7", permissions=["case.read"])
    found = re.search(r'<code id="token">(.*?)</code>', page)
    assert found
    assert found[1] not in client.get("/account").get_data(as_text=True)
    program, header = fresh(client), {"Authorization": f"Bearer {found[1]}"}
    box = "/api/incidents?bbox=114,30,115,31&zoom=10"
    assert program.get(box, headers=header).status_code == 200
    assert program.get("/api/search?q=x", headers=header).status_code == 403
    assert program.post("/account/tokens", data={}, headers=header).status_code == 403
    assert program.get("/account", headers=header).status_code == 403
    assert program.get(box, headers={"Authorization": "Bearer gmt_wrong"}).status_code == 401
    assert client.get(box, headers={"Authorization": "Bearer gmt_wrong"}).status_code == 401  # a cookie beside it does not help
    number = re.search(r"/account/tokens/(\d+)/revoke", page)
    assert number
    stranger = fresh(client)
    sign_in(stranger, "planner")
    assert stranger.post(f"/account/tokens/{number[1]}/revoke", data={"csrf_token": csrf_token(stranger)}).status_code == 404
    send(client, f"/account/tokens/{number[1]}/revoke")
    assert program.get(box, headers=header).status_code == 401


def test_the_own_password_is_asked_for(client: FlaskClient) -> None:
    """A browser left open does not give the account away."""
    sign_in(client, "planner")
    for values, sentence in (
        ({"password": "wrong", "wanted": "my own long one", "again": "my own long one"}, "原密码不正确"),
        ({"password": PASSWORD, "wanted": "my own long one", "again": "another long one"}, "两次输入的新密码不一致"),
        ({"password": PASSWORD, "wanted": "password123", "again": "password123"}, "密码过于常见"),
        ({"password": PASSWORD, "wanted": PASSWORD, "again": PASSWORD}, "新密码不能与原密码相同"),
    ):
        response = client.post("/account/password", data={"csrf_token": csrf_token(client), **values})
        assert (response.status_code, sentence in response.get_data(as_text=True)) == (400, True)


def test_roles_are_edited_as_data(client: FlaskClient) -> None:
    """A new role, changed, and gone; the public is kept small."""
    sign_in(client, "administrator")
    send(client, "/roles", is_new="1", code="auditor", zh="审计员", en="Auditor", permissions=["audit.read"])
    assert 'value="audit.read" checked' in client.get("/roles/auditor").get_data(as_text=True)
    form = {"csrf_token": csrf_token(client), "code": "public", "zh": "公众", "en": "Public", "permissions": ["case.read"]}
    assert client.post("/roles", data=form).status_code == 400
    assert "auditor" not in send(client, "/roles/auditor/remove")
    assert client.get("/roles/auditor").status_code == 404


def test_lists_are_found_and_exported(client: FlaskClient) -> None:
    """By words and role; the export holds what the list shows, and is itself in the log."""
    boss = sign_in(client, "administrator")
    account = add_person(client.application, "shop_head", name="shop-of-the-export")
    page = client.get("/accounts?q=of-the-export").get_data(as_text=True)
    assert account.name in page
    assert boss.name not in page.split("<table")[1]
    text = client.get("/accounts/export.csv?q=of-the-export").get_data(as_text=True)
    assert [line.split(",")[0] for line in text.splitlines()][1:] == [account.name]
    assert "account.export" in client.get(f"/audit?actor={boss.name}").get_data(as_text=True)
    assert "account.export" in client.get(f"/audit.csv?actor={boss.name}&what=account.e").get_data(as_text=True)
    assert client.get("/audit?from=yesterday").status_code == 400


def _id(client: FlaskClient) -> str:
    with client.session_transaction() as cookie:
        return str(cookie["signed_in"])
