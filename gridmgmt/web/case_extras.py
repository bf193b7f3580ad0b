"""What stands on the page of a case beside the case itself: its photos, who reported, what they say of it, the cases it belongs to."""

from __future__ import annotations

from flask import Flask, g

from gridmgmt.cases import kin_store, photo_store
from gridmgmt.cases.beside_store import Beside, find_beside
from gridmgmt.cases.contact_model import Contact, masked
from gridmgmt.cases.follow_store import Satisfaction
from gridmgmt.cases.kin_store import NO_KIN, Kin
from gridmgmt.cases.model import Case, IncidentReport
from gridmgmt.cases.photo_evidence import with_distances
from gridmgmt.cases.photo_model import CasePhoto
from gridmgmt.web.door import session
from gridmgmt.web.guard import principal


def case_photos(case: Case, report: IncidentReport) -> list[CasePhoto]:
    """Return the photos of a case that the asker sees, for the asker may; each with its distance to the reported place."""
    if not principal().may("photo.read") or not _beside(case).has_photos:
        return []
    return with_distances(photo_store.list_photos(session(), case), report)


def case_kin(case: Case) -> Kin:
    """Return the cases a case belongs together with, as far as the asker sees them."""
    return kin_store.list_kin(session(), principal().scope, case) if _beside(case).has_kin else NO_KIN


def case_contact(case: Case) -> Contact | None:
    """Return how to reach who reported, masked; the whole is shown by ``gridmgmt/web/contacts.py``."""
    contact = _beside(case).contact
    return contact and masked(contact)


def case_satisfaction(case: Case) -> Satisfaction | None:
    """Return what who reported says of how it was handled."""
    return _beside(case).satisfaction


def _beside(case: Case) -> Beside:
    """Return what stands beside a case, looked up once a request."""
    known: tuple[int, Beside] | None = g.get("beside")
    if known is None or known[0] != case.id:
        known = g.beside = (case.id, find_beside(session(), case))
    return known[1]


def register(app: Flask) -> None:
    """Give templates what they may ask."""
    app.context_processor(lambda: {"case_photos": case_photos, "case_contact": case_contact, "case_satisfaction": case_satisfaction})
