"""A table of points answered by the bulk index: a pure function of the table and what is known, wherever it runs."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from gridmgmt import crs as crs_module
from gridmgmt.city.model import CityProfile
from gridmgmt.errors import InvalidInputError
from gridmgmt.responsibility.duty_store import Column, Duties
from gridmgmt.responsibility.index_frame import Flags, Floats, Words
from gridmgmt.responsibility.model import Basis
from gridmgmt.responsibility.point_index import PointIndex

GEO = b"geo"  # where a GeoParquet file says which column is its geometry


@dataclasses.dataclass(frozen=True)
class Named:
    """Texts and which of them a position has; -1, also the last position, is none."""

    texts: Sequence[str]
    at: Words

    @classmethod
    def of(cls, values: Column) -> Named:
        """Take a column of the duties, whose last entry is for position -1."""
        texts = sorted({str(value) for value in values if value is not None})
        places = {text: place for place, text in enumerate(texts)}
        return cls(texts, np.array([-1 if value is None else places[str(value)] for value in values], np.int32))

    def of_positions(self, positions: Words) -> pa.Array:
        """Return the texts of positions."""
        return encoded(self.at[positions], self.texts)


@dataclasses.dataclass(frozen=True)
class Known:
    """Everything an answer names beside the index: plain values that can be sent to another machine."""

    profile: CityProfile
    by_grid: Mapping[str, Named]
    by_segment: Named
    chief_of_grid: Words
    chief_of_segment: Words
    chiefs: Sequence[str]
    basis_of_grid: Words

    @classmethod
    def of(cls, duties: Duties, people: Mapping[int, str], profile: CityProfile) -> Known:
        """Take the duties of a day; ``people`` says how a road chief is written."""
        by_grid = {
            "unit_grid_code": duties.unit_grid_code, "community_code": duties.community_code, "street_office_code": duties.street_office_code,
            "district_code": duties.district_code, "zone_code": duties.zone_code,
        }  # fmt: skip
        ids = sorted(people)
        places = {person: place for place, person in enumerate(ids)}
        held, zoned = duties.zone_appointment_id != None, duties.zone_code != None  # noqa: E711 - entry by entry
        basis = np.where(held, _BASES.index(Basis.ZONE), np.where(zoned, _BASES.index(Basis.NO_CHIEF), _BASES.index(Basis.NO_ZONE)))
        return cls(
            profile, {name: Named.of(values) for name, values in by_grid.items()}, Named.of(duties.segment_code),
            _places(duties.zone_person_id, places), _places(duties.segment_person_id, places), [people[person] for person in ids],
            basis.astype(np.int32),
        )  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Reading:
    """How points stand in a table: their system, and two columns of numbers, or the geometry column a GeoParquet file names."""

    crs: str
    x_field: str | None = None
    y_field: str | None = None


@dataclasses.dataclass(frozen=True)
class Answered:
    """The table with its answers beside; which rows had no usable point; rows and places outside every unit grid, which the statement must answer."""

    table: pa.Table
    left_out: int
    open_rows: npt.NDArray[np.int64]
    x: Floats
    y: Floats


def answer_table(table: pa.Table, reading: Reading, index: PointIndex, known: Known, *, threads: int | None = None) -> Answered:
    """Answer every row; one without a usable point inside the city keeps its place and has no answer."""
    x, y = storage_points(table, reading, known.profile)
    usable = np.isfinite(x)
    found = index.assign(x, y, threads=threads)
    by_segment = known.chief_of_segment[found.segment] >= 0
    chief = np.where(by_segment, known.chief_of_segment[found.segment], known.chief_of_grid[found.grid])
    basis = np.where(by_segment, _BASES.index(Basis.SEGMENT), known.basis_of_grid[found.grid])
    columns = {name: named.of_positions(found.grid) for name, named in known.by_grid.items()}
    columns |= {
        "shared": pa.array(found.shared, mask=~usable), "segment_code": known.by_segment.of_positions(found.segment),
        "segment_distance_m": pa.array(found.distance_m, mask=np.isnan(found.distance_m)), "basis": encoded(np.where(usable, basis, -1), _BASIS_WORDS),
        "road_chief": encoded(np.where(usable, chief, -1), known.chiefs),
    }  # fmt: skip
    for name, values in columns.items():
        if name in table.column_names:
            raise InvalidInputError("file", f"has a column {name} already", zh=f"文件中已有 {name} 列")
        table = table.append_column(name, values)
    rows = np.flatnonzero(usable & (found.grid < 0))
    return Answered(table, int((~usable).sum()), rows, x[rows], y[rows])


def storage_points(table: pa.Table, reading: Reading, profile: CityProfile) -> tuple[Floats, Floats]:
    """Return the points in the storage CRS, snapped; nan where there is none or it lies outside the city's envelope."""
    raw_x, raw_y = _numbers(table, reading)
    usable = np.isfinite(raw_x) & np.isfinite(raw_y)
    usable[usable] = crs_module.inside_envelope(raw_x[usable], raw_y[usable], reading.crs, profile)
    x, y = np.full(len(raw_x), np.nan), np.full(len(raw_x), np.nan)
    x[usable], y[usable] = crs_module.to_storage_arrays(raw_x[usable], raw_y[usable], reading.crs, profile.storage_srid)
    return x, y


def encoded(places: npt.NDArray[Any], texts: Sequence[str]) -> pa.Array:
    """Return texts by their places, null where that is -1."""
    wanted: Flags = places < 0
    return pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int32), mask=wanted), pa.array(texts, pa.string()))


def _numbers(table: pa.Table, reading: Reading) -> tuple[Floats, Floats]:
    if reading.x_field and reading.y_field:
        return _column(table, reading.x_field), _column(table, reading.y_field)
    told = (table.schema.metadata or {}).get(GEO)
    if told is None:
        raise InvalidInputError("x-field", "name the columns; the file names no geometry", zh="请用 --x-field 与 --y-field 指定坐标列")
    name = json.loads(told)["primary_column"]
    if name not in table.column_names or not (
        pa.types.is_binary(table.schema.field(name).type) or pa.types.is_large_binary(table.schema.field(name).type)
    ):
        raise InvalidInputError("file", f"the geometry {name} is not WKB", zh=f"几何列 {name} 不是 WKB 格式")
    shapes = np.asarray(shapely.from_wkb(table.column(name).to_numpy(zero_copy_only=False), on_invalid="ignore"))
    points = shapely.get_type_id(shapes) == shapely.GeometryType.POINT
    return np.where(points, shapely.get_x(shapes), np.nan), np.where(points, shapely.get_y(shapes), np.nan)


def _column(table: pa.Table, name: str) -> Floats:
    if name not in table.column_names:
        raise InvalidInputError(name, "the file has no such column", zh=f"文件中没有 {name} 列")
    try:
        return np.asarray(table.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InvalidInputError(name, f"the column does not hold numbers ({error})", zh=f"{name} 列不是数字") from error


def _places(people: Column, places: Mapping[int, int]) -> Words:
    return np.array([-1 if person is None else places[person] for person in people], np.int32)


_BASES = list(Basis)
_BASIS_WORDS = [basis.value for basis in _BASES]
