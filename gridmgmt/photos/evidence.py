"""Read what the camera wrote into a photo: where and when (EXIF)."""

from __future__ import annotations

import datetime
import math
import zoneinfo
from collections.abc import Mapping
from typing import Any

from PIL import ExifTags, Image

from gridmgmt.photos.model import Evidence

GPS, BASE = ExifTags.GPS, ExifTags.Base
WIDEST = {"lat": 90.0, "lon": 180.0}


def read_evidence(image: Image.Image, time_zone: str) -> Evidence:
    """Return position (WGS 84) and time; a camera's time without a zone is the city's. What cannot be read is None."""
    try:
        exif = image.getexif()
        place, taken = exif.get_ifd(ExifTags.IFD.GPSInfo), exif.get_ifd(ExifTags.IFD.Exif)
    except Exception:  # noqa: BLE001 - a file from anywhere: whatever a broken block makes the reader raise, there is no evidence
        return Evidence()
    lon = _degrees(place, GPS.GPSLongitude, GPS.GPSLongitudeRef, "W", WIDEST["lon"])
    lat = _degrees(place, GPS.GPSLatitude, GPS.GPSLatitudeRef, "S", WIDEST["lat"])
    if lon is None or lat is None or (lon == 0 and lat == 0):  # a camera without a fix writes zeros
        lon = lat = None
    return Evidence(lon, lat, _taken_at(taken, time_zone))


def _degrees(tags: Mapping[int, Any], tag: int, ref: int, negative: str, widest: float) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in tags[tag])
    except (KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value) or not 0 <= value <= widest:
        return None
    return -value if str(tags.get(ref, "")).strip("\0 ").upper() == negative else value


def _taken_at(tags: Mapping[int, Any], time_zone: str) -> datetime.datetime | None:
    try:
        written = str(tags[BASE.DateTimeOriginal]).strip("\0 ")
        taken = datetime.datetime.strptime(written, "%Y:%m:%d %H:%M:%S")
        offset = str(tags.get(BASE.OffsetTimeOriginal, "")).strip("\0 ")
        zone = datetime.datetime.strptime(offset, "%z").tzinfo if offset else zoneinfo.ZoneInfo(time_zone)
        return taken.replace(tzinfo=zone).astimezone(datetime.UTC)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
