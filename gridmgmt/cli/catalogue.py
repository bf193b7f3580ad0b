"""``gridmgmt catalogue list | search | limits``: the components and matters of the city's standard, and their handling limits."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

import click

from gridmgmt.catalogue import limit_store, store
from gridmgmt.catalogue.model import ManagedClass, ManagedKind
from gridmgmt.city import store as city_store
from gridmgmt.cli.ingest_options import DAY, as_day
from gridmgmt.cli.language import label, say
from gridmgmt.cli.session import city_today, transaction
from gridmgmt.cli.show_deadline import print_limit

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
    say(f"{wanted}：{len(found)} 类", f"{wanted}: {len(found)} classes")


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


@catalogue.command("limits")
@click.argument("code")
@click.option("--kind", type=KIND, default=ManagedKind.MATTER.value, show_default=True)
@click.option("--on", type=DAY, help="As of this day; today otherwise.")
def limits_command(code: str, kind: str, on: datetime.datetime | None) -> None:
    """Show the filing conditions, handling limits and closing conditions of a class."""
    with transaction() as session:
        profile = city_store.get_profile(session)
        day = as_day(on) or city_today(profile)
        known = store.find_class(session, profile.catalogue_standard, ManagedKind(kind), code)
        found = limit_store.list_limits(session, known.standard, known.kind, known.code, on=day) if known else []
    if known is not None:
        _print([known])
    for limit in found:
        print_limit(limit)
        click.echo(f"结案条件：{limit.closing_condition or '—'} · 自 {limit.valid_from} 起 (in force since)")
    if not found:
        click.echo(f"{day} 没有立案条件 (no filing condition on that day)")


def _print(classes: Iterable[ManagedClass]) -> None:
    for entry in classes:
        alias = f" (2013: {entry.alias_2013})" if entry.alias_2013 else ""
        click.echo(f"{label(entry.kind)} {entry.code} {entry.name} · {entry.major_name}{alias}")
