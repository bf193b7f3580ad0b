"""What stands on the page of a case beside the case itself: its photos."""

from __future__ import annotations

from flask import Flask

from gridmgmt.cases import photo_store
from gridmgmt.cases.model import Case, IncidentReport
from gridmgmt.cases.photo_evidence import with_distances
from gridmgmt.cases.photo_model import CasePhoto
from gridmgmt.web.door import session
from gridmgmt.web.guard import principal


def case_photos(case: Case, report: IncidentReport) -> list[CasePhoto]:
    """Return the photos of a case that the asker sees, for the asker may; each with its distance to the reported place."""
    if not principal().may("photo.read"):
        return []
    return with_distances(photo_store.list_photos(session(), case), report)


def register(app: Flask) -> None:
    """Give templates what they may ask."""
    app.context_processor(lambda: {"case_photos": case_photos})
