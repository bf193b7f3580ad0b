"""What a new scenario begins with: the rules of its kind of facility and what the programme still lacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gridmgmt.errors import ConflictError
from gridmgmt.siting.scenario import PreparedSet
from gridmgmt.siting.scenario_settings import Problem


def first_settings(prepared: PreparedSet) -> dict[str, Any]:
    """Return what the kind of facility asks, as ``read_settings`` takes it: its radius, and as many sites as the programme still lacks."""
    rules = {(rule["rule"], rule["subject"]): rule for rule in prepared.summary["rules"] if rule["in_use"]}
    radius = rules.get(("service_radius", ""), {"value": 300.0})["value"]
    programme = prepared.summary["programme"]
    values: dict[str, Any] = {"problem": Problem.MCLP.value, "radius_m": radius, "sites": max(0, programme["target"] - programme["done"])}
    if ("capacity", "") in rules:
        values |= {"problem": Problem.CAPACITATED.value, "capacity_kg": round(rules["capacity", ""]["value"] * 1000)}
    if ("waste_per_person", "") in rules:
        values["per_person_g"] = round(rules["waste_per_person", ""]["value"] * 1000)
    return values


def share_by_year(years: Mapping[str, int], sites: int) -> dict[str, int]:
    """Take sites off the first years until the rest of the programme is ``sites``; raise ConflictError when it is fewer than that."""
    gone = sum(years.values()) - sites
    if gone < 0:
        message = f"the programme's years hold {sum(years.values())} sites, fewer than {sites}; share them out in the settings"
        raise ConflictError(message, zh=f"各年度合计 {sum(years.values())} 处，少于 {sites} 处；请在设置中给出年度分配")
    shared = {}
    for year, count in sorted(years.items()):
        taken = min(gone, count)
        gone -= taken
        shared[year] = count - taken
    return shared
