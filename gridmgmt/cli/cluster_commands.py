"""``gridmgmt cluster``: the private database of this project folder."""

from __future__ import annotations

import click

from gridmgmt.cli import cluster as private
from gridmgmt.cli import session
from gridmgmt.cli.language import say, tr
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
        say(
            f"账户 {own.account} 进不了 {wanted}，数据改存于 {own.data_dir}",
            f"{wanted} is closed to the account {own.account}, so the data is kept in {own.data_dir}",
        )
    created = not private.exists(own)
    started = private.start(own)
    private.create_database(own, session.DATABASE)
    made, woken = tr("已创建并启动", "created and started"), tr("已启动", "started")
    state = made if created else woken if started else tr("已在运行", "runs already")
    say(f"{state}：{own.data_dir}（账户 {own.account}，仅 unix 套接字）", f"{state}: {own.data_dir} as {own.account}, unix socket only")


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
    if private.stop(session.private_cluster()):
        say("内置数据库已停止", "private database stopped")
    else:
        say("内置数据库未在运行", "the private database does not run")


@cluster.command()
def status() -> None:
    """Say whether it runs; exit code 1 when it does not."""
    own = session.private_cluster()
    running = private.is_running(own)
    state = tr("运行中：", "runs: ") if running else tr("未在运行：", "does not run: ")
    click.echo(f"{state}{own.data_dir}")
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
        say("没有内置数据库", "there is no private database")
        return
    if not yes:
        click.confirm(tr(f"删除 {own.data_dir} 及其中全部数据？", f"Delete {own.data_dir} and everything in it?"), abort=True)
    private.remove(session.private_replica())
    private.remove(own)
    say(f"已删除 {own.data_dir}", f"removed {own.data_dir}")
