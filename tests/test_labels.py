"""Every member of every enum carries both labels."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest

import gridmgmt
from gridmgmt.labels import LabelledEnum

for module in pkgutil.walk_packages(gridmgmt.__path__, "gridmgmt."):
    if module.name.endswith(".model"):
        importlib.import_module(module.name)


@pytest.mark.parametrize("enum", LabelledEnum.__subclasses__(), ids=lambda enum: enum.__name__)
def test_every_member_has_a_chinese_and_an_english_label(enum: type[LabelledEnum]) -> None:
    for member in enum:
        assert re.search("[\u4e00-\u9fff]", member.zh) or member.zh == member.en, f"{member!r}: only a proper name is the same in both"
        assert member.en.isascii(), member
        assert member.en, member
        assert (member.label(), member.label("en")) == (member.zh, member.en)


@pytest.mark.parametrize("enum", LabelledEnum.__subclasses__(), ids=lambda enum: enum.__name__)
def test_a_stored_value_finds_its_member(enum: type[LabelledEnum]) -> None:
    assert [enum(member.value) for member in enum] == list(enum)
    assert len({member.zh for member in enum}) == len(enum)
