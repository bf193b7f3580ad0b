"""A point index as one file: a line that says what it is, a table of parts as JSON, the parts on page borders.

Every part carries a checksum and is checked when the file is opened; parts are mapped, so processes on one machine share one copy.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import os
import secrets
import typing
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gridmgmt.errors import InvalidInputError, SourceError
from gridmgmt.responsibility.index_doubt import Shapes
from gridmgmt.responsibility.index_frame import Frame

if typing.TYPE_CHECKING:
    from gridmgmt.responsibility.point_index import PointIndex

MAGIC = b"gridmgmt point index 1\n"
PAGE = 4096
DIGEST_BYTES, LENGTH_BYTES = 16, 8  # of the table of parts, after the magic
ARRAYS = ("heads", "grids", "roads", "pieces", "limits_m")
LABELS = ("grid_labels", "segment_labels")
Bytes = npt.NDArray[np.uint8]


def write(index: PointIndex, path: Path) -> None:
    """Write beside the place and move there: readers see the old file or the new one.

    Raises InvalidInputError for labels that are neither texts nor numbers.
    """
    parts = {name: np.ascontiguousarray(getattr(index, name)) for name in ARRAYS}
    for name, values in (("polygons", index.shapes().polygons), ("lines", index.shapes().lines)):
        packed = shapely.to_wkb(values)
        parts[name] = np.frombuffer(b"".join(packed), np.uint8)
        parts[f"{name}_ends"] = np.cumsum([len(piece) for piece in packed], dtype=np.int64)
    for name in LABELS:
        parts[name] = _pack_labels(getattr(index, name), name)
    table: dict[str, Any] = {
        "label": index.label,
        "frame": dataclasses.asdict(index.frame),
        "loose": index.loose,
        "widest_limit_m": index.widest_limit_m,
        "parts": {},
    }
    at = 0
    for name, part in parts.items():
        table["parts"][name] = {"at": at, "type": part.dtype.str, "shape": part.shape, "sum": _sum(part)}
        at += -(-part.nbytes // PAGE) * PAGE
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with draft.open("wb") as file:
            head = json.dumps(table, ensure_ascii=False).encode()
            file.write(MAGIC + _digest(head) + len(head).to_bytes(LENGTH_BYTES, "little") + head)
            for part in parts.values():
                file.write(b"\0" * (-file.tell() % PAGE))
                file.write(part.tobytes())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def read(path: Path, label: str | None) -> dict[str, Any]:
    """Map the parts and check them; return the fields of an index. Raises SourceError where the file cannot be trusted."""
    try:
        file = np.memmap(path, np.uint8, "c")  # nobody writes; read-only arrays would be compiled for once more
    except (OSError, ValueError) as error:
        raise SourceError(f"{path}: cannot be read ({error})", zh=f"{path}：无法读取") from error
    table, start = _table(file, path)
    if label is not None and table["label"] != label:
        raise SourceError(
            f"{path} was built for {table['label'] or 'nothing named'}, not for {label}; build it again",
            zh=f"{path} 对应“{table['label']}”，与当前“{label}”不符，请重建",
        )
    parts = {name: _part(file, start, entry, path) for name, entry in table["parts"].items()}
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        sums = dict(zip(parts, threads.map(_sum, parts.values()), strict=True))
    damaged = [name for name, entry in table["parts"].items() if sums[name] != entry["sum"]]
    if damaged:
        raise SourceError(f"{path} is damaged ({', '.join(damaged)}); build it again", zh=f"{path} 已损坏（{'、'.join(damaged)}），请重建")
    labels = {name: json.loads(parts[name].tobytes()) for name in LABELS}
    kept = {name: parts[name] for name in ARRAYS} | {"frame": Frame(**table["frame"]), "loose": table["loose"], "label": table["label"]}
    kept["widest_limit_m"] = table["widest_limit_m"]
    return kept | labels | {"shapes": functools.cache(lambda: Shapes(_unpack(parts, "polygons"), _unpack(parts, "lines")))}


def _table(file: Bytes, path: Path) -> tuple[dict[str, Any], int]:
    if file[: len(MAGIC)].tobytes() != MAGIC:
        raise SourceError(f"{path} is no point index of this version; build it again", zh=f"{path} 不是本版本的归属索引，请重建")
    at = len(MAGIC) + DIGEST_BYTES
    length = int.from_bytes(file[at : at + LENGTH_BYTES].tobytes(), "little")
    head = file[at + LENGTH_BYTES : at + LENGTH_BYTES + length].tobytes()
    if _digest(head) != file[len(MAGIC) : at].tobytes():
        raise SourceError(f"{path} is cut short or damaged; build it again", zh=f"{path} 不完整或已损坏，请重建")
    table: dict[str, Any] = json.loads(head)
    return table, -(-(at + LENGTH_BYTES + length) // PAGE) * PAGE


def _part(file: Bytes, start: int, entry: dict[str, Any], path: Path) -> npt.NDArray[Any]:
    kind = np.dtype(entry["type"])
    first = start + entry["at"]
    last = first + int(np.prod(entry["shape"])) * kind.itemsize
    if last > len(file):
        raise SourceError(f"{path} is cut short: {len(file):,} of at least {last:,} bytes; build it again", zh=f"{path} 不完整，请重建")
    part: npt.NDArray[Any] = np.asarray(file[first:last]).view(kind).reshape(entry["shape"])
    return part


def _pack_labels(labels: list[Any] | None, name: str) -> Bytes:
    for label in labels or ():
        if label is not None and not isinstance(label, str | int | float):
            raise InvalidInputError(
                name, f"{label!r} is neither a text nor a number and cannot be saved", zh=f"{label!r} 不是文字或数字，无法保存"
            )
    return np.frombuffer(json.dumps(labels, ensure_ascii=False).encode(), np.uint8)


def _unpack(parts: dict[str, npt.NDArray[Any]], name: str) -> npt.NDArray[Any]:
    packed, ends = parts[name].tobytes(), parts[f"{name}_ends"]
    pieces = [packed[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)] if len(ends) else []
    return np.asarray(shapely.from_wkb(np.array(pieces, dtype=object)), dtype=object)


def _digest(content: Any) -> bytes:
    return hashlib.blake2b(content, digest_size=DIGEST_BYTES).digest()


def _sum(part: npt.NDArray[Any]) -> int:
    return zlib.crc32(np.ascontiguousarray(part).reshape(-1).view(np.uint8).data) if part.size else 0
