"""How to reach who reported: shown on demand to who may, and every look is written down."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template
from flask.typing import ResponseReturnValue

from gridmgmt.cases import contact_store
from gridmgmt.errors import NotFoundError
from gridmgmt.web import case_page
from gridmgmt.web.door import profile, transaction
from gridmgmt.web.guard import needs
from gridmgmt.web.noted import note

pages = Blueprint("contacts", __name__)


@pages.post("/cases/<case_no>/contact")
@needs("case.read_contact")
def post_show(case_no: str) -> ResponseReturnValue:
    """Show the contact of a case that the asker sees; the look stands in the audit log before the answer leaves."""
    case, _ = case_page.visible(case_no)
    with transaction() as opened:
        contact = contact_store.find_contact(opened, case.report_id)
        if contact is None:
            raise NotFoundError("no contact was left, or its time is over", zh="未留联系方式，或已到期删除")
        note(opened, "contact.show", case_no)
    response = make_response(render_template("contact.html", city=profile(), case=case, contact=contact))
    response.headers["Cache-Control"] = "no-store"
    return response
