"""Sample handling limits for the demo city, so that its cases have deadlines; every one is marked as a sample."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.orm import Session

from gridmgmt.catalogue import limit_store
from gridmgmt.city.model import CityProfile
from gridmgmt.demo.boundaries import FIRST_EDITION
from gridmgmt.ingest.limit_rows import REQUIRED, WANTED, plan_limits
from gridmgmt.ingest.mapping import apply_mapping, choose_mapping
from gridmgmt.ingest.read_layer import read_layer


def load_sample_limits(session: Session, profile: CityProfile, geodata: Path) -> str:
    """Load the sample of filing conditions where the city has none; return a sentence on it."""
    if limit_store.list_newest_limits(session, [profile.catalogue_standard]):
        return "kept the handling limits that were there"
    path = geodata / "catalogue" / "sample_limits.csv"
    raw = read_layer(path)
    headers = [str(header) for header in raw.attributes.columns]
    table = apply_mapping(raw, choose_mapping(headers, wanted=WANTED, required=REQUIRED))
    plan = plan_limits(session, table, standard=profile.catalogue_standard, starts_on=FIRST_EDITION)
    for limit in plan.added:
        limit_store.add_limit(session, limit)
    return f"loaded {len(plan.added)} sample filing conditions with handling limits (not this city's rules)"
