"""Who answers for every unit grid and every road segment on a day, as columns to be joined to positions."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

Column = npt.NDArray[Any]

_OF_GRIDS = text(Path(__file__).with_name("duties.sql").read_text(encoding="utf-8"))
_OF_SEGMENTS = text("""
SELECT segment_code, id, person_id FROM appointment
WHERE post = 'road_chief' AND segment_code IS NOT NULL AND :on >= valid_from AND (valid_to IS NULL OR :on < valid_to)
""")
_EDITION = text("SELECT id FROM boundary_edition WHERE :on >= valid_from AND (valid_to IS NULL OR :on < valid_to)")


@dataclasses.dataclass(frozen=True)
class Duties:
    """Columns by position of unit grid (areas above, zone, its chief) and of segment (its chief); the last entry is for position -1: None."""

    edition_id: int | None
    district_code: Column
    street_office_code: Column
    community_code: Column
    unit_grid_code: Column
    zone_code: Column
    zone_appointment_id: Column
    zone_person_id: Column
    segment_code: Column
    segment_appointment_id: Column
    segment_person_id: Column


def fetch_duties(session: Session, segment_codes: Sequence[str], *, on: datetime.date) -> Duties:
    """Return the duties of a day; grids in byte order of their codes, segments in the order given."""
    rows = session.execute(_OF_GRIDS, {"day": on}).all()
    chiefs = {row.segment_code: row for row in session.execute(_OF_SEGMENTS, {"on": on})}
    held = [chiefs.get(code) for code in segment_codes]
    return Duties(
        session.scalar(_EDITION, {"on": on}), _column(rows, "district_code"), _column(rows, "street_office_code"),
        _column(rows, "community_code"), _column(rows, "grid_code"), _column(rows, "zone_code"), _column(rows, "appointment_id"),
        _column(rows, "person_id"), column(segment_codes), column([row and row.id for row in held]), column([row and row.person_id for row in held]),
    )  # fmt: skip


def column(values: Sequence[Any]) -> Column:
    """Return values as an object column with None behind the last, where position -1 points."""
    result = np.empty(len(values) + 1, object)
    result[:-1] = values
    return result


def _column(rows: Sequence[Row[Any]], name: str) -> Column:
    return column([getattr(row, name) for row in rows])
