"""Run the migrations on the connection the caller hands over."""

from __future__ import annotations

import importlib

from alembic import context
from alembic.runtime.migration import MigrationContext
from geoalchemy2 import Geometry
from sqlalchemy import Column, ForeignKeyConstraint
from sqlalchemy.types import TypeEngine

from gridmgmt.db import Base

ROOMS = (
    "city",
    "hierarchy",
    "roads",
    "accounts",
    "messages",
    "facilities",
    "catalogue",
    "cases",
    "ingest",
    "patrol",
    "siting",
    "evaluation",
    "dispatch",
)
for room in ROOMS:
    importlib.import_module(f"gridmgmt.{room}.tables")


def include_object(thing: object, name: str | None, kind: str, reflected: bool, _compare_to: object) -> bool:
    """Leave the tables that PostGIS brings alone, and what a foreign key on a partitioned table brings for each partition."""
    if kind == "foreign_key_constraint" and reflected and isinstance(thing, ForeignKeyConstraint):
        return not any(element.target_fullname.startswith("monthly.") for element in thing.elements)
    return not (kind == "table" and reflected and name == "spatial_ref_sys")


def compare_type(
    _context: MigrationContext, _inspected: Column[object], _column: Column[object], found: TypeEngine[object], wanted: TypeEngine[object]
) -> bool | None:
    """Compare geometries by what PostGIS stores (no CRS is reflected as -1, declared as 0); None = alembic's own comparison."""
    if not (isinstance(found, Geometry) and isinstance(wanted, Geometry)):
        return None
    return (found.geometry_type, found.dimension, max(found.srid, 0)) != (wanted.geometry_type, wanted.dimension, max(wanted.srid, 0))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_object=include_object,
    compare_type=compare_type,
)
with context.begin_transaction():
    context.run_migrations()
