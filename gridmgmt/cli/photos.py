"""``gridmgmt photos demands``: which photos an action taken on a page must show."""

from __future__ import annotations

import click

from gridmgmt.accounts import audit_store
from gridmgmt.cases import photo_store
from gridmgmt.cases.model import CaseAction
from gridmgmt.cli.language import label, say
from gridmgmt.cli.session import transaction
from gridmgmt.cli.show_plan import say_dry_run
from gridmgmt.photos.model import PhotoRole

ACTION = click.Choice([action.value for action in CaseAction])
ROLE = click.Choice([role.value for role in PhotoRole])


@click.group()
def photos() -> None:
    """Photos of cases (照片)."""


@photos.command("demands")
@click.argument("action", type=ACTION, required=False)
@click.option("--role", "roles", type=ROLE, multiple=True, help="A photo the action must show; may be given several times.")
@click.option("--none", "nothing", is_flag=True, help="The action needs no photo.")
@click.option("--commit", is_flag=True, help="Write; without it only say what would be.")
def demands_command(action: str | None, roles: tuple[str, ...], nothing: bool, commit: bool) -> None:
    """List the photos each ACTION must show, or say it anew for one of them."""
    if action is None or not (roles or nothing):
        _list(action)
        return
    chosen, wanted = CaseAction(action), [PhotoRole(role) for role in dict.fromkeys(roles)]
    _say(chosen, wanted)
    if not commit:
        say_dry_run()
        return
    with transaction() as session:
        photo_store.put_demands(session, chosen, wanted)
        audit_store.note(session, "operator", "photo.demands", chosen.value, {"roles": [role.value for role in wanted]}, channel="command")
    say("已写入", "written")


def _list(only: str | None) -> None:
    with transaction() as session:
        found = {action: photo_store.list_demanded(session, action) for action in CaseAction if only in {None, action.value}}
    for action, wanted in found.items():
        if wanted or only:
            _say(action, wanted)


def _say(action: CaseAction, wanted: list[PhotoRole]) -> None:
    names = [label(role) for role in wanted]
    say(
        f"{action.value}（{action.zh}）：{'、'.join(names) or '不须照片'}",
        f"{action.value} ({action.en}): {', '.join(names) or 'no photo'}",
    )
