"""``gridmgmt serve``: the web server with a worker beside it, in front or in the background."""

from __future__ import annotations

import ipaddress
import os
import socket
import subprocess
import sys

import click

from gridmgmt.city import store as city_store
from gridmgmt.cli import server, session
from gridmgmt.cli.language import say, tr
from gridmgmt.errors import InvalidInputError


@click.command()
@click.option("--host", help="Address to bind to; GRIDMGMT_HOST, else 127.0.0.1.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port; GRIDMGMT_PORT, else 8000.")
@click.option("--any-port", is_flag=True, help="Take the next free port when that one is taken.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes that answer.")
@click.option("--daemon", is_flag=True, help="Run in the background; a server of ours that runs is replaced.")
@click.option("--stop", "stop_only", is_flag=True, help="Stop the server in the background.")
@click.option("--without-https", is_flag=True, help="Bind to another address than loopback although passwords would travel in the clear.")
@click.option("--without-worker", is_flag=True, help="Start no worker beside it; messages wait until one runs.")
def serve(
    *, host: str | None, port: int | None, any_port: bool, workers: int, daemon: bool, stop_only: bool, without_https: bool,
    without_worker: bool,
) -> None:  # fmt: skip
    """Serve the pages of the city that is loaded."""
    own, beside = server.open_server(session.var_dir()), server.open_worker(session.var_dir())
    if stop_only:
        stop_both(own, beside)
        return
    settings = session.settings()
    host = host or settings.host
    refuse_foreign_host(host, without_https=without_https)
    with session.transaction() as opened:
        name = city_store.get_profile(opened).name
    if daemon and server.stop(own):
        say("替换正在运行的服务器", "the server that ran is replaced")
    port = free_port(host, port or settings.port, any_port=any_port)
    environ = {**os.environ, "GRIDMGMT_DATABASE_URL": settings.database_url, "GRIDMGMT_VAR_DIR": str(session.var_dir())}
    command = server.command(host, port, workers)
    if not daemon:
        click.echo(f"{name}: {server.address(host, port)} {tr('（按 Ctrl+C 停止）', '(Ctrl+C stops)')}")
        sys.stdout.flush()
        os.chdir(session.ROOT)
        if not without_worker:  # our child, and the child of the server that takes our number
            subprocess.Popen(server.worker_command(beside=os.getpid()), env=environ, stdin=subprocess.DEVNULL)  # noqa: S603 - our own interpreter
        os.execve(command[0], command, environ)  # noqa: S606 - our own interpreter, no shell
    url = server.start(own, command, environ, host=host, port=port)
    click.echo(f"{name}: {url}")
    server.stop(beside)
    if not without_worker:
        server.start_process(beside, server.worker_command(), environ, mark="gridmgmt")
    if not without_https:
        say("服务器只接受本机访问。", "The server answers on this machine only.")
    say("停止：./run stop", "./run stop stops it.")


def stop_both(own: server.Server, beside: server.Server) -> None:
    """Stop the server and the worker beside it."""
    if server.stop(own):
        say("服务器已停止", "server stopped")
    else:
        say("服务器未在运行", "the server does not run")
    if server.stop(beside):
        say("后台作业进程已停止", "worker stopped")


def refuse_foreign_host(host: str, *, without_https: bool) -> None:
    """Raise InvalidInputError for an address that other machines reach, unless the operator says that https is not needed or is seen to.

    A proxy on this machine that speaks https reaches the server on loopback.
    """
    if without_https or host == "localhost":
        return
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        reason = f"{host!r} can be reached from other machines without https; put a proxy before it, or add --without-https"
        raise InvalidInputError("host", reason, zh=f"{host!r} 可被其他机器以未加密方式访问；请在前面设置 https 代理，或加 --without-https")


def free_port(host: str, port: int, *, any_port: bool) -> int:
    """Return the port if nothing listens there; else the next free one, saying so, or raise InvalidInputError."""
    for candidate in range(port, min(port + 100, 65536) if any_port else port + 1):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, candidate))
            except OSError:
                continue
        if candidate != port:
            say(f"端口 {port} 已被占用，改用 {candidate}", f"port {port} is taken, so {candidate} is used")
        return candidate
    raise InvalidInputError("port", f"{port} is taken; choose another with --port", zh=f"端口 {port} 已被占用；请用 --port 指定其他端口")
