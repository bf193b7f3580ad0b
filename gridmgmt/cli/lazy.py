"""Groups of commands that are imported only when they are asked for, so that ``gridmgmt --help`` is quick."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click

from gridmgmt.cli.language import with_language


class LazyGroup(click.Group):
    """A group that knows where its commands are: ``modules`` by name; a module's attribute is the command with "-" as "_"."""

    def __init__(self, *args: Any, modules: Mapping[str, str], **options: Any) -> None:  # noqa: ANN401 - click's own
        """Take the modules beside what click takes."""
        super().__init__(*args, **options)
        self.modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in alphabetical order."""
        return sorted(self.modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import the module of one command."""
        if cmd_name not in self.modules:
            return None
        command = getattr(importlib.import_module(self.modules[cmd_name]), cmd_name.replace("-", "_"))
        if not isinstance(command, click.Command):
            message = f"{self.modules[cmd_name]} holds no command {cmd_name}"
            raise TypeError(message)
        return with_language(command)
