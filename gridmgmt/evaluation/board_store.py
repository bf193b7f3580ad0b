"""Statements of the live board: open cases by area, state and clock; what came in and went out; hot spots."""

from __future__ import annotations

import datetime

from sqlalchemy import ColumnElement, and_, false, func, or_, select, text
from sqlalchemy.orm import Session

from gridmgmt.accounts.model import Scope
from gridmgmt.cases.filter_store import opened_since
from gridmgmt.cases.list_model import SOON
from gridmgmt.cases.model import CaseState
from gridmgmt.cases.scope_store import AREA_COLUMNS, in_both_halves, visible_to
from gridmgmt.cases.tables import CaseRow, CaseStepRow, SatisfactionRow
from gridmgmt.cases.workflow import DONE_STATES, FINAL_STATES
from gridmgmt.city.model import Level
from gridmgmt.db import valid_on
from gridmgmt.evaluation.model import Flow, MonthCount, OpenCount, Satisfaction, Spot
from gridmgmt.hierarchy.tables import AreaRow

Within = tuple[Level, str] | None


def count_open(session: Session, scope: Scope, by: Level, *, now: datetime.datetime, within: Within = None) -> list[OpenCount]:
    """Return the open cases of a scope by area of a level and state; ``within`` (level, code) narrows to one area."""
    running = CaseRow.clock_stopped_at.is_(None)
    late = func.count().filter(running, CaseRow.due_at < now)
    soon = func.count().filter(running, CaseRow.due_at >= now, CaseRow.due_at < now + SOON)
    column = AREA_COLUMNS[by]
    statement = (
        select(column, CaseRow.state, func.count(), late, soon)
        .where(CaseRow.is_open, visible_to(scope), *_within(within))
        .group_by(column, CaseRow.state)
        .order_by(column, CaseRow.state)
    )
    return [OpenCount(code, CaseState(state), *counts) for code, state, *counts in session.execute(statement)]


def count_flow(
    session: Session, scope: Scope, by: Level, *, since: datetime.datetime, until: datetime.datetime, within: Within = None
) -> dict[str | None, Flow]:
    """Return what came in and went out in a span of time by area of a level; meant for today, past days are summed up."""
    column = AREA_COLUMNS[by]
    seen = (visible_to(scope), *_within(within))
    opened = (
        select(column, func.count())
        .where(opened_since(since), CaseRow.opened_at >= since, CaseRow.opened_at < until, *seen)
        .group_by(column)
    )
    done = CaseStepRow.to_state.in_(sorted(DONE_STATES))
    kept = func.coalesce(CaseRow.clock_stopped_at, CaseStepRow.at) <= CaseRow.due_at
    counts = (
        func.count().filter(done),
        func.count(CaseRow.due_at).filter(done),
        func.count().filter(done, kept),
        func.count().filter(~done),
    )
    ended = (
        select(column, *counts)
        .select_from(CaseStepRow)
        .join(CaseRow, CaseRow.id == CaseStepRow.case_id)
        .where(_ends(), CaseStepRow.at >= since, CaseStepRow.at < until, *seen)
        .group_by(column)
    )
    entered: dict[str | None, int] = {code: number for code, number in session.execute(opened)}  # noqa: C416 - rows are not pairs to mypy
    left: dict[str | None, tuple[int, ...]] = {row[0]: tuple(row[1:]) for row in session.execute(ended)}
    return {code: Flow(entered.get(code, 0), *left.get(code, (0, 0, 0, 0))) for code in {*entered, *left}}


def list_spots(
    session: Session, scope: Scope, *, cell_m: float, now: datetime.datetime, since: datetime.datetime | None = None, within: Within = None,
    limit: int = 400,
) -> list[Spot]:  # fmt: skip
    """Return the square cells with the most cases, the fullest first: open ones, or all opened since a time."""
    x, y = func.floor(func.st_x(CaseRow.point) / cell_m), func.floor(func.st_y(CaseRow.point) / cell_m)
    late = func.count().filter(CaseRow.clock_stopped_at.is_(None), CaseRow.due_at < now, CaseRow.is_open)
    chosen = CaseRow.is_open.expression if since is None else and_(CaseRow.opened_at >= since, opened_since(since))
    statement = (
        select(x, y, func.count(), late)
        .where(chosen, visible_to(scope), *_within(within))
        .group_by(x, y)
        .order_by(func.count().desc(), x, y)
        .limit(limit)
    )
    return [Spot(column * cell_m, row * cell_m, cell_m, cases, overdue) for column, row, cases, overdue in session.execute(statement)]


def count_month(
    session: Session, scope: Scope, *, since: datetime.datetime, until: datetime.datetime, now: datetime.datetime, person_id: int | None,
    zone_codes: tuple[str, ...] = (),
) -> list[MonthCount]:  # fmt: skip
    """Return the cases opened in a span of time that are a person's, or lie in some zones, by the state they are in now."""
    mine: list[ColumnElement[bool]] = [CaseRow.person_id == person_id] if person_id is not None else []
    if zone_codes:
        mine.append(CaseRow.zone_code.in_(zone_codes))
    late = func.count().filter(CaseRow.due_at < func.coalesce(CaseRow.clock_stopped_at, now))
    statement = (
        select(CaseRow.state, func.count(), func.count(CaseRow.due_at), late)
        .where(
            opened_since(since),
            CaseRow.opened_at >= since,
            CaseRow.opened_at < until,
            or_(false(), *map(in_both_halves, mine)),
            visible_to(scope),
        )
        .group_by(CaseRow.state)
    )
    found = {state: counts for state, *counts in session.execute(statement)} if mine else {}
    return [MonthCount(state, *found[state.value]) for state in CaseState if state.value in found]


def count_satisfaction(
    session: Session, scope: Scope, *, since: datetime.datetime, until: datetime.datetime, within: Within = None
) -> Satisfaction:
    """Return how many reporters answered in a span of time, and how many of them were satisfied (群众满意率)."""
    answer = SatisfactionRow
    statement = (
        select(func.count(), func.count().filter(answer.satisfied))
        .select_from(answer)
        .join(CaseRow, CaseRow.id == answer.case_id)
        .where(answer.answered_at >= since, answer.answered_at < until, visible_to(scope), *_within(within))
    )
    answers, satisfied = session.execute(statement).one()
    return Satisfaction(answers, satisfied)


def list_names(session: Session, level: Level, *, on: datetime.date, within: Within = None) -> dict[str, str | None]:
    """Return the names of the areas of a level on a day by code; ``within`` must be the parent."""
    row = AreaRow
    statement = select(row.code, row.name).where(row.level == level.value, valid_on(row, on)).order_by(row.code)
    if within is not None:
        statement = statement.where(row.parent_code == within[1])
    return {code: name for code, name in session.execute(statement)}  # noqa: C416 - rows are not pairs to mypy


def _ends() -> ColumnElement[bool]:
    """Return the condition of a step that ended its case, spelt as its partial index spells it."""
    final = ", ".join(f"'{state.value}'" for state in CaseState if state in FINAL_STATES)
    return and_(text(f"case_step.to_state IN ({final})"), text("case_step.from_state <> case_step.to_state"))


def _within(within: Within) -> list[ColumnElement[bool]]:
    return [AREA_COLUMNS[within[0]] == within[1]] if within is not None else []
