"""Figures once counted, kept while the data they were counted from stay as they are."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable

from gridmgmt.facilities.coverage import DistrictCoverage

LIMIT = 64  # anybody may ask for any radius


class KeptFigures:
    """Coverage per district by what was asked; a new version of the data empties it; safe between threads."""

    def __init__(self) -> None:
        """Start empty."""
        self._version: Hashable = None
        self._kept: dict[Hashable, list[DistrictCoverage]] = {}
        self._lock = threading.Lock()

    def get_or_count(self, version: Hashable, key: Hashable, count: Callable[[], list[DistrictCoverage]]) -> list[DistrictCoverage]:
        """Return what is kept for a version of the data, or count and keep it."""
        with self._lock:
            if version != self._version:
                self._version, self._kept = version, {}
            if key in self._kept:
                return self._kept[key]
        figures = count()
        with self._lock:
            if version == self._version:
                while len(self._kept) >= LIMIT:
                    self._kept.pop(next(iter(self._kept)))
                self._kept[key] = figures
        return figures
