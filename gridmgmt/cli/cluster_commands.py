"""``gridmgmt cluster``: the private database of this project folder."""

from __future__ import annotations

import click

from gridmgmt.cli import cluster as private
from gridmgmt.cli import session
from gridmgmt.errors import NotReadyError


@click.group()
def cluster() -> None:
    """Start, stop or remove the private PostGIS cluster under var/."""


@cluster.command()
def start() -> None:
    """Create it when it is not there, start it when it does not run."""
    own = session.private_cluster()
    wanted = (session.var_dir() / "pg").resolve()
    if own.data_dir != wanted:
        click.echo(f"{wanted} is closed to the account {own.account}, so the data is kept in {own.data_dir}")
    created = not private.exists(own)
    started = private.start(own)
    private.create_database(own, session.DATABASE)
    state = "created and started" if created else "started" if started else "runs already"
    click.echo(f"{state}: {own.data_dir} as {own.account}, unix socket only")


@cluster.command()
def replica() -> None:
    """Make and start a streaming replica beside it, and print what to put into GRIDMGMT_REPLICA_URL."""
    own, copy = session.private_cluster(), session.private_replica()
    if not private.is_running(own):
        raise NotReadyError(
            "the private database does not run; gridmgmt cluster start starts it", zh="内置数据库未运行；请执行 gridmgmt cluster start"
        )
    private.replicate(own, copy)
    click.echo(copy.url(session.DATABASE))


@cluster.command()
def stop() -> None:
    """Stop it and its replica; nobody else's server is touched."""
    private.stop(session.private_replica())
    click.echo("private database stopped" if private.stop(session.private_cluster()) else "the private database does not run")


@cluster.command()
def status() -> None:
    """Say whether it runs; exit code 1 when it does not."""
    own = session.private_cluster()
    running = private.is_running(own)
    click.echo(f"{'runs' if running else 'does not run'}: {own.data_dir}")
    raise SystemExit(0 if running else 1)


@cluster.command()
def url() -> None:
    """Print what to put into GRIDMGMT_DATABASE_URL, or into QGIS."""
    click.echo(session.private_cluster().url(session.DATABASE))


@cluster.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(*, yes: bool) -> None:
    """Stop it and its replica and delete everything they hold."""
    own = session.private_cluster()
    if not private.exists(own):
        click.echo("there is no private database")
        return
    if not yes:
        click.confirm(f"Delete {own.data_dir} and everything in it?", abort=True)
    private.remove(session.private_replica())
    private.remove(own)
    click.echo(f"removed {own.data_dir}")
