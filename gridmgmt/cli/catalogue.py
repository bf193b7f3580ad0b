"""``gridmgmt catalogue list | search``: the components and matters of the city's standard."""

from __future__ import annotations

from collections.abc import Iterable

import click

from gridmgmt.catalogue import store
from gridmgmt.catalogue.model import ManagedClass, ManagedKind
from gridmgmt.city import store as city_store
from gridmgmt.cli.language import label, say
from gridmgmt.cli.session import transaction

KIND = click.Choice([kind.value for kind in ManagedKind])


@click.group()
def catalogue() -> None:
    """Components and matters (部件与事项)."""


@catalogue.command("list")
@click.option("--kind", type=KIND, help="Only components or only matters.")
@click.option("--standard", help="Another standard than the city's.")
def list_command(kind: str | None, standard: str | None) -> None:
    """List all classes of a standard."""
    with transaction() as session:
        wanted = standard or city_store.get_profile(session).catalogue_standard
        found = store.list_classes(session, wanted, ManagedKind(kind) if kind else None)
    _print(found)
    say(f"{wanted}:{len(found)} 类", f"{wanted}: {len(found)} classes")


@catalogue.command("search")
@click.argument("words")
@click.option("--kind", type=KIND, help="Only components or only matters.")
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True)
def search_command(words: str, kind: str | None, limit: int) -> None:
    """Find classes by code, by 2013 code or by words of their name."""
    with transaction() as session:
        standard = city_store.get_profile(session).catalogue_standard
        found = store.search_classes(session, words, standard=standard, kind=ManagedKind(kind) if kind else None, limit=limit)
    _print(found)
    if not found:
        say(f"没有符合“{words}”的类别", f"nothing matches {words!r}")


def _print(classes: Iterable[ManagedClass]) -> None:
    for entry in classes:
        alias = f" (2013: {entry.alias_2013})" if entry.alias_2013 else ""
        click.echo(f"{label(entry.kind)} {entry.code} {entry.name} · {entry.major_name}{alias}")
