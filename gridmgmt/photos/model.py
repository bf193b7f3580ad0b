"""What a photo is, and what it can prove."""

from __future__ import annotations

import dataclasses
import datetime

from gridmgmt.labels import LabelledEnum


class PhotoRole(LabelledEnum):
    """What a photo shows."""

    NEAR = "near", "近景", "Near view"
    FAR = "far", "远景", "Far view"
    REFERENCE = "reference", "参照", "Reference"
    BEFORE = "before", "处置前", "Before"
    AFTER = "after", "处置后", "After"
    PROOF = "proof", "证明", "Proof"


class PhotoSize(LabelledEnum):
    """In which size a photo is kept."""

    FULL = "full", "原图", "Full"
    THUMB = "thumb", "缩略图", "Thumbnail"


@dataclasses.dataclass(frozen=True)
class Evidence:
    """What the camera wrote into the file (EXIF): WGS 84 degrees and the time; None where it wrote nothing that can be meant."""

    lon: float | None = None
    lat: float | None = None
    taken_at: datetime.datetime | None = None


@dataclasses.dataclass(frozen=True)
class Prepared:
    """A photo drawn anew as JPEG in both sizes, without anything the camera wrote; ``sha256`` is the hash of the bytes as sent."""

    sha256: str
    full: bytes
    thumb: bytes
    width: int
    height: int
    evidence: Evidence


@dataclasses.dataclass(frozen=True)
class Photo:
    """A photo as it is kept; ``bound_at`` is None until something refers to it."""

    sha256: str
    uploaded_by: str
    uploaded_at: datetime.datetime
    bound_at: datetime.datetime | None
    width: int
    height: int
    evidence: Evidence
