"""What the cells of a facility register mean, field by field."""

from __future__ import annotations

import dataclasses
import json
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from gridmgmt.errors import InvalidInputError
from gridmgmt.facilities.model import DETAILS_OF, Facility, FacilityKind, FacilityStatus, ProgrammeKind, ToiletForm, WasteSiteKind
from gridmgmt.ingest.cells import clean_number
from gridmgmt.ingest.facility_aliases import DIGIT_WORDS, NO, ROMAN, STATUS_WORDS, YES
from gridmgmt.ingest.table_values import find_day
from gridmgmt.labels import LabelledEnum

NOT_IN_TABLES = frozenset({"kind", "point", "source", "unit_grid_code", "details", "footprint", "route"})
SMALLEST_YEAR, LARGEST_YEAR = 1949, 2100
Parser = Callable[[str], object]


def shared_fields() -> tuple[str, ...]:
    """Return the fields every register may carry."""
    return tuple(field.name for field in dataclasses.fields(Facility) if field.name not in NOT_IN_TABLES)


def detail_fields(kind: FacilityKind) -> tuple[str, ...]:
    """Return the fields the register of one kind may carry besides."""
    return tuple(field.name for field in dataclasses.fields(DETAILS_OF[kind]) if field.name not in NOT_IN_TABLES)


def parse_value(kind: FacilityKind, field: str, text: str) -> Any:  # noqa: ANN401 - as many types as fields
    """Return what a cell means in a field; raise InvalidInputError where it means nothing there."""
    parser = SPECIAL.get(field) or BY_TYPE[_type_of(kind, field)]
    try:
        value = parser(text)
    except (ValueError, KeyError):
        value = None
    if value is None:
        raise InvalidInputError(field, f"{text!r} cannot be read", zh=f"“{text}”无法识别")
    return value


def _type_of(kind: FacilityKind, field: str) -> str:
    fields = (*dataclasses.fields(Facility), *dataclasses.fields(DETAILS_OF[kind]))
    return next(str(entry.type) for entry in fields if entry.name == field).removesuffix(" | None")


def _labelled(enum: type[LabelledEnum], words: Mapping[str, LabelledEnum] | None = None) -> Parser:
    known: dict[str, LabelledEnum] = dict(words or {})
    for member in enum:
        known |= {member.value: member, member.zh: member, member.en.lower(): member}
    return lambda text: known.get(text) or known.get(text.lower())


def _yes_no(text: str) -> bool | None:
    word = text.strip().lower()
    return True if word in YES else False if word in NO else None


def _whole(text: str) -> int | None:
    number = clean_number(text)
    return int(number) if number is not None and number.is_integer() and number >= 0 else None


def _amount(text: str) -> float | None:
    number = clean_number(text)
    return number if number is not None and number >= 0 else None


def _grade(text: str) -> int:
    word = unicodedata.normalize("NFKC", text).strip().upper().removeprefix("第").rstrip("类级等型 ")
    return DIGIT_WORDS[word] if word in DIGIT_WORDS else int(word)


def _toilet_class(text: str) -> int | None:
    grade = _grade(text)
    return grade if 1 <= grade <= 3 else None  # noqa: PLR2004 - the standard knows three


def _station_class(text: str) -> str | None:
    grade = _grade(text)
    return ROMAN[grade - 1] if 1 <= grade <= len(ROMAN) else None


def _year(text: str) -> int | None:
    year = _whole(text.removesuffix("年"))
    return year if year is not None and SMALLEST_YEAR <= year <= LARGEST_YEAR else None


def _quantities(text: str) -> Mapping[str, Any] | None:
    value = json.loads(text)
    return value if isinstance(value, dict) else None


SPECIAL: Mapping[str, Parser] = {"toilet_class": _toilet_class, "station_class": _station_class, "programme_year": _year}
BY_TYPE: Mapping[str, Parser] = {
    "str": str, "int": _whole, "float": _amount, "bool": _yes_no, "datetime.date": find_day, "Mapping[str, Any]": _quantities,
    "FacilityStatus": _labelled(FacilityStatus, STATUS_WORDS), "ProgrammeKind": _labelled(ProgrammeKind),
    "ToiletForm": _labelled(ToiletForm, {"独立": ToiletForm.DETACHED, "附属": ToiletForm.ATTACHED, "附建": ToiletForm.ATTACHED,
                                         "附建式": ToiletForm.ATTACHED, "活动": ToiletForm.MOBILE, "移动式": ToiletForm.MOBILE}),
    "WasteSiteKind": _labelled(WasteSiteKind),
}  # fmt: skip
