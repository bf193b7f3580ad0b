"""What the report form holds, and how it becomes a report, photos and a contact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from gridmgmt.cases.contact_model import Contact, contact_given
from gridmgmt.cases.model import IncidentReport, ReportSource
from gridmgmt.cases.photo_model import GivenPhoto
from gridmgmt.cases.photos_given import photos_given
from gridmgmt.catalogue.model import ManagedClass, ManagedKind
from gridmgmt.errors import InvalidInputError, NotAllowedError
from gridmgmt.web import language, limits, photos
from gridmgmt.web.door import now
from gridmgmt.web.guard import principal
from gridmgmt.web.options import list_classes
from gridmgmt.web.params import SYSTEMS, Values, choice_of, text_of
from gridmgmt.web.places import place_of

CONTACT_FIELDS = ("contact_name", "contact_phone", "contact_email", "wants_answer")
FIELDS = (
    "lon", "lat", "crs", "accuracy_m", "place", "address", "managed_class", "description", "source", "request_id", "photos", *CONTACT_FIELDS,
)  # fmt: skip
MOST_PHOTOS = 3
LONGEST = {"description": 2000, "photos": MOST_PHOTOS * 65}


def values_of(source: Values) -> dict[str, str]:
    """Return every field of the form, empty where it is missing."""
    values = {field: text_of(source, field, longest=LONGEST.get(field, 200)) for field in FIELDS}
    values["crs"] = values["crs"] or SYSTEMS[0]
    values["source"] = values["source"] or reporters()[0].value
    return values


def with_new_photos(values: Mapping[str, str]) -> dict[str, str]:
    """Return the fields with the photos among the files of the form taken in: a browser without a script sends them with the form."""
    names = _names(values)
    for file in request.files.getlist("photo"):
        if file.filename:
            if len(names) >= MOST_PHOTOS:
                raise InvalidInputError("photos", f"more than {MOST_PHOTOS}", zh=f"最多 {MOST_PHOTOS} 张照片")
            limits.take_turn("photo")
            names.append(photos.take_in(file))
    return {**values, "photos": ",".join(dict.fromkeys(names))}


def photos_of(values: Values) -> list[GivenPhoto]:
    """Return the photos of a report."""
    return photos_given({"photos": [{"photo": name, "role": "near"} for name in _names(values)]})


def _names(values: Mapping[str, str]) -> list[str]:
    return [name for name in values["photos"].split(",") if name]


def contact_of(values: Values) -> Contact | None:
    """Return how to reach who reports, where they say."""
    name, phone, email, wants = (values[field] for field in CONTACT_FIELDS)
    return contact_given(name, phone, email, wants_answer=bool(wants))


def reporters() -> tuple[ReportSource, ...]:
    """Return what the asker may say to be; the first unless they say otherwise."""
    return (ReportSource.INSPECTOR, ReportSource.PUBLIC) if principal().may("report.inspect") else (ReportSource.PUBLIC,)


def report_of(values: Values) -> IncidentReport:
    """Return the report of a form."""
    place = place_of(values)
    kind, _, code = values["managed_class"].partition(":")
    address = " ".join(filter(None, (place.typed, values["address"])))
    return IncidentReport(
        x=place.x, y=place.y, crs=place.crs, accuracy_m=place.accuracy_m, source=_reporter(values), reported_at=now(),
        kind=kind or None, class_code=code or None, description=values["description"], address=address or None,
        client_request_id=values["request_id"] or None,
    )  # fmt: skip


def _reporter(values: Values) -> ReportSource:
    chosen = choice_of(values["source"], "source", ReportSource)
    if chosen is ReportSource.INSPECTOR and chosen not in reporters():
        raise NotAllowedError("an inspector signs in first", zh="采集员请先登录")
    if chosen not in reporters():
        raise InvalidInputError("source", f"{chosen} does not report on this page", zh="请选择市民或采集员")
    return chosen


def grouped_classes() -> list[tuple[str, list[ManagedClass]]]:
    """Return the catalogue for the picker: matters first, by major class."""
    groups: dict[str, list[ManagedClass]] = {}
    by_kind: dict[ManagedKind, Any] = {kind: [] for kind in (ManagedKind.MATTER, ManagedKind.COMPONENT)}
    for entry in list_classes():
        by_kind[entry.kind].append(entry)
    for kind, entries in by_kind.items():
        for entry in entries:
            title = f"{kind.label(language.choose())} {entry.major_code} {entry.major_name}"
            groups.setdefault(title, []).append(entry)
    return list(groups.items())
