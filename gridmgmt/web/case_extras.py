"""What stands on the page of a case beside the case itself: its photos, who reported, what they say of it."""

from __future__ import annotations

from flask import Flask

from gridmgmt.cases import contact_store, follow_store, photo_store
from gridmgmt.cases.contact_model import Contact, masked
from gridmgmt.cases.follow_store import Satisfaction
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


def case_contact(case: Case) -> Contact | None:
    """Return how to reach who reported, masked; the whole is shown by ``gridmgmt/web/contacts.py``."""
    contact = contact_store.find_contact(session(), case.report_id)
    return contact and masked(contact)


def case_satisfaction(case: Case) -> Satisfaction | None:
    """Return what who reported says of how it was handled."""
    return follow_store.find_answer(session(), case.id)


def register(app: Flask) -> None:
    """Give templates what they may ask."""
    app.context_processor(lambda: {"case_photos": case_photos, "case_contact": case_contact, "case_satisfaction": case_satisfaction})
