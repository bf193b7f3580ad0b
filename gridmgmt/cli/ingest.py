"""``gridmgmt ingest``: source files into tables, one command a layer; a dry run unless ``--commit``."""

from __future__ import annotations

import importlib

import click

from gridmgmt.cli.language import with_language

# command → module and attribute; imported only when asked for.
COMMANDS = {
    "appointments": ("gridmgmt.cli.ingest_roster", "appointments"),
    "areas": ("gridmgmt.cli.ingest_areas", "areas"),
    "catalogue": ("gridmgmt.cli.ingest_points", "catalogue"),
    "codes": ("gridmgmt.cli.ingest_codes", "codes"),
    "facilities": ("gridmgmt.cli.ingest_points", "facilities"),
    "limits": ("gridmgmt.cli.ingest_limits", "limits"),
    "people": ("gridmgmt.cli.ingest_roster", "people"),
    "roads": ("gridmgmt.cli.ingest_roads", "roads"),
    "zones": ("gridmgmt.cli.ingest_roster", "zones"),
}


class LazyCommands(click.Group):
    """Commands that are imported only when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in alphabetical order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import the module of one command."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name]
        command = getattr(importlib.import_module(module), attribute)
        if not isinstance(command, click.Command):
            message = f"{module} holds no command {attribute}"
            raise TypeError(message)
        return with_language(command)


@click.command(cls=LazyCommands)
def ingest() -> None:
    """Import source files; nothing is written without --commit."""
