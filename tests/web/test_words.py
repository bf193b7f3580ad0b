"""Clocks and spans in words."""

from __future__ import annotations

import dataclasses
import datetime

import pytest
from flask import Flask

from gridmgmt.cases.model import CaseState
from gridmgmt.web import words
from gridmgmt.web.door import now

HOUR = datetime.timedelta(hours=1)


@dataclasses.dataclass
class Entry:
    """A deadline from now."""

    due_in: datetime.timedelta | None
    stopped_in: datetime.timedelta | None = None
    state: CaseState = CaseState.HANDLING

    @property
    def due_at(self) -> datetime.datetime | None:
        """When it is due."""
        return None if self.due_in is None else now() + self.due_in

    @property
    def clock_stopped_at(self) -> datetime.datetime | None:
        """When it was done."""
        return None if self.stopped_in is None else now() + self.stopped_in


@pytest.mark.parametrize(
    ("entry", "tone", "text"),
    [
        (Entry(None), "none", "未计时"),
        (Entry(None, state=CaseState.SUSPENDED), "none", "停止计时"),
        (Entry(HOUR / 120), "soon", "即将到期"),
        (Entry(HOUR / -120), "late", "刚刚超期"),
        (Entry(HOUR * 3.5), "soon", "余 3 小时"),
        (Entry(HOUR * 30.5), "fine", "余 1 天 6 小时"),
        (Entry(HOUR * 24.5), "fine", "余 1 天"),
        (Entry(HOUR * 24 * 9.5), "fine", "余 9 天"),
        (Entry(HOUR * -0.51), "late", "超期 30 分钟"),
        (Entry(HOUR, HOUR * 0.5), "kept", "按时办理"),
        (Entry(HOUR, HOUR * 3.1), "late", "超期 2 小时办理"),
    ],
)
def test_clock_says_how_a_deadline_stands(app: Flask, entry: Entry, tone: str, text: str) -> None:
    with app.test_request_context("/"):
        shown = words.clock(entry)
    assert (shown.tone, shown.text) == (tone, text)


def test_address_keeps_other_filters_and_starts_at_the_first_page(app: Flask) -> None:
    with app.test_request_context("/cases?state=closed&state=split&text=垃圾&after=abc"):
        assert words.address_with(order="due") == "/cases?state=closed&state=split&text=%E5%9E%83%E5%9C%BE&order=due"
        assert words.address_with(text=None, state=None) == "/cases"


def test_sentences_of_the_rooms_tell_the_citys_time(app: Flask) -> None:
    with app.test_request_context("/"):
        assert words.in_city_time("已被他人办理：2026-11-22 17:30:05 UTC 某人 派遣") == "已被他人办理：2026-11-23 01:30 某人 派遣"
