"""What was asked of ``gridmgmt cases import``, and what is settled from it before a file is read in blocks."""

from __future__ import annotations

import dataclasses
import datetime
import zoneinfo
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from gridmgmt.cases.model import ReportSource
from gridmgmt.city import store as city_store
from gridmgmt.cli.cases_backlog import Head, Order
from gridmgmt.crs import parse_crs
from gridmgmt.errors import InvalidInputError, SourceError
from gridmgmt.ingest.csv_stream import CsvHead
from gridmgmt.ingest.mapping import choose_mapping
from gridmgmt.ingest.mapping_store import find_mapping
from gridmgmt.ingest.parquet_stream import ParquetHead, survey_parquet
from gridmgmt.ingest.read_table import coordinate_fields
from gridmgmt.ingest.report_rows import WANTED, parse_time

LAYER = "incident"


@dataclasses.dataclass(frozen=True)
class Asked:
    """What was asked of an import, its options by name."""

    path: Path
    crs: str | None
    mapping: Mapping[str, str]
    x_field: str | None
    y_field: str | None
    source: str
    channel: ReportSource
    reported_at: str | None
    sheet: str | None
    encoding: str | None
    rejects: Path
    scheduler: str | None
    target: Path | None

    @property
    def memory(self) -> str:
        """The name under which the mapping is remembered."""
        return self.source or self.path.stem


def make_order(sessions: sessionmaker[Session], asked: Asked, surveyed: CsvHead | None) -> Order:
    """Settle how a file is read, from what was asked, what its system's files were before, and its headers; Parquet is surveyed here."""
    with sessions() as session:
        remembered = find_mapping(session, source=asked.memory, layer=LAYER)
        profile = city_store.get_profile(session)
    head = surveyed or survey_parquet(asked.path, zone=profile.time_zone)
    crs, pair = _places(asked, head)
    default_time(asked.reported_at, profile.zone)
    mapping = choose_mapping(head.headers, wanted=WANTED, given=asked.mapping, remembered=remembered)
    return Order(head, pair, mapping, parse_crs(crs), asked.source, asked.channel, asked.reported_at, asked.rejects, asked.scheduler)


def _places(asked: Asked, head: Head) -> tuple[str, tuple[str, str]]:
    """Return the coordinate system and the headers of x and y: those asked for, else what a GeoParquet file declares."""
    fields = asked.x_field or asked.y_field
    declared = head if isinstance(head, ParquetHead) and not fields else None
    crs = asked.crs or (declared.crs if declared else None)
    if crs is None:
        raise no_crs(asked.path)
    pair = (declared.pair if declared else None) or coordinate_fields(asked.path, head.headers, asked.x_field, asked.y_field)
    if pair is None:
        message = f"{asked.path.name} has no coordinate columns; name them with --x-field and --y-field"
        raise SourceError(message, zh=f"{asked.path.name} 没有坐标列，请用 --x-field 和 --y-field 指明")
    return crs, pair


def no_crs(path: Path) -> InvalidInputError:
    """Return the error for a file whose coordinate system nobody names."""
    reason = f"{path.name} does not say its coordinate system; name it with --crs (wgs84, gcj02, bd09 or EPSG:number)"
    return InvalidInputError("crs", reason, zh=f"{path.name} 未声明坐标系，请用 --crs 指明（wgs84、gcj02、bd09 或 EPSG:编号）")


def default_time(given: str | None, zone: zoneinfo.ZoneInfo) -> datetime.datetime | None:
    """Return the time that stands in for none; raise InvalidInputError for what is no time."""
    found = parse_time(given, zone) if given else None
    if given and found is None:
        raise InvalidInputError(
            "reported-at", f"{given!r} is not a time such as 2026-11-01 08:30", zh=f"{given!r} 不是时间（如 2026-11-01 08:30）"
        )
    return found
