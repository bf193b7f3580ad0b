"""The statement that says how much of each segment was walked."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.patrol.model import PatrolRules, SegmentCover

_SQL = Path(__file__).with_name("coverage.sql").read_text(encoding="utf-8")


def list_covers(
    session: Session, segment_codes: Collection[str], rules: PatrolRules, *, since: datetime.datetime, until: datetime.datetime,
    people: Collection[int] | None = None, on: datetime.date,
) -> list[SegmentCover]:  # fmt: skip
    """Return for each segment valid on a day how much of it was walked by patrols that started in a span of time, by code.

    ``people`` are ids of persons; None means anybody. A segment without length is never covered.
    """
    values = {
        "codes": list(segment_codes), "within_m": rules.within_m, "since": since, "until": until,
        "people": None if people is None else list(people), "day": on,
    }  # fmt: skip
    covers = []
    for row in session.execute(text(_SQL), values).mappings():
        covered = row["length_m"] > 0 and row["walked_m"] >= rules.covered_share * row["length_m"]
        covers.append(SegmentCover(row["code"], row["name"], row["length_m"], row["walked_m"], row["patrols"], row["last_at"], covered))
    return covers


def explain_plan(session: Session, values: Mapping[str, Any]) -> str:
    """Return PostgreSQL's plan of the statement as text."""
    return "\n".join(session.scalars(text(f"EXPLAIN {_SQL}"), values))
