"""The migrations make exactly the tables that the code declares, and can be undone."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Engine, text

from gridmgmt.cli.migrate import difference, downgrade, migrate, revisions
from gridmgmt.db import Base, make_engine

# Alembic compares neither constraints of exclusion and checks, nor partial indexes, nor computed columns: the catalogue tells all of them.
DESCRIBE = """
SELECT 'column', attrelid::regclass::text, attname, format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' not null' ELSE '' END
    || coalesce(' ' || attgenerated::text || ' ' || pg_get_expr(adbin, adrelid), '') || attidentity::text
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped
UNION ALL
SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0 AND contype <> 't' AND conparentid = 0
UNION ALL
SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
"""
OURS = ("alembic_version", "spatial_ref_sys")


def test_the_migrations_make_what_the_code_declares(empty_url: str, new_database: Callable[..., str]) -> None:
    migrated, declared = make_engine(empty_url), make_engine(new_database())
    with declared.begin() as connection:
        for extension in ("postgis", "btree_gist"):
            connection.execute(text(f"CREATE EXTENSION {extension}"))
        Base.metadata.create_all(connection)
    assert _describe(migrated) == _describe(declared)
    migrated.dispose()
    declared.dispose()


def test_alembic_sees_no_difference(empty_url: str) -> None:
    engine = make_engine(empty_url)
    assert difference(engine) == []
    engine.dispose()


def test_alembic_sees_no_difference_once_the_city_has_its_coordinate_system(toy_url: str) -> None:
    engine = make_engine(toy_url)
    assert difference(engine) == []
    engine.dispose()


def test_alembic_does_see_a_difference(empty_url: str) -> None:
    engine = make_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE zone ADD COLUMN mayor text"))
        connection.execute(text("ALTER TABLE facility ALTER COLUMN point TYPE geometry(POINT, 4326) USING ST_SetSRID(point, 4326)"))
    found = " ".join(difference(engine))
    assert "mayor" in found
    assert "'facility', 'point'" in found
    engine.dispose()


def test_up_down_up_ends_where_it_began(new_database: Callable[..., str]) -> None:
    engine = make_engine(new_database())
    migrate(engine)
    first = _describe(engine)
    current, newest = revisions(engine)
    assert current == newest is not None
    downgrade(engine, "base")
    assert revisions(engine)[0] is None
    assert {line for line in _describe(engine) if line[1] not in OURS} == set()
    migrate(engine)
    assert _describe(engine) == first
    migrate(engine)
    assert _describe(engine) == first
    engine.dispose()


def _describe(engine: Engine) -> set[tuple[str, ...]]:
    with engine.connect() as connection:
        return {tuple(row) for row in connection.execute(text(DESCRIBE)) if row[1] != "alembic_version"}
