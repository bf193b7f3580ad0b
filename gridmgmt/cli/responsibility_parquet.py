"""Parquet and GeoParquet answered part by part: here, or by the workers of a Dask cluster."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from rich.progress import Progress
from sqlalchemy.orm import Session

from gridmgmt.city.model import CityProfile
from gridmgmt.errors import InvalidInputError, NotReadyError
from gridmgmt.responsibility.bulk_parts import Done, Part, answer_part, complete_part, list_parts
from gridmgmt.responsibility.bulk_table import Known, Reading
from gridmgmt.responsibility.city_index import LATEST, CityIndex, answer_many, open_city_index
from gridmgmt.roads.chief_store import list_people_by_id

ASKED = ("district_code", "street_office_code", "community_code", "zone_code", "basis")  # of points outside every unit grid


def assign_parquet(
    session: Session, profile: CityProfile, source: Path, target: Path, reading: Reading, folder: Path, *, on: datetime.date, scheduler: str | None,
) -> tuple[int, int]:  # fmt: skip
    """Answer every row of a file or folder into a new folder of Parquet files; return how many rows, and how many without an answer.

    The folder appears when all of it is written. Raises InvalidInputError where it is there already.
    """
    if target.exists():
        raise InvalidInputError("to", f"{target} is there already", zh=f"{target} 已存在")
    city = open_city_index(session, folder, on=on)
    people = {number: f"{person.code} {person.name}" for number, person in list_people_by_id(session, _people(city)).items()}
    known = Known.of(city.duties, people, profile)
    draft = target.with_name(f"{target.name}.unfinished")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    parts = list_parts(source.resolve(), draft.resolve())
    rows = left_out = 0
    with Progress(transient=True) as bar:
        for done in bar.track(_answered(parts, reading, city, known, folder / LATEST, scheduler), total=len(parts)):
            rows, left_out = rows + done.rows, left_out + done.left_out
            if len(done.open_rows):
                complete_part(done, _asked(session, city, done, people))
    draft.rename(target)
    return rows, left_out


def _answered(
    parts: Sequence[Part], reading: Reading, city: CityIndex, known: Known, index_file: Path, scheduler: str | None
) -> Iterator[Done]:
    if scheduler is None:
        return (answer_part(part, reading, city.index, known) for part in parts)
    try:
        from gridmgmt.responsibility.parts_on_dask import answer_parts  # noqa: PLC0415 - an optional part of the installation
    except ImportError as error:
        message = "Dask is not installed here; install gridmgmt[scale]"
        raise NotReadyError(message, zh="未安装 Dask；请安装 gridmgmt[scale]") from error
    return answer_parts(scheduler, parts, reading, index_file.resolve(), known)


def _people(city: CityIndex) -> list[int]:
    duties = city.duties
    return sorted({person for held in (duties.zone_person_id, duties.segment_person_id) for person in held if person is not None})


def _asked(session: Session, city: CityIndex, done: Done, people: dict[int, str]) -> dict[str, Sequence[str | None]]:
    """Ask the statement about the open rows of a part."""
    found = answer_many(session, city, done.x, done.y)
    missing = {person for person in found.person_id if person is not None} - people.keys()
    people |= {number: f"{person.code} {person.name}" for number, person in list_people_by_id(session, sorted(missing)).items()}
    chiefs = [None if person is None else people[person] for person in found.person_id]
    return {name: getattr(found, name).tolist() for name in ASKED} | {"road_chief": chiefs}


SCHEDULER = click.option("--scheduler", help="Dask scheduler (tcp://host:8786) whose workers answer; Parquet only.")
