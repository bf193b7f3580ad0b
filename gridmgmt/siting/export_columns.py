"""The sites of a plan as columns, for files of any kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gridmgmt.siting.scenario import Decision, Site

SITE_FIELDS = ("rank", "code", "origin", "facility_code", "year", "adds", "alone", "street_office_code", "district_code", "verdict")
DECISION_FIELDS = ("reason", "year", "facility_code", "decided_on")


def site_columns(sites: Sequence[Site], decisions: Sequence[Decision] = ()) -> dict[str, list[object]]:
    """Return the fields of sites, and after them what was decided: ``reason``, ``counted_year``, ``became``, ``decided_on``."""
    by_rank: Mapping[int, Decision] = {decision.rank: decision for decision in decisions}
    columns: dict[str, list[object]] = {name: [getattr(site, name) for site in sites] for name in SITE_FIELDS}
    for name, field in zip(("reason", "counted_year", "became", "decided_on"), DECISION_FIELDS, strict=True):
        columns[name] = [getattr(by_rank.get(site.rank), field, None) for site in sites]
    return columns
