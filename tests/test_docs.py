"""What the documents say can be typed, and what they link to is there."""

from __future__ import annotations

import doctest
import re
import shlex
import subprocess
from pathlib import Path

import click
import pytest

from gridmgmt.cli.main import cli

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CHANGELOG.md", "docs/scale.md", "docs/library.md")]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands(text: str) -> list[str]:
    """Return every gridmgmt command of the code blocks and of the running text."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line.split("  #", 1)[0].strip() for block in blocks for line in block.splitlines()]
    inline = re.findall(r"`(gridmgmt [^`]+)`", text)
    return sorted({line for line in [*lines, *inline] if line.startswith("gridmgmt ")})


@pytest.mark.parametrize("line", sorted({line for path in DOCUMENTS for line in commands(path.read_text(encoding="utf-8"))}))
def test_every_command_exists_with_its_options(line: str) -> None:
    words = shlex.split(line.replace("…", ""))[1:]
    command: click.Command = cli
    context = click.Context(cli)
    while words and isinstance(command, click.Group):
        found = command.get_command(context, words.pop(0))
        assert found is not None, line
        command, context = found, click.Context(found, parent=context)
    known = {name for parameter in command.params for name in parameter.opts} | {"--help"}
    assert {word for word in words if word.startswith("--")} <= known, line


def test_every_command_of_run_is_in_its_help_and_the_other_way_round() -> None:
    script = (ROOT / "run").read_text(encoding="utf-8")
    cases = set(re.findall(r"^    (\w+)\)", script, re.MULTILINE))
    helped = set(
        re.findall(
            r"^\./run (\w+)", subprocess.run([ROOT / "run", "help"], capture_output=True, text=True, check=True).stdout, re.MULTILINE
        )
    )
    assert cases == helped
    assert {word for path in DOCUMENTS for word in re.findall(r"\./run (\w+)", path.read_text(encoding="utf-8"))} <= cases


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        if not target.startswith("http"):
            assert (document.parent / target).exists(), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_files_that_are_named_are_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    named = re.findall(r"`((?:gridmgmt|tests|\.ci|docker|geodata|migrations|benchmarks)/[\w./]+)`", text)
    assert not [name for name in named if not (ROOT / name).exists()]


def test_the_changelog_has_one_open_section() -> None:
    sections = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sections == ["[Unreleased]"]


def test_the_examples_of_the_library_give_what_they_say() -> None:
    ran = doctest.testfile(str(ROOT / "docs" / "library.md"), module_relative=False)
    assert ran.attempted > 10
    assert ran.failed == 0
