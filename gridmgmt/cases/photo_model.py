"""Photos of a case: as they come with a step, and as pages show them."""

from __future__ import annotations

import dataclasses
import datetime

from gridmgmt.photos.model import Evidence, PhotoRole


@dataclasses.dataclass(frozen=True)
class GivenPhoto:
    """A photo that comes with a step or a report."""

    sha256: str
    role: PhotoRole
    caption: str = ""


@dataclasses.dataclass(frozen=True)
class CasePhoto:
    """A photo of a case with the step it came with; ``case_no`` is another than the case's own for parts and merged duplicates."""

    case_no: str
    seq: int
    photo: GivenPhoto
    added_at: datetime.datetime
    added_by: str
    evidence: Evidence
    distance_m: float | None = None
