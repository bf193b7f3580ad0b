"""``gridmgmt ingest``: source files into tables, one command a layer; a dry run unless ``--commit``."""

from __future__ import annotations

import click

from gridmgmt.cli.lazy import LazyGroup

MODULES = {
    "appointments": "gridmgmt.cli.ingest_roster",
    "areas": "gridmgmt.cli.ingest_areas",
    "catalogue": "gridmgmt.cli.ingest_points",
    "codes": "gridmgmt.cli.ingest_codes",
    "facilities": "gridmgmt.cli.ingest_points",
    "limits": "gridmgmt.cli.ingest_limits",
    "people": "gridmgmt.cli.ingest_roster",
    "roads": "gridmgmt.cli.ingest_roads",
    "zones": "gridmgmt.cli.ingest_roster",
}


@click.command(cls=LazyGroup, modules=MODULES)
def ingest() -> None:
    """Import source files; nothing is written without --commit."""
