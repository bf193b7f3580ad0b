"""The command ``gridmgmt``: one file of commands per subject, found by name."""

from __future__ import annotations

import sys

import click

from gridmgmt import __version__
from gridmgmt.cli.language import sentence, with_language
from gridmgmt.cli.lazy import LazyGroup
from gridmgmt.errors import GridError

MODULES = {
    "account": "gridmgmt.cli.account",
    "audit": "gridmgmt.cli.audit",
    "board": "gridmgmt.cli.board",
    "calendar": "gridmgmt.cli.calendar",
    "cases": "gridmgmt.cli.cases",
    "catalogue": "gridmgmt.cli.catalogue",
    "city": "gridmgmt.cli.city",
    "cluster": "gridmgmt.cli.cluster_commands",
    "db": "gridmgmt.cli.database",
    "deadline": "gridmgmt.cli.deadline",
    "demo": "gridmgmt.cli.demo",
    "dispatch": "gridmgmt.cli.dispatch",
    "export": "gridmgmt.cli.export",
    "facilities": "gridmgmt.cli.facilities",
    "hierarchy": "gridmgmt.cli.hierarchy",
    "ingest": "gridmgmt.cli.ingest",
    "locate": "gridmgmt.cli.locate",
    "messages": "gridmgmt.cli.messages",
    "patrol": "gridmgmt.cli.patrol",
    "photos": "gridmgmt.cli.photos",
    "responsibility": "gridmgmt.cli.responsibility",
    "retention": "gridmgmt.cli.retention",
    "serve": "gridmgmt.cli.serve",
    "siting": "gridmgmt.cli.siting",
    "worker": "gridmgmt.cli.worker",
}


class Commands(LazyGroup):
    """All commands; what goes wrong in one is told in a sentence."""

    def invoke(self, ctx: click.Context) -> object:
        """Turn the product's own errors into one sentence and exit code 2."""
        try:
            return super().invoke(ctx)
        except GridError as error:
            click.echo(f"gridmgmt: {sentence(error)}", err=True)
            sys.exit(2)


@click.command(cls=Commands, modules=MODULES)
@click.version_option(__version__)
def cli() -> None:
    """Urban grid management: every incident finds its unit grid and its road chief."""


with_language(cli)
