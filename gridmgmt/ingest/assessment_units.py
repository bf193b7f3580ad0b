"""Assessment units (考核单元) and their street offices from an office table."""

from __future__ import annotations

import datetime

from gridmgmt.errors import InvalidInputError
from gridmgmt.hierarchy.model import AssessmentMembership
from gridmgmt.ingest.area_layer import column
from gridmgmt.ingest.layer import SourceLayer

FIELDS = ("unit_code", "unit_name", "league", "street_office_code", "from", "to")
REQUIRED = ("unit_code", "unit_name", "street_office_code", "from")


def to_memberships(layer: SourceLayer) -> list[AssessmentMembership]:
    """Return the memberships of a mapped table; raise InvalidInputError naming row and field. ``to`` is exclusive, blank = still."""
    columns = {field: column(layer.attributes, field) for field in FIELDS}
    memberships = []
    for i, number in enumerate(layer.numbers.tolist()):
        values = {field: cells[i] for field, cells in columns.items()}
        for field in REQUIRED:
            if values[field] is None:
                raise InvalidInputError(field, "is blank", row=number, zh="不能为空")
        start, end = _day(values["from"], "from", number), _day(values["to"], "to", number)
        if start is None or (end is not None and end <= start):
            raise InvalidInputError("to", f"{end} is not after {start}", row=number, zh=f"{end} 不晚于 {start}")
        memberships.append(
            AssessmentMembership(
                values["unit_code"] or "", values["unit_name"] or "", values["league"], values["street_office_code"] or "", start, end
            )
        )
    return memberships


def _day(text: str | None, field: str, number: int) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text[:10].replace("/", "-")) if text else None
    except ValueError:
        raise InvalidInputError(field, f"{text!r} is no day; write YYYY-MM-DD", row=number, zh=f"{text!r} 不是日期") from None
