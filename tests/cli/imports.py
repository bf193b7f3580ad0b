"""A city reached by the command line, and looked into with plain SQL."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from sqlalchemy import create_engine, make_url, text

from gridmgmt.cli.main import cli
from gridmgmt.hierarchy.model import Area
from tests.ingest.layers import write_areas

IN_4547 = ("--crs", "EPSG:4547")


class City:
    """One database, and a folder for the files that are imported into it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
        self.folder = folder

    def run(self, *words: str | Path) -> Result:
        """Run one command."""
        return CliRunner().invoke(cli, [str(word) for word in words], prog_name="gridmgmt")

    def areas(self, areas: list[Area], *options: str, level: str = "unit_grid", crs: tuple[str, ...] = IN_4547) -> Result:
        """Import areas from a file."""
        path = write_areas(self.folder / "source.geojson", areas)
        return self.run("ingest", "areas", "--level", level, path, *crs, *options)

    def one(self, statement: str) -> Any:
        """Return the one value a statement asks for."""
        with self.engine.connect() as connection:
            return connection.execute(text(statement)).scalar()

    def faults(self, stem: str = "source") -> list[dict[str, str]]:
        """Return the rows of the fault report."""
        with (self.folder / f"{stem}.faults.csv").open(encoding="utf-8-sig") as file:
            return list(csv.DictReader(file))
