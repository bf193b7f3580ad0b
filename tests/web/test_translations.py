"""Every sentence a page says exists in English, with the same gaps to fill."""

from __future__ import annotations

import functools
import re
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from tests.web.translations import FOLDER

WEB = FOLDER.parent
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
GAP = re.compile(r"%\(\w+\)s|\{\w+\}")


@functools.cache
def messages() -> list[str]:
    """Return all msgids of the code and the templates."""
    found = extract_from_dir(str(WEB), METHODS, {}, keywords={"gettext": None, "lazy_gettext": None, "ngettext": (1, 2), "_": None})
    return sorted({str(entry[2]) for entry in found})


@functools.cache
def english() -> dict[str, str]:
    """Return the English catalogue."""
    with (FOLDER / "en" / "LC_MESSAGES" / "messages.po").open("rb") as source:
        return {str(entry.id): str(entry.string) for entry in read_po(source) if entry.id}


def test_every_message_has_english_with_the_same_gaps() -> None:
    """The English text is there and fills the same gaps."""
    known = english()
    missing = [message for message in messages() if not known.get(message)]
    assert not missing, missing
    strange = [message for message in messages() if sorted(GAP.findall(known[message])) != sorted(GAP.findall(message))]
    assert not strange, strange


def test_catalogue_holds_nothing_that_is_no_longer_said() -> None:
    """A text nobody uses is removed from the catalogue."""
    assert set(english()) == set(messages())


def test_templates_hold_no_chinese_outside_messages() -> None:
    """A template says everything through a message, so that it can be said in English."""
    for template in sorted(Path(WEB / "templates").glob("*.html")):
        bare = re.sub(r"_\('[^']*'", "", template.read_text(encoding="utf-8")).replace("'中文'", "")
        assert not re.search(r"[\u4e00-\u9fff]", bare), template.name
