"""Statements about the escalation ladder."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridmgmt.messages.model import EscalationRule, Rung
from gridmgmt.messages.tables import EscalationRungRow


def list_rules(session: Session) -> list[EscalationRule]:
    """Return the rungs from the earliest to the latest."""
    order = (EscalationRungRow.class_code.nulls_first(), EscalationRungRow.after_minutes, EscalationRungRow.code)
    rows = session.scalars(select(EscalationRungRow).order_by(*order).execution_options(populate_existing=True))
    return [EscalationRule(row.code, row.after_minutes, Rung(row.tells), row.class_code) for row in rows]


def put_rule(session: Session, rule: EscalationRule) -> None:
    """Store a rung, or write over what is stored under its code."""
    values = {"after_minutes": rule.after_minutes, "tells": rule.tells.value, "class_code": rule.class_code}
    statement = insert(EscalationRungRow).values(code=rule.code, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["code"], set_=values))


def remove_rule(session: Session, code: str) -> None:
    """Delete a rung."""
    session.execute(delete(EscalationRungRow).where(EscalationRungRow.code == code))
