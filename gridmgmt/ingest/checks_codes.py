"""Checks of codes, parents and names."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from gridmgmt.city.model import GB_CODE_DIGITS, CityProfile, CodeScheme, Level
from gridmgmt.hierarchy.model import Area, RetiredCode
from gridmgmt.ingest.layer import Fault, FaultKind
from gridmgmt.labels import Words

Numbered = Sequence[tuple[int, Area]]


def check_codes(areas: Numbered, level: Level, profile: CityProfile, *, parent_codes: Collection[str]) -> list[Fault]:
    """Find codes that break their scheme, double ones, and parents that do not exist.

    ``parent_codes`` are the codes in force one level up; the topmost level needs none.
    """
    faults = [*_duplicates(areas)]
    parent_level = profile.parent_level(level)
    if parent_level and not parent_codes:
        reason = Words(
            f"no {parent_level.en.lower()} is stored yet; import that level before {level.en.lower()}s",
            zh=f"库中还没有{parent_level.zh}；请先导入{parent_level.zh}，再导入{level.zh}",
        )
        return [*faults, Fault(0, None, FaultKind.WRONG_ORDER, reason)]
    for number, area in areas:
        broken = _nesting(area, level, profile)
        if broken:
            faults.append(Fault(number, area.code, FaultKind.BROKEN_NESTING, broken, shape=area.shape))
        elif parent_level and area.parent_code is None:
            text = Words(
                f"names no {parent_level.en.lower()} (field parent_code)", zh=f"未注明所属{parent_level.zh}（上级编码 parent_code）"
            )
            faults.append(Fault(number, area.code, FaultKind.NO_PARENT, text, shape=area.shape))
        elif parent_level and area.parent_code not in parent_codes:
            text = Words(
                f"no {parent_level.en.lower()} has the code {area.parent_code}", zh=f"没有编码为 {area.parent_code} 的{parent_level.zh}"
            )
            faults.append(Fault(number, area.code, FaultKind.NO_PARENT, text, shape=area.shape))
    return faults


def check_retired(areas: Numbered, retired: Mapping[str, RetiredCode], *, edition_from: datetime.date | None) -> list[Fault]:
    """Find codes that were retired; those retired on the very day of the edition may come back (a correction of that edition)."""
    faults = []
    for number, area in areas:
        ended = retired.get(area.code)
        if ended and ended.retired_on != edition_from:
            follower, zh = (
                (f"; {ended.successor_code} carries on", f"；由 {ended.successor_code} 继任") if ended.successor_code else ("", "")
            )
            reason = Words(
                f"retired on {ended.retired_on} and never used again{follower}", zh=f"已于 {ended.retired_on} 停用，不得再用{zh}"
            )
            faults.append(Fault(number, area.code, FaultKind.RETIRED_CODE, reason, shape=area.shape))
    return faults


def check_names(areas: Numbered) -> list[Fault]:
    """Find names that repeat under one parent."""
    holders: dict[tuple[str | None, str], list[tuple[int, Area]]] = defaultdict(list)
    for number, area in areas:
        if area.name:
            holders[area.parent_code, area.name].append((number, area))
    return [
        Fault(number, area.code, FaultKind.REPEATED_NAME, _same_name(name, same[0][1].code), blocking=False)
        for (_, name), same in holders.items()
        for number, area in same[1:]
    ]


def _same_name(name: str, code: str) -> Words:
    return Words(f"{name} is also the name of {code}", zh=f"与 {code} 同名“{name}”")


def _duplicates(areas: Numbered) -> list[Fault]:
    first: dict[str, int] = {}
    faults = []
    for number, area in areas:
        if area.code in first:
            reason = Words(f"feature {first[area.code]} has the same code", zh=f"与第 {first[area.code]} 个要素编码相同")
            faults.append(Fault(number, area.code, FaultKind.DUPLICATE_CODE, reason, shape=area.shape))
        first.setdefault(area.code, number)
    return faults


def _nesting(area: Area, level: Level, profile: CityProfile) -> Words | None:
    if profile.code_scheme is not CodeScheme.GB:
        return None
    digits = GB_CODE_DIGITS[level]
    if not re.fullmatch(rf"[0-9]{{{digits}}}", area.code):
        return Words(f"a {level.en.lower()} has {digits} digits", zh=f"{level.zh}编码应为 {digits} 位数字")
    if area.parent_code and not area.code.startswith(area.parent_code):
        return Words(f"the code does not begin with that of its parent {area.parent_code}", zh=f"编码不以上级编码 {area.parent_code} 开头")
    return None
