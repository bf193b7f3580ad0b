"""The form of a scenario: values as they are typed, settings as they are meant, in both directions."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from gridmgmt.errors import InvalidInputError
from gridmgmt.roads.model import RoadClass
from gridmgmt.siting.scenario_settings import AreaQuota, Origin, Settings, read_settings
from gridmgmt.web.params import Values, text_of

PLAIN = (
    "problem", "radius_m", "sites", "distance", "standing", "spacing_m", "people_weight", "shop_weight", "case_weight", "capacity_kg",
    "per_person_g", "time_limit_s", "seed",
)  # fmt: skip
COSTS = {f"cost_{origin.value}": origin for origin in Origin}
UPGRADES = ("upgrades_least", "upgrades_most")
CODES = ("forced", "forbidden")
LONGEST = 20_000
QUOTA = re.compile(r"(?P<code>[^\s:：]+)\s*[:：]?\s*(?P<least>\d*)\s*[-–~]\s*(?P<most>\d*)")
ROAD = re.compile(r"(?P<road>[^\s:：]+)\s*[:：]?\s*(?P<metres>\d+(?:\.\d+)?)\s*m?")
YEAR = re.compile(r"(?P<year>\d{4})\s*[:：=]?\s*(?P<sites>\d+)")


def values_of(settings: Settings) -> dict[str, str]:
    """Return settings as a form shows them."""
    plain = settings.to_json()
    values = {name: f"{plain[name]:g}" if isinstance(plain[name], float) else str(plain[name]) for name in PLAIN}
    values["years"] = "\n".join(f"{year}: {count}" for year, count in settings.years.items())
    values["quotas"] = "\n".join(_quota_line(quota) for quota in settings.quotas)
    values["road_spacing_m"] = "\n".join(f"{RoadClass(name).zh} {metres:g}" for name, metres in settings.road_spacing_m.items())
    values["budget"] = "" if settings.budget is None else str(settings.budget)
    values |= {name: str(settings.costs.get(origin, 0)) for name, origin in COSTS.items()}
    values |= {name: "" if end is None else str(end) for name, end in zip(UPGRADES, settings.upgrades, strict=True)}
    return values | {name: "\n".join(plain[name]) for name in CODES}


def typed(form: Values) -> dict[str, str]:
    """Return what was typed, field by field; raise InvalidInputError for a text that is too long."""
    long = ("years", "quotas", "road_spacing_m", *CODES)
    short = ("name", "set_id", "budget", *PLAIN, *COSTS, *UPGRADES)
    return {name: text_of(form, name, longest=LONGEST if name in long else 80) for name in (*short, *long)}


def read_form(values: Mapping[str, str], codes: Mapping[str, str]) -> Settings:
    """Return the settings somebody typed; raise InvalidInputError naming the field, and the line of a long one.

    ``codes``: those of areas by name, for quotas that name the area instead of its code.
    """
    given: dict[str, Any] = {name: values[name] for name in PLAIN if values.get(name)}
    given["years"] = {found["year"]: found["sites"] for found in _lines(values, "years", YEAR)}
    given["quotas"] = [
        {"code": codes.get(found["code"], found["code"]), "least": found["least"] or None, "most": found["most"] or None}
        for found in _lines(values, "quotas", QUOTA)
    ]
    given["road_spacing_m"] = {_road(found["road"]): found["metres"] for found in _lines(values, "road_spacing_m", ROAD)}
    given["costs"] = {origin.value: values[name] for name, origin in COSTS.items() if values.get(name)}
    given["budget"] = values.get("budget") or None
    given["upgrades"] = [values.get(name) or None for name in UPGRADES]
    for name in CODES:
        given[name] = [code for code in re.split(r"[\s,，、;；]+", values.get(name, "")) if code]
    return read_settings(given)


def changed(settings: Settings, *, forced: tuple[str, ...], forbidden: tuple[str, ...]) -> Settings:
    """Return settings with sites that somebody tried on the map forced in, and those taken away forbidden."""
    inside = tuple(dict.fromkeys((*(code for code in settings.forced if code not in forbidden), *forced)))
    outside = tuple(dict.fromkeys((*(code for code in settings.forbidden if code not in forced), *forbidden)))
    return dataclasses.replace(settings, forced=inside, forbidden=outside)


def _lines(values: Mapping[str, str], field: str, pattern: re.Pattern[str]) -> list[re.Match[str]]:
    found = []
    for number, line in enumerate(values.get(field, "").splitlines(), 1):
        if line.strip():
            match = pattern.fullmatch(line.strip())
            if match is None:
                reason = f"line {number}: {line.strip()!r} does not read as the example does"
                raise InvalidInputError(field, reason, zh=f"第 {number} 行“{line.strip()}”与示例写法不符")
            found.append(match)
    return found


def _road(word: str) -> str:
    """Return the class of road that a word means, as it is stored; another word as it is."""
    return next((road.value for road in RoadClass if word in {road.zh, road.en}), word)


def _quota_line(quota: AreaQuota) -> str:
    least, most = ("" if number is None else str(number) for number in (quota.least, quota.most))
    return f"{quota.code} {least}-{most}"
