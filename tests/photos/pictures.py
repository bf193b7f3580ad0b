"""Pictures as cameras and attackers send them."""

from __future__ import annotations

import io
from typing import Any

from PIL import ExifTags, Image


def picture(
    size: tuple[int, int] = (640, 480), kind: str = "JPEG", colour: str = "red", *, place: tuple[float, float] | None = None,
    taken: str | None = None, offset: str | None = None, orientation: int | None = None, mode: str = "RGB", left: str | None = None,
) -> bytes:  # fmt: skip
    """Return a file with a plain picture; ``left`` is the colour of its left half, ``place`` longitude and latitude."""
    image = Image.new(mode, size, colour)
    if left is not None:
        image.paste(left, (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    if orientation is not None:
        exif[ExifTags.Base.Orientation] = orientation
    if place is not None:
        exif[ExifTags.IFD.GPSInfo] = _gps(*place)
    if taken is not None:
        times: dict[int, Any] = {ExifTags.Base.DateTimeOriginal: taken}
        exif[ExifTags.IFD.Exif] = times | ({ExifTags.Base.OffsetTimeOriginal: offset} if offset else {})
    out = io.BytesIO()
    image.save(out, kind, exif=exif)
    return out.getvalue()


def _gps(lon: float, lat: float) -> dict[int, Any]:
    gps = ExifTags.GPS
    return {
        gps.GPSLatitudeRef: "N" if lat >= 0 else "S", gps.GPSLatitude: _sexagesimal(abs(lat)),
        gps.GPSLongitudeRef: "E" if lon >= 0 else "W", gps.GPSLongitude: _sexagesimal(abs(lon)),
    }  # fmt: skip


def _sexagesimal(value: float) -> tuple[float, float, float]:
    degrees = int(value)
    minutes = int((value - degrees) * 60)
    return float(degrees), float(minutes), round((value - degrees - minutes / 60) * 3600, 4)
