"""The assessment units (考核单元) of January 2022 and the street offices that count for them."""

from __future__ import annotations

import csv
import datetime
from collections.abc import Iterable
from pathlib import Path

from gridmgmt.errors import SourceError
from gridmgmt.hierarchy.model import AssessmentMembership


def read_assessment_units(path: Path, street_offices: Iterable[str]) -> list[AssessmentMembership]:
    """Return which street office counts for which unit; the longest prefix of its code wins, and without one it counts for none."""
    try:
        with path.open(encoding="utf-8", newline="") as source:
            rows = sorted(csv.DictReader(source), key=lambda row: len(row["prefix"]))
    except OSError as error:
        message = f"{path}: {error}"
        raise SourceError(message, zh=f"{path} 无法读取：{error}") from error
    memberships = []
    for code in sorted(street_offices):
        fitting = [row for row in rows if code.startswith(row["prefix"])]
        if fitting:
            row = fitting[-1]
            since = datetime.date.fromisoformat(row["valid_from"])
            memberships.append(AssessmentMembership(row["unit_code"], row["unit_name"], row["league"], code, since))
    return memberships
