"""What a changed city profile means for the areas that are stored: every statement of it."""

from __future__ import annotations

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, aliased

from gridmgmt.city.model import GB_CODE_DIGITS, Level
from gridmgmt.hierarchy.tables import AreaRow


def count_rows_of_level(session: Session, level: Level) -> int:
    """Return how many rows of a level there are, today's and past ones."""
    return session.scalar(select(func.count()).select_from(AreaRow).where(AreaRow.level == level.value)) or 0


def count_children(session: Session, level: Level, child: Level) -> int:
    """Return how many rows of the next finer level name a parent of this one."""
    codes = select(AreaRow.code).where(AreaRow.level == level.value)
    statement = select(func.count()).select_from(AreaRow).where(AreaRow.level == child.value, AreaRow.parent_code.in_(codes))
    return session.scalar(statement) or 0


def take_level_out(session: Session, level: Level, child: Level) -> None:
    """Hang the children of a level below that level's own parents and delete its rows.

    Of several rows with one code the parent of the newest counts.
    """
    parent = aliased(AreaRow)
    grandparent = (
        select(parent.parent_code)
        .where(parent.level == level.value, parent.code == AreaRow.parent_code)
        .order_by(parent.valid_from.desc())
        .limit(1)
        .scalar_subquery()
    )
    session.execute(
        update(AreaRow).where(AreaRow.level == child.value, AreaRow.parent_code.is_not(None)).values(parent_code=grandparent),
        execution_options={"synchronize_session": False},
    )
    session.execute(delete(AreaRow).where(AreaRow.level == level.value), execution_options={"synchronize_session": False})


def clear_parents(session: Session, level: Level) -> int:
    """Forget the parents of a level's rows, until the level above them is imported; return how many there were."""
    statement = update(AreaRow).where(AreaRow.level == level.value, AreaRow.parent_code.is_not(None)).values(parent_code=None)
    return len(session.scalars(statement.returning(AreaRow.id), execution_options={"synchronize_session": False}).all())


def list_codes_not_nested(session: Session, levels: tuple[Level, ...], *, limit: int = 5) -> tuple[int, list[str]]:
    """Return how many codes are not GB codes nested in their parents', and the first few of them."""
    wrong = []
    for position, level in enumerate(levels):
        rows = select(AreaRow.code).where(AreaRow.level == level.value)
        good = AreaRow.code.regexp_match(f"^[0-9]{{{GB_CODE_DIGITS[level]}}}$")
        if position:
            good &= func.left(AreaRow.code, GB_CODE_DIGITS[levels[position - 1]]) == func.coalesce(AreaRow.parent_code, "")
        wrong += list(session.scalars(rows.where(~good).distinct().order_by(AreaRow.code)))
    return len(wrong), wrong[:limit]
