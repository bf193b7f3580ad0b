"""Run the migrations on the connection the caller hands over."""

from __future__ import annotations

import importlib

from alembic import context

from gridmgmt.db import Base

ROOMS = ("city", "hierarchy", "roads", "facilities", "catalogue", "cases", "ingest")
for room in ROOMS:
    importlib.import_module(f"gridmgmt.{room}.tables")


def include_object(_object: object, name: str | None, kind: str, reflected: bool, _compare_to: object) -> bool:
    """Leave the tables that PostGIS brings alone."""
    return not (kind == "table" and reflected and name == "spatial_ref_sys")


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_object=include_object,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
