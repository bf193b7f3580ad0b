"""The filter of a list of cases, read from the address and named in it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from gridmgmt.cases.list_model import CaseFilter, CaseOrder, DueFilter
from gridmgmt.cases.model import CaseState, ReportSource
from gridmgmt.city.model import Level
from gridmgmt.web.params import box_of, choice_of, start_of, storage_box, text_of

# What the address may narrow a list by, beside the states.
FIELDS = ("q", "class", "area", "unit", "zone", "segment", "source", "due", "from", "to", "bbox")


def wanted_of(values: MultiDict[str, str], states: Sequence[CaseState], *, unit_code: str | None = None) -> CaseFilter:
    """Return the filter the address names within ``states`` (none: all); ``unit_code`` wins over the one named.

    ``area`` is ``level:code``, ``class`` is ``kind:code``; ``from`` and ``to`` are the city's days, both included. Raises InvalidInputError.
    """
    named = [choice_of(state, "state", CaseState) for state in values.getlist("state") if state]
    kept = tuple(state for state in named if not states or state in states) or tuple(states)
    kind, _, class_code = text_of(values, "class").partition(":")
    source, due = text_of(values, "source"), text_of(values, "due")
    wanted = CaseFilter(
        states=kept, kind=kind or None, class_code=class_code or None, unit_code=unit_code or text_of(values, "unit") or None,
        zone_code=text_of(values, "zone") or None, segment_code=text_of(values, "segment") or None,
        source=choice_of(source, "source", ReportSource) if source else None, due=choice_of(due, "due", DueFilter) if due else None,
        opened_from=start_of(values, "from"), opened_to=start_of(values, "to", days=1), text=text_of(values, "q", longest=80),
        bbox=storage_box(box_of(values)) if text_of(values, "bbox") else None,
    )  # fmt: skip
    return _in_area(wanted, text_of(values, "area"))


def order_of(values: Mapping[str, str], usual: CaseOrder) -> CaseOrder:
    """Return the order the address names, else the usual one of the list."""
    given = text_of(values, "order")
    return choice_of(given, "order", CaseOrder) if given else usual


def count_of(values: Mapping[str, str]) -> int:
    """Return how many fields of the filter are set, the states left out."""
    return sum(bool(text_of(values, field)) for field in FIELDS)


def _in_area(wanted: CaseFilter, area: str) -> CaseFilter:
    level, _, code = area.partition(":")
    if not code:
        return wanted
    values: dict[str, Any] = {choice_of(level, "area", Level).code_field: code}
    return dataclasses.replace(wanted, **values)
