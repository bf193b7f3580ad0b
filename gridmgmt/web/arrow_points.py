"""Points and answers as Arrow IPC streams: columns ``lon`` and ``lat`` in, one row of answers a point out."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gridmgmt.city.model import Level
from gridmgmt.errors import InvalidInputError
from gridmgmt.responsibility.explain import near_border
from gridmgmt.responsibility.model import Responsibility

Floats = npt.NDArray[np.float64]
COLUMNS = ("lon", "lat")
HEADER, COMPRESSION = 2, 3  # numbers of fields: in Message, in RecordBatch (Arrow's Message.fbs)
MILLIMETRES = 3  # decimals of a metre


def read_points(stream: bytes, *, most: int) -> tuple[Floats, Floats]:
    """Return ``lon`` and ``lat`` of a stream of at most so many rows; nulls become nan.

    Raises InvalidInputError for what is no such stream, for other columns or types, and for compression: a small body could grow without end.
    """
    try:
        batches = list(_batches(stream, most))
    except (pa.ArrowInvalid, OSError, struct.error) as error:
        raise InvalidInputError("body", f"is not an Arrow IPC stream ({error})", zh="不是 Arrow IPC 流") from error
    lon, lat = (
        np.concatenate([np.empty(0), *(batch.column(name).to_numpy(zero_copy_only=False) for batch in batches)]) for name in COLUMNS
    )
    return lon, lat


def _batches(stream: bytes, most: int) -> Iterator[pa.RecordBatch]:
    messages = pa.ipc.MessageReader.open_stream(stream)
    schema = pa.ipc.read_schema(next(iter(messages)))
    _check_columns(schema)
    rows = 0
    for message in messages:
        if _is_compressed(message.metadata.to_pybytes()):
            raise InvalidInputError("body", "is compressed inside the stream", zh="流内数据不得压缩")
        batch = pa.ipc.read_record_batch(message, schema)
        batch.validate(full=True)  # or lengths that are too long would read beyond the request
        rows += batch.num_rows
        if rows > most:
            raise InvalidInputError("lon", f"more than {most:,} points in one request", row=most + 1, zh=f"一次最多查询 {most:,} 个点")
        yield batch


def _check_columns(schema: pa.Schema) -> None:
    for name in COLUMNS:
        if schema.names.count(name) != 1:
            raise InvalidInputError(name, "is not a column of the stream", zh="流中没有此列")
    for field in schema:
        if field.name not in COLUMNS:
            raise InvalidInputError(field.name, f"is none of {', '.join(COLUMNS)}", zh=f"不在可用列之内：{'、'.join(COLUMNS)}")
        if field.type != pa.float64():
            raise InvalidInputError(field.name, f"is {field.type}, not float64", zh=f"类型为 {field.type}，须为 float64")


def _is_compressed(metadata: bytes) -> bool:
    """Look into the flatbuffer of a message that Arrow has already verified."""
    message = struct.unpack_from("<I", metadata)[0]
    at = _field(metadata, message, HEADER)
    return at > 0 and _field(metadata, at + struct.unpack_from("<I", metadata, at)[0], COMPRESSION) > 0


def _field(data: bytes, table: int, number: int) -> int:
    """Return where a field of a table lies, 0 when it is left out."""
    vtable = table - struct.unpack_from("<i", data, table)[0]
    slot = 4 + 2 * number
    if slot >= struct.unpack_from("<H", data, vtable)[0]:
        return 0
    offset = struct.unpack_from("<H", data, vtable + slot)[0]
    return table + offset if offset else 0


def write_answers(answers: Sequence[Responsibility], *, phones: bool) -> bytes:
    """Return a stream with one row an answer; texts are dictionaries, for they repeat; distances are metres to the millimetre."""
    columns = {"basis": _texts([answer.basis.value for answer in answers])}
    for level in Level:
        areas = [answer.area(level) for answer in answers]
        columns |= {f"{level.value}_{name}": _texts(_each(areas, name)) for name in ("code", "name")}
    segments, chiefs = [answer.segment for answer in answers], [answer.chief for answer in answers]
    columns |= {"segment_code": _texts(_each(segments, "code")), "segment_name": _texts(_each(segments, "name"))}
    columns |= {"road_class": _texts(_each(segments, "road_class")), "segment_distance_m": _metres(_each(segments, "distance_m"))}
    columns |= {name: _texts(_each(answers, name)) for name in ("zone_code", "zone_name")}
    columns["road_chief_id"] = pa.array(_each(chiefs, "person_id"), pa.int64())
    columns |= {f"road_chief_{name}": _texts(_each(chiefs, name)) for name in ("name", "phone", "agency")}
    if not phones:
        columns["road_chief_phone"] = _texts([None] * len(answers))
    columns["shared_with"] = pa.array([list(answer.shared_with) for answer in answers], pa.list_(pa.string()))
    columns["border_distance_m"] = _metres(_each(answers, "border_distance_m"))
    columns["near_border"] = pa.array([near_border(answer) for answer in answers], pa.bool_())
    said = {"on": answers[0].on.isoformat(), "edition": answers[0].edition_name or ""} if answers else {}
    return _stream(pa.table(columns).replace_schema_metadata(said))


def _each(entries: Sequence[Any], name: str) -> list[Any]:
    return [getattr(entry, name, None) for entry in entries]  # there may be no segment, no chief


def _texts(values: list[str | None]) -> pa.Array:
    return pa.array(values, pa.string()).dictionary_encode()


def _metres(values: list[float | None]) -> pa.Array:
    return pa.array([None if value is None else round(value, MILLIMETRES) for value in values], pa.float64())


def _stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content
