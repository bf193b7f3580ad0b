"""The form of a scenario: values as they are typed, settings as they are meant, in both directions."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from gridmgmt.errors import InvalidInputError
from gridmgmt.siting.scenario_settings import AreaQuota, Settings, read_settings
from gridmgmt.web.params import Values, text_of

PLAIN = (
    "problem", "radius_m", "sites", "distance", "standing", "spacing_m", "people_weight", "shop_weight", "case_weight", "capacity_kg",
    "per_person_g", "time_limit_s", "seed",
)  # fmt: skip
CODES = ("forced", "forbidden")
LONGEST = 20_000
QUOTA = re.compile(r"(?P<code>[^\s:：]+)\s*[:：]?\s*(?P<least>\d*)\s*[-–~]\s*(?P<most>\d*)")
YEAR = re.compile(r"(?P<year>\d{4})\s*[:：=]?\s*(?P<sites>\d+)")


def values_of(settings: Settings) -> dict[str, str]:
    """Return settings as a form shows them."""
    plain = settings.to_json()
    values = {name: f"{plain[name]:g}" if isinstance(plain[name], float) else str(plain[name]) for name in PLAIN}
    values["years"] = "\n".join(f"{year}: {count}" for year, count in settings.years.items())
    values["quotas"] = "\n".join(_quota_line(quota) for quota in settings.quotas)
    return values | {name: "\n".join(plain[name]) for name in CODES}


def typed(form: Values) -> dict[str, str]:
    """Return what was typed, field by field; raise InvalidInputError for a text that is too long."""
    long = ("years", "quotas", *CODES)
    return {name: text_of(form, name, longest=LONGEST if name in long else 80) for name in ("name", "set_id", *PLAIN, *long)}


def read_form(values: Mapping[str, str]) -> Settings:
    """Return the settings somebody typed; raise InvalidInputError naming the field, and the line of a long one."""
    given: dict[str, Any] = {name: values[name] for name in PLAIN if values.get(name)}
    given["years"] = {found["year"]: found["sites"] for found in _lines(values, "years", YEAR)}
    given["quotas"] = [
        {"code": found["code"], "least": found["least"] or None, "most": found["most"] or None} for found in _lines(values, "quotas", QUOTA)
    ]
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


def _quota_line(quota: AreaQuota) -> str:
    least, most = ("" if number is None else str(number) for number in (quota.least, quota.most))
    return f"{quota.code} {least}-{most}"
