"""Limits are versioned: a change is a new version, what a case was filed under stays what it was."""

from __future__ import annotations

import dataclasses
import datetime
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gridmgmt.catalogue import limit_store
from gridmgmt.catalogue.choose_limit import choose_limit
from gridmgmt.catalogue.model import ClassLimit, ManagedKind, TimeLimit, TimeUnit
from gridmgmt.errors import InvalidInputError, NotFoundError

NOW, MATTER = "GB/T 47678.5-2026", ManagedKind.MATTER
YEAR = datetime.date(2026, 1, 1)
FOUR_HOURS = TimeLimit(Decimal(4), TimeUnit.WORKING_HOUR)
RUBBISH = ClassLimit(NOW, MATTER, "06010", "1", "有暴露垃圾", FOUR_HOURS, "清理干净", is_sample=True, provenance="试", valid_from=YEAR)


def on(month: int, day: int) -> datetime.date:
    return datetime.date(2026, month, day)


def choose(session: Session, day: datetime.date, condition_no: str | None = None, code: str = "06010") -> ClassLimit:
    return choose_limit(session, NOW, MATTER, code, on=day, condition_no=condition_no)


def test_a_limit_says_how_long_it_is() -> None:
    assert (FOUR_HOURS.label(), FOUR_HOURS.label("en")) == ("4工作时", "4 working hours")
    assert TimeLimit(Decimal("1.00"), TimeUnit.WORKING_DAY).label("en") == "1 working day"
    assert TimeLimit(Decimal("1.5"), TimeUnit.WORKING_DAY).duration() == datetime.timedelta(hours=12)
    assert TimeLimit(Decimal(2), TimeUnit.NATURAL_DAY).duration() == datetime.timedelta(days=2)


def test_the_version_in_force_on_the_day_is_chosen(empty_session: Session) -> None:
    first = limit_store.add_limit(empty_session, RUBBISH)
    limit_store.end_limit(empty_session, first, on(7, 1))
    newer = dataclasses.replace(RUBBISH, limit=TimeLimit(Decimal(2), TimeUnit.WORKING_HOUR), valid_from=on(7, 1), version=2)
    second = limit_store.add_limit(empty_session, newer)
    assert choose(empty_session, on(6, 30)) == dataclasses.replace(RUBBISH, valid_to=on(7, 1), id=first)
    assert choose(empty_session, on(7, 1)) == dataclasses.replace(newer, id=second)
    assert limit_store.get_limit(empty_session, first).limit == FOUR_HOURS
    assert limit_store.list_newest_limits(empty_session, [NOW])[RUBBISH.key].version == 2
    assert limit_store.list_newest_limits(empty_session, ["CJ/T 214"]) == {}
    with pytest.raises(NotFoundError, match="no filing condition"):
        choose(empty_session, datetime.date(2025, 12, 31))
    with pytest.raises(NotFoundError):
        limit_store.get_limit(empty_session, 999)


def test_of_several_conditions_one_has_to_be_named(empty_session: Session) -> None:
    for number in ("10", "2", "1"):
        limit_store.add_limit(empty_session, dataclasses.replace(RUBBISH, condition_no=number))
    assert [limit.condition_no for limit in limit_store.list_limits(empty_session, NOW, MATTER, "06010", on=YEAR)] == ["1", "2", "10"]
    assert choose(empty_session, YEAR, "2").condition_no == "2"
    with pytest.raises(InvalidInputError, match="which filing condition") as refused:
        choose(empty_session, YEAR)
    assert "4工作时" in refused.value.zh
    with pytest.raises(InvalidInputError):
        choose(empty_session, YEAR, "7")


def test_the_database_refuses_to_edit_or_delete_a_version(empty_session: Session) -> None:
    limit_store.add_limit(empty_session, RUBBISH)
    for statement in ("UPDATE class_limit SET amount = 99", "UPDATE class_limit SET valid_from = '2020-01-01'", "DELETE FROM class_limit"):
        with pytest.raises(IntegrityError, match="never changed or deleted"), empty_session.begin_nested():
            empty_session.execute(text(statement))


def test_two_versions_are_never_in_force_on_one_day(empty_session: Session) -> None:
    limit_store.add_limit(empty_session, RUBBISH)
    with pytest.raises(IntegrityError, match="ex_class_limit_days"):
        limit_store.add_limit(empty_session, dataclasses.replace(RUBBISH, version=2, valid_from=on(3, 1)))
