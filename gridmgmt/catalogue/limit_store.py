"""Every statement about the handling limits of classes."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from gridmgmt.catalogue.model import ClassLimit, LimitKey, ManagedKind, TimeLimit, TimeUnit
from gridmgmt.catalogue.tables import ClassLimitRow
from gridmgmt.db import valid_on
from gridmgmt.errors import NotFoundError


def list_limits(session: Session, standard: str, kind: ManagedKind, class_code: str, *, on: datetime.date) -> list[ClassLimit]:
    """Return the limits of a class that are in force on a day, by condition number."""
    row = ClassLimitRow
    statement = select(row).where(row.standard == standard, row.kind == kind.value, row.class_code == class_code, valid_on(row, on))
    return sorted((_limit(each) for each in session.scalars(statement)), key=lambda limit: _by_number(limit.condition_no))


def list_newest_limits(session: Session, standards: Iterable[str]) -> dict[LimitKey, ClassLimit]:
    """Return the newest version of every limit of some standards, also one that has ended or has yet to begin."""
    statement = select(ClassLimitRow).where(ClassLimitRow.standard.in_(list(standards))).order_by(ClassLimitRow.version)
    limits = [_limit(row) for row in session.scalars(statement.execution_options(populate_existing=True))]
    return {limit.key: limit for limit in limits}  # a later version takes the place of an earlier one


def get_limit(session: Session, limit_id: int) -> ClassLimit:
    """Return a version by its id, in force or not; raise NotFoundError."""
    row = session.get(ClassLimitRow, limit_id)
    if row is None:
        raise NotFoundError(f"there is no handling limit {limit_id}", zh=f"没有处置时限 {limit_id}")
    return _limit(row)


def add_limit(session: Session, limit: ClassLimit) -> int:
    """Add a version; return its id."""
    values = dataclasses.asdict(limit) | {"kind": limit.kind.value, "amount": limit.limit.amount, "unit": limit.limit.unit.value}
    del values["id"], values["limit"]
    return session.execute(insert(ClassLimitRow).values(values).returning(ClassLimitRow.id)).scalar_one()


def end_limit(session: Session, limit_id: int, valid_to: datetime.date) -> None:
    """Let a version end on a day; that is all that can be changed about it."""
    session.execute(update(ClassLimitRow).where(ClassLimitRow.id == limit_id).values(valid_to=valid_to))


def _by_number(number: str) -> tuple[int, str]:
    return (int(number), "") if number.isdecimal() else (10**9, number)


def _limit(row: ClassLimitRow) -> ClassLimit:
    return ClassLimit(
        standard=row.standard, kind=ManagedKind(row.kind), class_code=row.class_code, condition_no=row.condition_no,
        filing_condition=row.filing_condition, limit=TimeLimit(row.amount, TimeUnit(row.unit)), closing_condition=row.closing_condition,
        is_sample=row.is_sample, provenance=row.provenance, valid_from=row.valid_from, valid_to=row.valid_to, version=row.version, id=row.id,
    )  # fmt: skip
