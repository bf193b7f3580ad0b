"""Which case each report of a source became, and who answers for it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

NAMES = (
    "case_no", "district_code", "street_office_code", "community_code", "unit_grid_code", "shared_with", "border_distance_m", "segment_code",
    "segment_distance_m", "zone_code", "basis", "person_id",
)  # fmt: skip
_FIND = text(f"""
SELECT {", ".join(f"case_file.{name}" for name in NAMES)}
FROM unnest(CAST(:keys AS text[])) WITH ORDINALITY AS asked (key, place)
LEFT JOIN report_key ON report_key.key = asked.key
LEFT JOIN case_file ON case_file.id = report_key.report_id
ORDER BY asked.place
""")


def find_answers(session: Session, keys: Sequence[str | None]) -> Sequence[Row[tuple[object, ...]]]:
    """Return ``NAMES`` of the case of each report key, all None where there is none."""
    return session.execute(_FIND, {"keys": list(keys)}).all()
