"""What changes rarely and every page needs, kept for some seconds by each process: what a field offers, where the city lies.

Whatever is written is checked against the database, so a list that lags behind for a moment offers too much or too little, no more.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Value = TypeVar("Value")

SECONDS = 30.0  # reading the longest list and writing its options takes as long as a page
LIMIT = 1_024


class Kept:
    """Values by key, each read anew when it is older than some seconds; safe between threads."""

    def __init__(self, seconds: float = SECONDS) -> None:
        """Start empty; 0 seconds keep nothing."""
        self._seconds = seconds
        self._values: dict[Hashable, tuple[float, Any]] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, read: Callable[[], Value]) -> Value:
        """Return what is kept under a key, or read and keep it; two threads may read at once."""
        asked = time.monotonic()
        known = self._values.get(key)
        if known is not None and asked < known[0] + self._seconds:
            kept: Value = known[1]
            return kept
        value = read()
        with self._lock:
            while len(self._values) >= LIMIT:
                self._values.pop(next(iter(self._values)))
            self._values[key] = asked, value
        return value
