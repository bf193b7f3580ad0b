"""The commands about accounts, roles, tokens and the audit log."""

from __future__ import annotations

import csv
import io
import re

import pytest
from click.testing import CliRunner, Result

from gridmgmt.cli.main import cli
from tests import toy_city

pytestmark = pytest.mark.usefixtures("city", "english")


def run(*arguments: str, given: str | None = None) -> Result:
    """Run a command."""
    return CliRunner().invoke(cli, list(arguments), input=given)


def done(*arguments: str, given: str | None = None) -> str:
    """Run a command that must succeed; return what it printed."""
    result = run(*arguments, given=given)
    assert result.exit_code == 0, result.output
    return result.output


def test_an_account_is_made_shown_changed_and_told(capfd: pytest.CaptureFixture[str]) -> None:
    """From the first administrator to what stands in the log."""
    told = done("account", "add", "boss", "--name", "管某", "--role", "administrator", "--everything", "--generate")
    assert re.search(r"shown this once: [a-z2-9]{4}(-[a-z2-9]{4}){3}\n", told)
    done(
        "account",
        "add",
        "li",
        "--name",
        "李某",
        "--role",
        "inspector",
        "--area",
        f"street_office:{toy_city.WEST}",
        given="right horse staple\n",
    )
    assert f"li sees street_office:{toy_city.EAST}" in done("account", "scope", "li", "--area", f"street_office:{toy_city.EAST}")
    assert "li is now handler, road_chief" in done("account", "roles", "li", "handler", "road_chief")
    done("account", "password", "li", "--generate")
    done("account", "disable", "li")
    done("account", "enable", "li")
    done("account", "unlock", "li")
    listed = done("account", "list") + "".join(capfd.readouterr())
    assert "boss" in listed
    log = done("audit", "--about", "li")
    verbs = ["account.add", "account.scope", "account.roles", "account.password", "account.disable", "account.enable", "account.unlock"]
    assert [line.split("  ")[3] for line in reversed(log.splitlines())] == verbs
    assert "operator:" in log
    rows = list(csv.DictReader(io.StringIO(done("audit", "--csv", "--what", "account.roles"))))
    assert [row["about"] for row in rows] == ["li"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--role", "mayor"], "mayor: no such role"),
        (["--role", "inspector", "--area", "street_office:999"], "there is no street office 999"),
        (["--role", "inspector", "--area", "planet:1"], "is not LEVEL:CODE"),
        (["--role", "inspector", "--unit", "U9"], "there is no unit U9"),
        (["--role", "inspector", "--person", "P99"], "nobody with the number P99"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_stored(arguments: list[str], sentence: str) -> None:
    """One sentence, exit code 2."""
    result = run("account", "add", "li", "--name", "李某", "--generate", *arguments)
    assert (result.exit_code, sentence in result.output) == (2, True), result.output
    assert run("account", "unlock", "li").exit_code == 2


def test_a_short_password_is_refused() -> None:
    """Also from a pipe."""
    assert "needs 10 to 200 characters" in run("account", "add", "li", "--name", "李", "--role", "planner", given="short\n").output


def test_roles_are_data(capfd: pytest.CaptureFixture[str]) -> None:
    """A role of one's own, changed, given, refused to go while in use, and the built-in ones put back."""
    done("account", "add", "boss", "--name", "管某", "--role", "administrator", "--generate")
    done("account", "role", "set", "auditor", "--zh", "审计员", "--en", "Auditor", "--permission", "audit.read")
    assert "2 permissions" in done("account", "role", "set", "auditor", "--add", "case.read")
    assert "1 permissions" in done("account", "role", "set", "auditor", "--remove", "audit.read")
    assert "no such permission" in run("account", "role", "set", "auditor", "--add", "world.rule").output
    done("account", "add", "wu", "--name", "吴某", "--role", "auditor", "--generate")
    assert run("account", "role", "remove", "auditor").exit_code == 2
    done("account", "roles", "wu", "planner")
    done("account", "role", "remove", "auditor")
    done("account", "role", "load")
    assert "case.verify" in done("account", "role", "permissions")
    listed = done("account", "role", "list") + "".join(capfd.readouterr())
    assert "auditor" not in listed


def test_tokens_are_shown_once_and_revoked(capfd: pytest.CaptureFixture[str]) -> None:
    """The list has everything but the token itself."""
    done("account", "add", "li", "--name", "李某", "--role", "inspector", "--generate")
    token = done("account", "token", "add", "li", "--title", "导出", "--permission", "case.read").strip().rsplit(" ", 1)[1]
    listed = done("account", "token", "list", "li") + "".join(capfd.readouterr())
    assert token not in listed
    assert run("account", "token", "add", "li", "--title", "x", "--permission", "case.close").exit_code == 2
    done("account", "token", "revoke", "li", "1")
    assert run("account", "token", "revoke", "li", "1").exit_code == 2


def test_an_account_is_linked_to_an_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    """One subject belongs to one account; without a provider there is nothing to link to."""
    for name in ("li", "wang"):
        done("account", "add", name, "--name", name, "--role", "inspector", "--no-password")
    assert run("account", "link", "li", "u-1").exit_code == 2
    monkeypatch.setenv("GRIDMGMT_OIDC_ISSUER", "https://id.example.com")
    assert done("account", "link", "li", "u-1") == done("account", "link", "li") == "https://id.example.com  u-1\n"
    assert "linked to another account" in run("account", "link", "wang", "u-1").output
    assert "li is not linked" in done("account", "link", "li", "--remove")
    done("account", "link", "wang", "u-1")
