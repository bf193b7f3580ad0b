"""Put the board together: one row an area, and the steps by which hot spots are coloured."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from sqlalchemy.orm import Session

from gridmgmt.accounts.model import Scope
from gridmgmt.city.model import Level
from gridmgmt.evaluation import board_store
from gridmgmt.evaluation.board_store import Within
from gridmgmt.evaluation.model import BoardRow, Flow, OpenCount

STEPS = 5


def read_board(
    session: Session, scope: Scope, by: Level, *, now: datetime.datetime, since: datetime.datetime, on: datetime.date, within: Within = None
) -> list[BoardRow]:
    """Return one row for each area of a level that the scope holds or that has cases, by code, cases outside every area last.

    ``since`` is the beginning of the city's day ``on``.
    """
    counts: dict[str | None, list[OpenCount]] = {}
    for count in board_store.count_open(session, scope, by, now=now, within=within):
        counts.setdefault(count.code, []).append(count)
    flows = board_store.count_flow(session, scope, by, since=since, until=since + datetime.timedelta(days=1), within=within)
    names = board_store.list_names(session, by, on=on, within=within)
    known = set(names) if scope.everything else {code for level, code in scope.areas if level is by and code in names}
    codes = sorted(code for code in known | {*counts, *flows} if code is not None)
    rows: list[str | None] = [*codes, *([None] if None in {*counts, *flows} else [])]
    return [_row(code, names.get(code or ""), counts.get(code, []), flows.get(code, Flow())) for code in rows]


def sum_rows(rows: Sequence[BoardRow], name: str | None = None) -> BoardRow:
    """Return all rows as one."""
    flows = [row.today for row in rows]
    today = Flow(*(sum(getattr(flow, field) for flow in flows) for field in ("opened", "closed", "timed", "in_time", "dropped")))
    states = {state: sum(row.states.get(state, 0) for row in rows) for row in rows for state in row.states}
    return BoardRow(None, name, states, sum(row.overdue for row in rows), sum(row.soon for row in rows), today)


def colour_steps(counts: Sequence[int]) -> list[int]:
    """Return the lowest count of each colour, so that about as many cells have each; fewer colours where counts repeat."""
    ordered = sorted(counts)
    return sorted({ordered[len(ordered) * step // STEPS] for step in range(STEPS)}) if ordered else []


def _row(code: str | None, name: str | None, counts: Sequence[OpenCount], flow: Flow) -> BoardRow:
    states = {count.state: count.cases for count in counts}
    return BoardRow(code, name, states, sum(count.overdue for count in counts), sum(count.soon for count in counts), flow)
