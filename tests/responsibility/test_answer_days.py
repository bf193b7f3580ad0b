"""Points of many days are answered by one index for as long as neither boundaries nor roads change."""

from __future__ import annotations

import datetime

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.responsibility.answer_days import Calendar
from gridmgmt.responsibility.store import resolve_responsibility
from tests import toy_city

BEFORE, ZONES_CHANGED, ROADS_CHANGED = (datetime.date(2026, month, 1) for month in (9, 10, 11))
EACH_DAY = (BEFORE, ZONES_CHANGED, ROADS_CHANGED)


def change(session: Session) -> None:
    """Hand the western community to the eastern zone on one day, and end a road on a later one."""
    session.execute(text("UPDATE zone_member SET valid_to = :day WHERE zone_code = 'Z-W'"), {"day": ZONES_CHANGED})
    session.execute(
        text("INSERT INTO zone_member (zone_code, level, area_code, valid_from) VALUES ('Z-E', 'community', :code, :day)"),
        {"code": toy_city.WEST_COMMUNITY, "day": ZONES_CHANGED},
    )
    session.execute(text("UPDATE road_segment SET valid_to = :day WHERE code = 'R3'"), {"day": ROADS_CHANGED})


def test_where_only_zones_changed_the_index_is_the_one_there_is(session: Session) -> None:
    change(session)
    calendar = Calendar(session)
    x, y = (np.full(len(EACH_DAY), value) for value in toy_city.point(50, 70))
    days = np.array([day.toordinal() for day in EACH_DAY])
    found = {int(row): answers.zone_code.values[at] for answers in calendar.answer(session, x, y, days)
             for row, at in zip(answers.rows, answers.zone_code.at, strict=True)}  # fmt: skip
    asked = [resolve_responsibility(session, toy_city.point(50, 70), on=day).zone_code for day in EACH_DAY]
    assert [found[row] for row in range(len(EACH_DAY))] == asked == ["Z-W", "Z-E", "Z-E"]
    assert len(calendar.kept) == 2
    again = Calendar(session)
    for day in EACH_DAY[:2]:
        list(again.answer(session, x[:1], y[:1], np.array([day.toordinal()])))
    first, second = again.kept.values()
    assert first.index is second.index
    list(again.answer(session, x[:1], y[:1], days[2:]))
    assert [epoch.index is first.index for epoch in again.kept.values()] == [True, False]
