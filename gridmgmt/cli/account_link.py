"""``gridmgmt account link``: who an account is at the identity provider."""

from __future__ import annotations

import getpass

import click

from gridmgmt.accounts import change_account, identity_store
from gridmgmt.accounts.change_account import By, get_account
from gridmgmt.cli.language import say
from gridmgmt.cli.session import settings, transaction
from gridmgmt.errors import ConflictError, InvalidInputError


@click.command("link")
@click.argument("name")
@click.argument("subject", required=False)
@click.option("--remove", is_flag=True, help="Take every link of the account away.")
def link(name: str, subject: str | None, *, remove: bool) -> None:
    """Link an account to SUBJECT (the claim "sub") of the provider in GRIDMGMT_OIDC_ISSUER; without one, list its links."""
    by = By(f"operator:{getpass.getuser()}", channel="command")
    with transaction() as session:
        account = get_account(session, name)
        if remove:
            gone = identity_store.unlink(session, account.id)
            change_account.note(session, by, "account.unlink", name, {"links": gone})
        elif subject:
            issuer = settings().oidc_issuer
            if not issuer:
                raise InvalidInputError("GRIDMGMT_OIDC_ISSUER", "is not set", zh="未设置")
            if not identity_store.link(session, account.id, issuer, subject):
                raise ConflictError(f"{subject} is linked to another account", zh=f"{subject} 已关联其他账号")
            change_account.note(session, by, "account.link", name, {"issuer": issuer, "subject": subject})
        links = identity_store.list_subjects(session, account.id)
    for issuer, known in links:
        click.echo(f"{issuer}  {known}")
    if not links:
        say(f"{name} 未关联统一身份", f"{name} is not linked")
