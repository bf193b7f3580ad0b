"""The toy city after an attacker could write every text in it: names, descriptions, reasons, captions, comments, addresses."""

from __future__ import annotations

import datetime
import uuid

from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.cases import contact_store, follow_store
from gridmgmt.cases.act import act_on_case
from gridmgmt.cases.contact_model import Contact
from gridmgmt.cases.model import CaseAction, IncidentReport, ReportSource
from gridmgmt.cases.photo_model import GivenPhoto
from gridmgmt.cases.report import report_incident
from gridmgmt.maps.rebuild import rebuild_shapes
from gridmgmt.patrol.import_frontages import plan_frontages, write_frontages
from gridmgmt.patrol.model import NewFrontage
from gridmgmt.photos.model import PhotoRole
from gridmgmt.photos.take_in import take_photo_in
from gridmgmt.web.door import Door
from tests import toy_city
from tests.cases.loop import DETAILS, TO_CLOSED
from tests.photos.pictures import picture
from tests.web import desk

RUN = "window.ran=(window.ran||0)+1"
# What marks an element that was made out of a text: ``tests/browser/test_hostile.py`` looks for it.
OWNED = f'<img class=owned src=x onerror="{RUN}">'
PAYLOADS = (
    f"=HYPERLINK(1){OWNED}",
    f"</script></style></textarea></title><script class=owned>{RUN}</script>",
    f"\"'><svg class=owned onload={RUN}>",
    f'@<a class=owned href="javascript:{RUN}">点我</a>{{{{7*7}}}}${{7*7}}',
    f'+<iframe class=owned srcdoc="<script>parent.{RUN}</script>"></iframe>',
    '-1+1" autofocus onfocus="' + RUN + "\" x=\"' onmouseover='" + RUN,
)
# Columns that people fill in words; whatever a table calls so is written over.
WORDS = (
    "name", "shown_name", "shop_name", "address", "description", "reason", "note", "caption", "comment", "title", "browser", "words",
    "last_words", "filing_condition", "closing_condition", "provenance", "major_name", "minor_name", "operator", "remarks", "phone",
    "email", "position", "actor", "made_by", "put_in_force_by", "uploaded_by", "by", "source_name", "old_name", "new_name",
)  # fmt: skip
KEPT = {  # what is a key, or read by the code
    ("account", "name"), ("city_profile", "name"), ("periodic_job", "name"), ("photo", "uploaded_by"), ("patrol", "actor"), ("audit_log", "actor"),
    ("case_file", "reported_by"), ("message_channel", "name"),
}  # fmt: skip
MESSAGES = (("message", "zh"), ("message", "en"), ("role", "zh"), ("role", "en"))


def load(app: Flask) -> str:
    """Fill the city of an application with cases in many states, photos and shops, then write over every text; return a closed case."""
    door = app.extensions["door"]
    assert isinstance(door, Door)
    ways = [TO_CLOSED[:length] for length in range(len(TO_CLOSED) + 1)] + [
        (CaseAction.FILE, CaseAction.SUSPEND), (CaseAction.FILE, CaseAction.SPLIT), (CaseAction.REFUSE,), (CaseAction.FILE, CaseAction.SUPERVISE),
        (*TO_CLOSED[:3], CaseAction.REQUEST_EXTENSION), (CaseAction.REQUEST_VERIFICATION,),
    ]  # fmt: skip
    for number, way in enumerate(ways):
        desk.bring(app, *way, at=(20 + 10 * number, 70), description="问题")
    with door.sessions.begin() as session:
        closed = _reported(session, door)
        write_frontages(session, plan_frontages(session, [(1, _shop())], on=datetime.date(2026, 11, 1)))
        for action in TO_CLOSED:
            act_on_case(session, closed, action, actor=action.value, now=desk.now(), reason="理由", details=DETAILS.get(action))
        found = session.execute(text("SELECT id FROM case_file WHERE case_no = :case_no"), {"case_no": closed}).scalar_one()
        follow_store.add_answer(session, found, follow_store.Satisfaction(satisfied=False, comment="评价", answered_at=desk.now()))
        overwrite(session)
        rebuild_shapes(session, on=datetime.date(2026, 11, 1))
    return closed


def _shop() -> NewFrontage:
    return NewFrontage("W1", "店", "地址", "R1", toy_city.point(20, 20), "P6", datetime.date(2026, 1, 5))


def _reported(session: Session, door: Door) -> str:
    """Report a case with a photo and a contact."""
    x, y = toy_city.point(120, 120)
    root = (door.settings.var_dir / "photos").absolute()
    sha256 = take_photo_in(session, root, picture(), uploaded_by="public", now=desk.now(), time_zone="Asia/Shanghai")
    report = IncidentReport(
        x, y, "epsg:4547", ReportSource.INSPECTOR, desk.now(), kind="matter", class_code="06010", description="问题", address="地址",
        client_request_id=uuid.uuid4().hex,
    )  # fmt: skip
    given = [GivenPhoto(sha256, PhotoRole.NEAR, "说明")]
    case = report_incident(session, report, profile=toy_city.PROFILE, now=desk.now(), actor="public", photos=given).case
    contact_store.add_contact(session, case.report_id, Contact("张三", "13812341234"))
    return case.case_no


def overwrite(session: Session) -> None:
    """Put a payload into every column of words, another one in each row; triggers that keep history are asleep meanwhile."""
    session.execute(text("SET LOCAL session_replication_role = replica"))
    known = session.execute(
        text(
            "SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND data_type = 'text' AND is_generated = 'NEVER'"
        )
    )
    for table, column in sorted((str(row[0]), str(row[1])) for row in known):
        if (column in WORDS and (table, column) not in KEPT) or (table, column) in MESSAGES:
            spared = " AND action NOT IN ('assign', 'reassign')" if table.startswith("case_step") else ""
            session.execute(
                text(
                    f'UPDATE "{table}" SET "{column}" = (CAST(:payloads AS text[]))[1 + abs(CAST(hashtext(CAST(ctid AS text) || :salt) AS bigint)) % :count]'
                    f' WHERE "{column}" IS NOT NULL{spared}'
                ),
                {"payloads": list(PAYLOADS), "count": len(PAYLOADS), "salt": column},
            )
