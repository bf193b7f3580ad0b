"""Every statement about the catalogue of components and matters."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from sqlalchemy import delete, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from gridmgmt.catalogue.model import ManagedClass, ManagedKind
from gridmgmt.catalogue.tables import ManagedClassRow
from gridmgmt.db import copy_rows

COLUMNS = tuple(field.name for field in dataclasses.fields(ManagedClass))
ClassKey = tuple[str, ManagedKind, str]


def add_classes(session: Session, classes: Iterable[ManagedClass]) -> int:
    """Insert classes (COPY); return how many."""
    rows = ([str(getattr(entry, column)) if getattr(entry, column) is not None else None for column in COLUMNS] for entry in classes)
    return copy_rows(session, "managed_class", COLUMNS, rows)


def remove_classes(session: Session, keys: Iterable[ClassKey]) -> int:
    """Delete classes by (standard, kind, code); return how many there were."""
    wanted = [(standard, kind.value, code) for standard, kind, code in keys]
    key = tuple_(ManagedClassRow.standard, ManagedClassRow.kind, ManagedClassRow.code)
    return len(session.scalars(delete(ManagedClassRow).where(key.in_(wanted)).returning(ManagedClassRow.code)).all())


def find_class(session: Session, standard: str, kind: ManagedKind, code: str) -> ManagedClass | None:
    """Return the class with a code, or the matter whose 2013 code it is (lowest code if several), or None."""
    same = ManagedClassRow.code == code
    alias = (ManagedClassRow.alias_2013 == code) & (ManagedClassRow.kind == literal(ManagedKind.MATTER.value))
    statement = (
        select(ManagedClassRow)
        .where(ManagedClassRow.standard == standard, ManagedClassRow.kind == kind.value, same | alias)
        .order_by(same.desc(), ManagedClassRow.code)
        .limit(1)
    )
    row = session.scalar(statement)
    return _class(row) if row else None


def list_classes(session: Session, standard: str | None = None, kind: ManagedKind | None = None) -> list[ManagedClass]:
    """Return the classes of a standard and kind, or all, by standard, kind and code."""
    statement = select(ManagedClassRow).order_by(ManagedClassRow.standard, ManagedClassRow.kind, ManagedClassRow.code)
    if standard is not None:
        statement = statement.where(ManagedClassRow.standard == standard)
    if kind is not None:
        statement = statement.where(ManagedClassRow.kind == kind.value)
    return [_class(row) for row in session.scalars(statement.execution_options(populate_existing=True))]


def search_classes(session: Session, query: str, *, standard: str, kind: ManagedKind | None = None, limit: int = 20) -> list[ManagedClass]:
    """Return classes whose code or 2013 code starts with, or whose name or major holds, the query.

    An exact code comes first, then names that start with the query, then the rest, each by kind and code.
    """
    wanted = query.strip()
    code, name = ManagedClassRow.code, ManagedClassRow.name
    starts = [column.startswith(wanted, autoescape=True) for column in (code, ManagedClassRow.alias_2013)]
    holds = [column.icontains(wanted, autoescape=True) for column in (name, ManagedClassRow.major_name)]
    exact = or_(code == wanted, func.coalesce(ManagedClassRow.alias_2013 == wanted, False))
    order = (exact.desc(), name.startswith(wanted, autoescape=True).desc(), ManagedClassRow.kind, code)
    statement = select(ManagedClassRow).where(ManagedClassRow.standard == standard, or_(*starts, *holds)).order_by(*order).limit(limit)
    if kind is not None:
        statement = statement.where(ManagedClassRow.kind == kind.value)
    return [_class(row) for row in session.scalars(statement)]


def _class(row: ManagedClassRow) -> ManagedClass:
    return ManagedClass(
        standard=row.standard, kind=ManagedKind(row.kind), code=row.code, name=row.name,
        major_code=row.major_code, major_name=row.major_name, alias_2013=row.alias_2013,
    )  # fmt: skip
