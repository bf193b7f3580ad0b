"""The answer in words and as JSON, the same for the command line, the API and the pages."""

from __future__ import annotations

from typing import Any

from gridmgmt.responsibility.model import AreaLabel, Basis, Responsibility

NEAR_BORDER_M = 20.0  # about the error of a phone's position: closer to the border, the neighbour may be meant


def explain_responsibility(found: Responsibility, language: str = "zh") -> list[str]:
    """Return the answer as sentences in ``zh`` or ``en``, from the area to the road chief."""
    zh = language != "en"
    edition = found.edition_name or ("无" if zh else "none")
    lines = [f"日期 {found.on}（边界版本：{edition}）" if zh else f"Day {found.on} (boundary edition: {edition})"]
    lines += [f"{area.level.label(language)} {_label(area)}" for area in found.areas]
    lines += _border_lines(found, zh=zh)
    lines += _segment_lines(found, language)
    if found.zone_code:
        lines.append(f"{'责任区' if zh else 'Responsibility zone'} {found.zone_code} {found.zone_name or ''}".rstrip())
    if found.chief:
        contact = "  ".join(part for part in (found.chief.agency, found.chief.phone) if part)
        lines.append(f"{'路长' if zh else 'Road chief'} {found.chief.name}{f'  {contact}' if contact else ''}")
    else:
        lines.append("路长：无，转派遣员处理" if zh else "Road chief: nobody; the case goes to the dispatcher")
    lines.append(f"{'依据：' if zh else 'Basis: '}{found.basis.label(language)}")
    return lines


def responsibility_json(found: Responsibility) -> dict[str, Any]:
    """Return the answer as plain values, and in words; distances in metres."""
    words = {"zh": explain_responsibility(found), "en": explain_responsibility(found, "en")}
    return responsibility_values(found) | {"explanation": words}


def responsibility_values(found: Responsibility) -> dict[str, Any]:
    """Return the answer as plain values; distances in metres."""
    return {
        "on": found.on.isoformat(),
        "basis": found.basis.value,
        "edition": {"id": found.edition_id, "name": found.edition_name} if found.edition_id is not None else None,
        "areas": {area.level.value: {"code": area.code, "name": area.name} for area in found.areas},
        "shared_with": list(found.shared_with),
        "border_distance_m": None if found.border_distance_m is None else round(found.border_distance_m, 3),
        "near_border": near_border(found),
        "segment": None
        if found.segment is None
        else {
            "code": found.segment.code,
            "name": found.segment.name,
            "road_class": found.segment.road_class,
            "distance_m": round(found.segment.distance_m, 3),
        },
        "zone": {"code": found.zone_code, "name": found.zone_name} if found.zone_code else None,
        "road_chief": None
        if found.chief is None
        else {"person_id": found.chief.person_id, "name": found.chief.name, "phone": found.chief.phone, "agency": found.chief.agency},
    }


def near_border(found: Responsibility) -> bool:
    """Say whether the point lies so close to the border of its unit grid that the neighbour may be meant."""
    return found.border_distance_m is not None and found.border_distance_m <= NEAR_BORDER_M


def _label(area: AreaLabel) -> str:
    return f"{area.code} {area.name}" if area.name else area.code


def _border_lines(found: Responsibility, *, zh: bool) -> list[str]:
    if found.border_distance_m is None:
        return []
    if found.shared_with:
        others = "、".join(found.shared_with) if zh else ", ".join(found.shared_with)
        return [
            f"位于网格边界上，同属 {others}；按编码最小者归属" if zh else f"On the border, shared with {others}; the lowest code answers"
        ]
    distance = f"{found.border_distance_m:.1f} m"
    warning = ("（临近边界，请核对）" if zh else " (close to it: check)") if near_border(found) else ""
    return [f"距网格边界 {distance}{warning}" if zh else f"Distance to the border of the grid {distance}{warning}"]


def _segment_lines(found: Responsibility, language: str) -> list[str]:
    if found.segment is None:
        if found.basis in {Basis.NO_EDITION, Basis.OUTSIDE}:
            return []
        return ["附近限距内无路段" if language != "en" else "No road segment within the limit"]
    name = f"{found.segment.code} {found.segment.name or ''}".rstrip()
    distance = f"{found.segment.distance_m:.1f} m"
    return [f"路段 {name}，相距 {distance}" if language != "en" else f"Road segment {name}, {distance} away"]
