"""Bring a database to the current schema, and say where the two differ."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def alembic_config(connection: Connection) -> Config:
    """Return the configuration that runs ``migrations/`` on an open connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def migrate(engine: Engine, revision: str = "head") -> None:
    """Upgrade to a revision (the newest unless told), in one transaction."""
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Go back to a revision (``base`` = no tables), in one transaction; what the tables held is lost."""
    with engine.begin() as connection:
        command.downgrade(alembic_config(connection), revision)


def revisions(engine: Engine) -> tuple[str | None, str | None]:
    """Return the revision of the database and the newest one there is."""
    with engine.connect() as connection:
        newest = ScriptDirectory.from_config(alembic_config(connection)).get_current_head()
        return MigrationContext.configure(connection).get_current_revision(), newest


def difference(engine: Engine) -> list[str]:
    """Return one line for everything that the database and the tables in the code do not agree on."""
    found: list[object] = []

    def compare(_revision: object, context: MigrationContext) -> list[object]:
        metadata = context.opts["target_metadata"]
        found.extend(compare_metadata(context, metadata))
        return []

    with engine.connect() as connection:
        config = alembic_config(connection)
        with EnvironmentContext(config, ScriptDirectory.from_config(config), fn=compare):
            ScriptDirectory.from_config(config).run_env()
        connection.rollback()
    return [repr(line) for line in found]
