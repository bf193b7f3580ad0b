"""How to reach who reported: checked, masked, deleted when its time is over."""

from __future__ import annotations

import datetime

import pytest
from sqlalchemy.orm import Session

from gridmgmt.cases import contact_store
from gridmgmt.cases.contact_model import Contact, contact_given, masked
from gridmgmt.cases.model import Case, CaseAction
from gridmgmt.errors import InvalidInputError
from tests.cases.loop import NOW, TO_CLOSED, act, bring

DAY = datetime.timedelta(days=1)
ZHANG = Contact("张三", "13812341234", "zhang@example.com", wants_answer=True)


def with_contact(session: Session, *actions: CaseAction) -> Case:
    case = bring(session, *actions)
    contact_store.add_contact(session, case.report_id, ZHANG)
    return case


def test_nothing_given_is_no_contact() -> None:
    assert contact_given(" ", "", "", wants_answer=False) is None
    assert contact_given("张三", "138 1234 1234", "", wants_answer=True) == Contact("张三", "138 1234 1234", wants_answer=True)


@pytest.mark.parametrize(
    ("name", "phone", "email", "wants", "field"),
    [
        ("长" * 51, "", "", False, "contact_name"), ("", "call me", "", False, "contact_phone"), ("", "12", "", False, "contact_phone"),
        ("", "", "not an address", False, "contact_email"), ("", "", "a@b", False, "contact_email"), ("张三", "", "", True, "contact_phone"),
        ("", "=1+1", "", False, "contact_phone"), ("", "", "<a@b.cn>", False, "contact_email"),
    ],
)  # fmt: skip
def test_what_reaches_nobody_is_refused(name: str, phone: str, email: str, wants: bool, field: str) -> None:  # noqa: FBT001
    with pytest.raises(InvalidInputError) as refused:
        contact_given(name, phone, email, wants_answer=wants)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (ZHANG, Contact("张**", "138****1234", "z***@example.com", wants_answer=True)),
        (Contact("欧阳修远", "027-8588 1234"), Contact("欧**", "027****1234")),
        (Contact(None, "12345"), Contact(None, "1****45")), (Contact(), Contact()),
    ],
)  # fmt: skip
def test_a_masked_contact_says_too_little_to_call(given: Contact, shown: Contact) -> None:
    assert masked(given) == shown


@pytest.mark.parametrize("phone", ["13812341234", "+86 138 1234 1234", "12345", "027-85881234", "1234567"])
def test_a_masked_number_never_shows_more_than_seven_digits(phone: str) -> None:
    shown = masked(Contact(phone=phone)).phone or ""
    assert sum(each.isdigit() for each in shown) <= 7
    assert phone not in shown


def test_a_contact_is_deleted_when_its_case_has_been_over_for_long_enough(session: Session) -> None:
    over, open_ = with_contact(session, *TO_CLOSED), with_contact(session, CaseAction.FILE)
    assert contact_store.count_due(session, NOW) == 0, "closed at this very moment"
    later = NOW + DAY
    assert contact_store.count_due(session, later) == contact_store.delete_due(session, later) == 1
    assert contact_store.find_contact(session, over.report_id) is None
    assert contact_store.find_contact(session, open_.report_id) == ZHANG


def test_the_contact_of_a_duplicate_stays_as_long_as_the_case_it_went_into(session: Session) -> None:
    kept, double = bring(session, CaseAction.FILE), with_contact(session)
    act(session, double, CaseAction.MERGE, details={"into": kept.case_no})
    later = NOW + DAY
    assert contact_store.delete_due(session, later) == 0
    act(session, kept, CaseAction.VOID)
    assert contact_store.delete_due(session, later) == 1
