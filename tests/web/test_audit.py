"""The page of the audit log."""

from __future__ import annotations

import re
from pathlib import Path

import gridmgmt
from gridmgmt.web.audit import WORDS

NOTED = re.compile(r"""\bnote(?:_export)?\((?:[^()]|\([^()]*\))*?"([a-z_]+\.[a-z_]+)\"""")


def test_everything_that_is_noted_has_a_word_for_people() -> None:
    sources = Path(gridmgmt.__file__).parent.rglob("*.py")
    noted = {what for source in sources for what in NOTED.findall(source.read_text(encoding="utf-8"))}
    assert {"account.add", "case.export", "siting.decide", "retention.run"} <= noted
    assert noted <= set(WORDS)
