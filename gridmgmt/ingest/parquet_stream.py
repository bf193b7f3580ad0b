"""Parquet and GeoParquet as a CSV says the same: cells as text, so that what holds for a CSV of reports holds for them, block by block."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely

from gridmgmt.crs import WGS84, parse_crs
from gridmgmt.errors import SourceError
from gridmgmt.ingest.csv_stream import CsvBlock
from gridmgmt.ingest.encoding import UTF8
from gridmgmt.labels import Words
from gridmgmt.responsibility.parquet_slices import Slice, cut, list_files, read_slice

ROWS = 2**17  # of a block
PLAIN = (
    pa.types.is_string, pa.types.is_large_string, pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_boolean,
    pa.types.is_timestamp, pa.types.is_date, pa.types.is_time, pa.types.is_null,
)  # fmt: skip
GEO = b"geo"  # where a GeoParquet file says which column is its geometry


@dataclasses.dataclass(frozen=True)
class ParquetHead:
    """What is known of a Parquet file, or a folder of them, before its rows; ``size`` and the blocks' ``next_byte`` count rows.

    ``geometry`` names a column of points, ``crs`` the system it is in where the file says so; ``pair`` are the headers of its coordinates.
    ``zone`` names the time zone in which times are written.
    """

    path: Path
    headers: tuple[str, ...]
    digest: str
    size: int
    blocks: tuple[Slice, ...]
    zone: str
    geometry: str | None = None
    crs: str | None = None
    pair: tuple[str, str] | None = None
    encoding: str = UTF8
    first_byte: int = 0
    notes: tuple[Words, ...] = ()


def survey_parquet(path: Path, *, zone: str) -> ParquetHead:
    """Look a file or folder of Parquet through; raises SourceError for one that cannot be read, and where files differ in their columns."""
    files = list_files(path)
    blocks = tuple(cut(path, ROWS))
    schema = pq.read_schema(files[0])
    for file in files[1:]:
        if pq.read_schema(file).names != schema.names:
            message = f"{file.name} has other columns than {files[0].name}"
            raise SourceError(message, zh=f"{file.name} 的列与 {files[0].name} 不同")
    geometry, crs = _geometry(schema)
    pair = (f"{geometry}.x", f"{geometry}.y") if geometry else None
    headers = (*_written(schema), *(pair or ()))
    twice = next((name for name in headers if headers.count(name) > 1), None)
    if twice is not None:
        message = f"{path.name} has two columns {twice!r}"
        raise SourceError(message, zh=f"{path.name} 有两列同名 {twice!r}")
    size = sum(block.rows for block in blocks)
    return ParquetHead(path, headers, _digest(files), size, blocks, zone, geometry, crs, pair)


def read_parquet_blocks(head: ParquetHead, *, at: int = 0) -> Iterator[CsvBlock]:
    """Yield the blocks from a row on, counted from 0, where a block begins."""
    begin = 0
    for block in head.blocks:
        if begin >= at:
            yield read_parquet_block(head, block, begin)
        begin += block.rows


def read_parquet_block(head: ParquetHead, block: Slice, begin: int, *, threads: bool = True) -> CsvBlock:
    """Read one block; ``begin`` rows stand before it."""
    table = read_slice(block, threads=threads)
    columns = {name: _texts(table.column(name), head.zone) for name in _written(table.schema)}
    if head.geometry is not None and head.pair is not None:
        columns |= zip(head.pair, _coordinates(table.column(head.geometry)), strict=True)
    end = begin + len(table)
    return CsvBlock(pa.table(columns).combine_chunks(), np.arange(begin + 1, end + 1), {}, end, end + 1)


def read_parquet_column(head: ParquetHead, block: Slice, name: str) -> pa.Array:
    """Read one column of a block as text."""
    return _texts(read_slice(block, columns=[name]).column(name), head.zone)


def _geometry(schema: pa.Schema) -> tuple[str | None, str | None]:
    """Return the column a GeoParquet file names, where it holds WKB, and its system; a file that names none means WGS 84."""
    told = (schema.metadata or {}).get(GEO)
    if told is None:
        return None, None
    geo = json.loads(told)
    name = geo["primary_column"]
    column = geo["columns"][name]
    if column["encoding"] != "WKB":
        message = f"the geometry {name} is not WKB"
        raise SourceError(message, zh=f"几何列 {name} 不是 WKB 格式")
    if "crs" not in column:
        return name, WGS84
    return name, parse_crs(json.dumps(column["crs"])) if column["crs"] else None


def _written(schema: pa.Schema) -> list[str]:
    """Return the columns that can be written as text; the others (lists, bytes, shapes) say nothing of a report."""
    kinds = [(field.name, field.type.value_type if pa.types.is_dictionary(field.type) else field.type) for field in schema]
    return [name for name, kind in kinds if any(test(kind) for test in PLAIN)]


def _texts(column: pa.ChunkedArray, zone: str) -> pa.Array:
    """Return cells as text, empty where there is none: numbers in full, times as local ones."""
    cells = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    if pa.types.is_floating(cells.type):
        cells = pc.if_else(pc.is_nan(cells), pa.scalar(None, cells.type), cells)
    if pa.types.is_timestamp(cells.type):
        return _times(cells, zone).fill_null("")
    return cells.cast(pa.string()).fill_null("")


def _times(cells: pa.Array, zone: str) -> pa.Array:
    """Return times as text, to the second where they are whole; an hour that comes twice in a year keeps its zone."""
    whole = cells.cast(pa.timestamp("us", cells.type.tz), safe=False)
    if cells.type.tz is None:
        return _to_the_second(whole)
    local = pc.local_timestamp(whole.cast(pa.timestamp("us", zone)))
    back = pc.assume_timezone(local, zone, ambiguous="earliest").cast(pa.timestamp("us", "UTC"))
    utc = whole.cast(pa.timestamp("us", "UTC"))
    named = pc.binary_join_element_wise(pc.local_timestamp(utc).cast(pa.string()), "+00:00", "")
    return pc.if_else(pc.equal(back, utc), _to_the_second(local), named)


def _to_the_second(local: pa.Array) -> pa.Array:
    seconds = local.cast(pa.timestamp("s"), safe=False)
    even = pc.equal(seconds.cast(pa.timestamp("us")), local)
    return pc.if_else(even, seconds.cast(pa.string()), local.cast(pa.string()))


def _coordinates(column: pa.ChunkedArray) -> tuple[pa.Array, pa.Array]:
    """Return x and y of points as text, empty for what is none."""
    shapes = np.asarray(shapely.from_wkb(column.to_numpy(zero_copy_only=False), on_invalid="ignore"))
    points = shapely.get_type_id(shapes) == shapely.GeometryType.POINT
    x, y = (pa.array(np.where(points, of(shapes), np.nan), from_pandas=True) for of in (shapely.get_x, shapely.get_y))
    return x.cast(pa.string()).fill_null(""), y.cast(pa.string()).fill_null("")


def _digest(files: list[Path]) -> str:
    """Return the SHA-256 of a file; of several, that of their names and digests."""
    found = []
    for file in files:
        with file.open("rb") as opened:
            found.append((file.name, hashlib.file_digest(opened, "sha256").hexdigest()))
    return found[0][1] if len(found) == 1 else hashlib.sha256(repr(found).encode()).hexdigest()
