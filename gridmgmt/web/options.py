"""The long lists a field offers (areas, classes, handling units), as values and as the options of a select, both kept for a while."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from flask import Flask
from markupsafe import Markup, escape

from gridmgmt.cases import step_store
from gridmgmt.cases.model import HandlingUnit
from gridmgmt.catalogue import store as catalogue_store
from gridmgmt.catalogue.model import ManagedClass
from gridmgmt.hierarchy import name_store
from gridmgmt.hierarchy.name_store import AreaName
from gridmgmt.web import language
from gridmgmt.web.answers import label
from gridmgmt.web.door import door, profile, session, today


def list_units() -> Sequence[HandlingUnit]:
    """Return every handling unit in the order of their codes."""
    return door().kept.get("units", lambda: step_store.list_units(session()))


def unit_names() -> dict[str, str]:
    """Return the names of the handling units by code."""
    return {unit.code: unit.name for unit in list_units()}


def list_classes() -> Sequence[ManagedClass]:
    """Return the classes of the city's standard."""
    return door().kept.get("classes", lambda: catalogue_store.list_classes(session(), profile().catalogue_standard))


def classes_by_key() -> Mapping[tuple[str, str], ManagedClass]:
    """Return the classes of the city's standard by kind and code."""
    return door().kept.get("classes by key", lambda: {(entry.kind.value, entry.code): entry for entry in list_classes()})


def list_areas() -> Sequence[AreaName]:
    """Return today's areas of the two upper levels."""
    day, levels = today(), tuple(profile().levels)[:2]
    return door().kept.get(("areas", day), lambda: name_store.list_names(session(), levels, on=day))


def _areas() -> list[tuple[str, str]]:
    return [(f"{entry.level.value}:{entry.code}", f"{label(entry.level)} {entry.name}") for entry in list_areas()]


def _classes() -> list[tuple[str, str]]:
    return [(f"{entry.kind.value}:{entry.code}", f"{entry.code} {entry.name}") for entry in list_classes()]


def _units() -> list[tuple[str, str]]:
    return [(unit.code, unit.name) for unit in list_units()]


OFFERED: dict[str, Callable[[], list[tuple[str, str]]]] = {"areas": _areas, "classes": _classes, "units": _units}


def options_of(name: str, chosen: str = "") -> Markup:
    """Return the options of a list by its name, one of them chosen; a value that is not offered chooses none."""
    options = door().kept.get(("options", name, language.choose()), lambda: _options(OFFERED[name]()))
    if not chosen:
        return options
    start = f'<option value="{escape(chosen)}"'
    return Markup(options.replace(start + ">", start + " selected>", 1))  # noqa: S704 - both parts are escaped


def _options(offered: Sequence[tuple[str, str]]) -> Markup:
    return Markup("").join(Markup('<option value="{}">{}</option>').format(value, title) for value, title in offered)


def register(app: Flask) -> None:
    """Give templates the options."""
    app.context_processor(lambda: {"options_of": options_of})
