"""What waits to be computed: the condition that jobs and preparations share."""

from __future__ import annotations

import datetime

from sqlalchemy import ColumnElement, and_, or_

from gridmgmt.siting.scenario import JobState
from gridmgmt.siting.tables import SitingJobRow, SitingPreparationRow

OPEN = (JobState.WAITING.value, JobState.RUNNING.value)


def due(row: type[SitingJobRow | SitingPreparationRow], now: datetime.datetime) -> ColumnElement[bool]:
    """Return the condition of what waits, or was left: its lease ran out."""
    return or_(row.state == JobState.WAITING.value, and_(row.state == JobState.RUNNING.value, row.leased_until < now))
