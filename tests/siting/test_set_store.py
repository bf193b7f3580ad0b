"""Prepared sets come back as they were and are never changed."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gridmgmt.errors import ConflictError, NotFoundError
from gridmgmt.siting import set_store
from gridmgmt.siting.scenario import SetTables
from tests.siting.drawn_set import add_drawn_scenario, drawn_tables


def equal(one: object, other: object) -> bool:
    return all(
        np.array_equal(getattr(one, field.name), getattr(other, field.name), equal_nan=getattr(one, field.name).dtype == np.float64)
        for field in dataclasses.fields(one)  # type: ignore[arg-type]
    )


@pytest.fixture
def tables() -> SetTables:
    """Twenty demand points, ten candidates of which one was dropped, three standing facilities."""
    return drawn_tables(demand=20, candidates=10, standing=3)


def test_a_set_comes_back_as_it_was(session: Session, tables: SetTables) -> None:
    number = add_drawn_scenario(session, tables).set_id
    found = set_store.read_tables(session, number)
    assert equal(found.demand, tables.demand)
    assert equal(found.candidates, tables.candidates.only(np.arange(9)))
    assert equal(found.standing, tables.standing)
    assert set_store.read_candidates(session, number, dropped=True).dropped.tolist() == ["keep_away:school"]
    assert set_store.count_dropped(session, number) == {"keep_away:school": 1}
    assert [one.id for one in set_store.list_sets(session)] == [number]


def test_a_set_a_scenario_and_its_settings_are_never_changed(session: Session, tables: SetTables) -> None:
    add_drawn_scenario(session, tables)
    for statement in ("UPDATE siting_set SET summary = '{}'", "UPDATE siting_scenario SET settings = '{}'"):
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(text(statement))


def test_a_name_is_taken_once_and_the_transaction_goes_on(session: Session, tables: SetTables) -> None:
    add_drawn_scenario(session, tables, name="一")
    with pytest.raises(ConflictError):
        add_drawn_scenario(session, tables, name="一")
    add_drawn_scenario(session, tables, name="二")


def test_a_set_that_is_not_there_is_said_to_be_absent(session: Session) -> None:
    with pytest.raises(NotFoundError):
        set_store.get_set(session, 7)
