"""What would differ between the stored profile and a new one (pure)."""

from __future__ import annotations

import dataclasses

from gridmgmt.city.model import CityProfile, Envelope, Level, SnapLimits


@dataclasses.dataclass(frozen=True)
class FieldChange:
    """One field of the profile that would change."""

    field: str
    before: object
    after: object


def profile_changes(stored: CityProfile, wanted: CityProfile) -> list[FieldChange]:
    """Return the fields that differ, in the order of the profile."""
    return [
        FieldChange(field.name, getattr(stored, field.name), getattr(wanted, field.name))
        for field in dataclasses.fields(CityProfile)
        if getattr(stored, field.name) != getattr(wanted, field.name)
    ]


def removed_levels(stored: CityProfile, wanted: CityProfile) -> list[Level]:
    """Return the levels the new profile no longer has, finest first: that is the order in which they can be taken out."""
    return [level for level in reversed(stored.levels) if level not in wanted.levels]


def added_levels(stored: CityProfile, wanted: CityProfile) -> list[Level]:
    """Return the levels only the new profile has, from the whole to the part."""
    return [level for level in wanted.levels if level not in stored.levels]


def plain(value: object) -> str:
    """Return the value of a field as an operator writes it."""
    if isinstance(value, Envelope):
        return f"{value.west}..{value.east} E, {value.south}..{value.north} N"
    if isinstance(value, SnapLimits):
        rules = {**value.by_road_class, **value.by_managed_class}
        return ", ".join([f"{value.default_m:g} m", *(f"{name} {metres:g} m" for name, metres in sorted(rules.items()))])
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value)
