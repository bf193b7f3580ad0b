"""How to reach who reported (上报人联系方式), and what is shown of it to those who need not know."""

from __future__ import annotations

import dataclasses
import re

from gridmgmt.errors import InvalidInputError

LONGEST_NAME, LONGEST_EMAIL = 50, 200
PHONE = re.compile(r"\+?[0-9][0-9 \-]{4,18}[0-9]")
EMAIL = re.compile(r"[^\s@<>\"',;]+@[^\s@<>\"',;]+\.[^\s@<>\"',;.]{2,}")
HIDDEN = "*"
SHORT_NUMBER = 8  # digits; of a shorter number less is shown


@dataclasses.dataclass(frozen=True)
class Contact:
    """How to reach who reported; ``wants_answer`` when they asked to be told what came of it."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    wants_answer: bool = False


def contact_given(name: str, phone: str, email: str, *, wants_answer: bool) -> Contact | None:
    """Return what was given, None for nothing; raise InvalidInputError, field named, for what reaches nobody."""
    name, phone, email = name.strip(), phone.strip(), email.strip()
    if len(name) > LONGEST_NAME:
        raise InvalidInputError("contact_name", f"is longer than {LONGEST_NAME} characters", zh=f"称呼超过 {LONGEST_NAME} 字")
    if phone and not PHONE.fullmatch(phone):
        raise InvalidInputError("contact_phone", "is not a telephone number", zh="电话号码格式不对")
    if email and (len(email) > LONGEST_EMAIL or not EMAIL.fullmatch(email)):
        raise InvalidInputError("contact_email", "is not an e-mail address", zh="邮箱格式不对")
    if wants_answer and not (phone or email):
        raise InvalidInputError("contact_phone", "is missing: an answer needs a way to you", zh="希望回复请留下电话或邮箱")
    return Contact(name or None, phone or None, email or None, wants_answer) if name or phone or email else None


def masked(contact: Contact) -> Contact:
    """Return the contact as everybody may see it: 张**, 138****1234, z***@example.com."""
    return Contact(
        contact.name and contact.name[0] + HIDDEN * 2, contact.phone and _masked_phone(contact.phone),
        contact.email and _masked_email(contact.email), contact.wants_answer,
    )  # fmt: skip


def _masked_phone(phone: str) -> str:
    digits = re.sub(r"\D", "", phone)
    head, tail = (3, 4) if len(digits) > SHORT_NUMBER else (1, 2)
    return digits[:head] + HIDDEN * max(4, len(digits) - head - tail) + digits[-tail:]


def _masked_email(email: str) -> str:
    local, _, host = email.partition("@")
    return f"{local[0]}{HIDDEN * 3}@{host}"
