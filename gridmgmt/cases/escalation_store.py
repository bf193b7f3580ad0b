"""Statements of the escalation ladder: cases that have passed a rung of it and nobody was told of yet."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.city.model import Level
from gridmgmt.messages.model import Rung

# The ladder is small, so its earliest rung bounds the due instants to look at and the index on them serves; a class with rungs of its
# own has only these. A mark that is there already is another worker's: what it marked is not returned here.
MARK = text("""
WITH passed AS (
    SELECT case_file.case_no, case_file.due_at, case_file.unit_code, case_file.district_code, case_file.street_office_code,
        case_file.community_code, case_file.unit_grid_code, escalation_rung.code AS rung, escalation_rung.after_minutes,
        escalation_rung.tells
    FROM case_file
    JOIN escalation_rung ON
        CASE
            WHEN EXISTS (SELECT FROM escalation_rung AS own WHERE own.class_code = case_file.class_code)
                THEN escalation_rung.class_code = case_file.class_code
            ELSE escalation_rung.class_code IS NULL
        END
    WHERE
        case_file.clock_stopped_at IS NULL
        AND case_file.is_open
        AND case_file.due_at <= :now - (SELECT min(after_minutes) FROM escalation_rung) * interval '1 minute'
        AND case_file.due_at <= :now - escalation_rung.after_minutes * interval '1 minute'
        AND NOT EXISTS (
            SELECT FROM escalation_mark
            WHERE escalation_mark.about = case_file.case_no AND escalation_mark.rung = escalation_rung.code
                AND escalation_mark.due_at = case_file.due_at
        )
    ORDER BY case_file.due_at, case_file.id
    LIMIT :most
), marked AS (
    INSERT INTO escalation_mark (about, rung, due_at) SELECT case_no, rung, due_at FROM passed
    ON CONFLICT DO NOTHING RETURNING about, rung
)
SELECT passed.* FROM passed JOIN marked ON marked.about = passed.case_no AND marked.rung = passed.rung
ORDER BY passed.due_at, passed.case_no, passed.after_minutes
""")
_MARK_ONE = text("INSERT INTO escalation_mark (about, rung, due_at) VALUES (:about, :rung, :due_at) ON CONFLICT DO NOTHING RETURNING about")
_FORGET = text("""
DELETE FROM escalation_mark WHERE rung <> :kept AND NOT EXISTS (
    SELECT FROM case_file
    WHERE case_file.case_no = escalation_mark.about AND case_file.due_at = escalation_mark.due_at AND case_file.clock_stopped_at IS NULL
        AND case_file.is_open
)
""")
REVIEW = "review"  # the rung of a suspension whose review is due


@dataclasses.dataclass(frozen=True)
class PassedRung:
    """A case that has passed a rung."""

    case_no: str
    due_at: datetime.datetime
    after_minutes: int
    tells: Rung
    unit_code: str | None
    areas: tuple[tuple[Level, str], ...]


def mark_passed(session: Session, *, now: datetime.datetime, most: int) -> Sequence[PassedRung]:
    """Mark the rungs that open cases have passed and were not marked for, the longest overdue first, and return them."""
    rows = session.execute(MARK, {"now": now, "most": most})
    return [
        PassedRung(
            row.case_no, row.due_at, row.after_minutes, Rung(row.tells), row.unit_code,
            tuple((level, code) for level in Level if (code := getattr(row, level.code_field))),
        )
        for row in rows
    ]  # fmt: skip


def mark_review(session: Session, case_no: str, *, due_at: datetime.datetime) -> bool:
    """Mark that the review of a suspension is due; return False when that was known."""
    return session.scalar(_MARK_ONE, {"about": case_no, "rung": REVIEW, "due_at": due_at}) is not None


def forget_marks(session: Session) -> None:
    """Delete the marks of deadlines that do not run any more, so that marks are as few as open cases."""
    session.execute(_FORGET, {"kept": REVIEW})
