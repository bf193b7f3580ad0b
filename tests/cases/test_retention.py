"""Personal data goes when its time is over; what a case needs stays."""

from __future__ import annotations

import datetime
import os
from pathlib import Path

from sqlalchemy.orm import Session

from gridmgmt.cases import contact_store
from gridmgmt.cases.contact_model import Contact
from gridmgmt.cases.model import CaseAction
from gridmgmt.cases.retention import Retention, run_retention
from gridmgmt.photos import files, store
from gridmgmt.photos.model import Evidence, PhotoSize
from gridmgmt.photos.take_in import take_photo_in
from tests.cases.loop import NOW, TO_CLOSED, TO_HANDLING, act, bring
from tests.cases.test_photos import photos
from tests.photos.pictures import picture

LATER = NOW + datetime.timedelta(days=91)


def run(session: Session, root: Path, *, commit: bool, now: datetime.datetime = LATER, positions: int = 0) -> Retention:
    return run_retention(session, root, now=now, contact_days=90, photo_position_days=positions, commit=commit)


def sent(session: Session, root: Path, colour: str) -> str:
    content = picture(colour=colour, place=(114.0, 30.5), taken="2026:11:02 09:30:00")
    return take_photo_in(session, root, content, uploaded_by="somebody", now=NOW, time_zone="Asia/Shanghai")


def test_contacts_and_unused_photos_go_and_a_dry_run_says_so_before(session: Session, tmp_path: Path) -> None:
    case = bring(session, *TO_CLOSED)
    contact_store.add_contact(session, case.report_id, Contact("张三", "13812341234"))
    unused = sent(session, tmp_path, "red")
    expected = Retention(contacts=1, positions=0, photos=1, files=0)
    assert run(session, tmp_path, commit=False) == expected
    assert contact_store.find_contact(session, case.report_id) is not None
    assert run(session, tmp_path, commit=True) == expected
    assert contact_store.find_contact(session, case.report_id) is None
    assert not files.path_of(tmp_path, unused, PhotoSize.FULL).exists()
    assert run(session, tmp_path, commit=True) == Retention(0, 0, 0, 0)


def test_a_photo_that_waits_for_its_report_stays(session: Session, tmp_path: Path) -> None:
    waiting = sent(session, tmp_path, "red")
    assert run(session, tmp_path, commit=True, now=NOW + datetime.timedelta(days=6)).photos == 0
    assert files.path_of(tmp_path, waiting, PhotoSize.THUMB).exists()


def test_a_photo_sent_again_waits_anew(session: Session, tmp_path: Path) -> None:
    sha256 = sent(session, tmp_path, "red")
    content = picture(colour="red", place=(114.0, 30.5), taken="2026:11:02 09:30:00")
    again = NOW + datetime.timedelta(days=6)
    assert take_photo_in(session, tmp_path, content, uploaded_by="other", now=again, time_zone="Asia/Shanghai") == sha256
    assert run(session, tmp_path, commit=True, now=NOW + datetime.timedelta(days=8)).photos == 0


def test_photos_of_cases_stay_without_their_position_where_the_city_says_so(session: Session, tmp_path: Path) -> None:
    case = bring(session, *TO_HANDLING)
    used = sent(session, tmp_path, "red")
    act(session, case, CaseAction.HANDLE, details=photos((used, "after")))
    assert run(session, tmp_path, commit=True) == Retention(0, 0, 0, 0)
    assert run(session, tmp_path, commit=False, positions=30).positions == run(session, tmp_path, commit=True, positions=30).positions == 1
    session.expire_all()
    kept = store.find_photo(session, used)
    assert kept is not None
    assert kept.evidence == Evidence()
    assert files.path_of(tmp_path, used, PhotoSize.FULL).exists()


def test_files_that_a_killed_server_left_are_swept_up(session: Session, tmp_path: Path) -> None:
    known = sent(session, tmp_path, "red")
    act(session, bring(session, *TO_HANDLING), CaseAction.HANDLE, details=photos((known, "after")))
    folder = files.path_of(tmp_path, known, PhotoSize.FULL).parent
    strays = [folder / f"{'0' * 64}.jpg", folder / f"{known}.jpg.17.abcd.draft"]
    for path in (*strays, files.path_of(tmp_path, known, PhotoSize.FULL)):
        path.touch()
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    assert run(session, tmp_path, commit=True).files == 2
    assert [path.exists() for path in strays] == [False, False]
    assert files.path_of(tmp_path, known, PhotoSize.FULL).exists()
