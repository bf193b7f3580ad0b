"""Where one page of a list ends and the next begins (翻页): by the last line seen, never by counting lines."""

from __future__ import annotations

import contextlib
import datetime
import re
from typing import Any

from sqlalchemy import ColumnElement, UnaryExpression, and_, or_, tuple_

from gridmgmt.cases.list_model import CaseLine, CaseOrder
from gridmgmt.cases.tables import CaseRow
from gridmgmt.errors import InvalidInputError

NOT_DUE = "-"


def in_order(order: CaseOrder) -> tuple[UnaryExpression[Any], ...]:
    """Return what a list is ordered by; ids follow the time of opening, and no two cases share a place."""
    if order is CaseOrder.DUE:
        return CaseRow.due_at.asc().nulls_last(), CaseRow.id.asc()
    return (CaseRow.id.asc() if order is CaseOrder.OLDEST else CaseRow.id.desc(),)


def cursor_of(order: CaseOrder, last: CaseLine) -> str:
    """Return the cursor of a page that ends with a line."""
    if order is not CaseOrder.DUE:
        return str(last.id)
    return f"{last.due_at.astimezone(datetime.UTC).isoformat() if last.due_at else NOT_DUE}~{last.id}"


def after_cursor(order: CaseOrder, cursor: str) -> ColumnElement[bool]:
    """Return the condition for what comes after a cursor; raise InvalidInputError for one that no page gave."""
    due_at, last = _parsed(order, cursor)
    if order is CaseOrder.NEWEST:
        return CaseRow.id < last
    if order is CaseOrder.OLDEST:
        return CaseRow.id > last
    if due_at is None:
        return and_(CaseRow.due_at.is_(None), CaseRow.id > last)
    return or_(tuple_(CaseRow.due_at, CaseRow.id) > tuple_(due_at, last), CaseRow.due_at.is_(None))


def _parsed(order: CaseOrder, cursor: str) -> tuple[datetime.datetime | None, int]:
    shape = r"(\S+)~([0-9]{1,18})" if order is CaseOrder.DUE else r"()([0-9]{1,18})"
    if (parts := re.fullmatch(shape, cursor)) is not None:
        due, last = parts.groups()
        if due in {"", NOT_DUE}:
            return None, int(last)
        with contextlib.suppress(ValueError):
            due_at = datetime.datetime.fromisoformat(due)
            if due_at.tzinfo is not None:
                return due_at, int(last)
    raise InvalidInputError("after", f"{cursor[:50]} is not the end of a page", zh="翻页位置无效")
