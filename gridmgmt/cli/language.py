"""Which language a command speaks: Chinese unless ``--lang en`` or ``GRIDMGMT_LANG=en`` asks for English."""

from __future__ import annotations

import os

import click

from gridmgmt.errors import GridError, InvalidInputError
from gridmgmt.labels import LabelledEnum

VARIABLE = "GRIDMGMT_LANG"
LANGUAGES = ("zh", "en")
KEY = "gridmgmt.language"  # where click keeps it for one command line


def language() -> str:
    """Return ``zh`` or ``en``: what the command line says, else the environment, else Chinese."""
    context = click.get_current_context(silent=True)
    said = context.meta.get(KEY) if context else None
    return said or checked(os.environ.get(VARIABLE, "").strip().lower() or "zh")


def checked(name: str) -> str:
    """Return the language; raise InvalidInputError for one the commands do not speak."""
    if name not in LANGUAGES:
        raise InvalidInputError(VARIABLE, f"{name!r} is neither zh nor en", zh=f"{name!r} 不是 zh 或 en")
    return name


def tr(zh: str, en: str) -> str:
    """Return the sentence in the language of the command."""
    return en if language() == "en" else zh


def say(zh: str, en: str, *, err: bool = False) -> None:
    """Print the sentence in the language of the command."""
    click.echo(tr(zh, en), err=err)


def label(member: LabelledEnum) -> str:
    """Return the label of an enum's member in the language of the command."""
    return member.label(language())


def sentence(error: GridError) -> str:
    """Return what an error says in the language of the command."""
    return tr(error.zh, str(error))


def with_language(command: click.Command) -> click.Command:
    """Give a command, and the commands below it, the option ``--lang``."""
    if isinstance(command, click.Group):
        for below in command.commands.values():
            with_language(below)
    if not any(parameter.name == "lang" for parameter in command.params):
        command.params.append(_option())
    return command


def _option() -> click.Option:
    return click.Option(
        ["--lang"], type=click.Choice(LANGUAGES), expose_value=False, is_eager=True, callback=_keep, help="语言 Language (zh)."
    )


def _keep(ctx: click.Context, parameter: click.Parameter, value: str | None) -> None:  # noqa: ARG001 - click's signature
    if value is not None:
        ctx.meta[KEY] = value
