"""``gridmgmt db``: the schema of the database."""

from __future__ import annotations

import click

from gridmgmt.cli import session
from gridmgmt.cli.migrate import difference, migrate, revisions


@click.group()
def db() -> None:
    """Bring the database to the current schema, or check that it is there."""


@db.command("migrate")
def migrate_command() -> None:
    """Apply the migrations that are missing, in one transaction."""
    engine = session.engine()
    before, _ = revisions(engine)
    migrate(engine)
    after, _ = revisions(engine)
    click.echo(f"schema {after} is current" if before == after else f"schema {before or 'none'} → {after}")


@db.command()
def check() -> None:
    """Compare the database with the tables in the code; exit code 1 where they differ."""
    engine = session.engine()
    current, newest = revisions(engine)
    if current != newest:
        click.echo(f"the database is at {current or 'no schema'}, the newest is {newest}; run gridmgmt db migrate")
        raise SystemExit(1)
    lines = difference(engine)
    for line in lines:
        click.echo(line)
    click.echo(f"schema {current}: {len(lines)} differences")
    raise SystemExit(1 if lines else 0)
