"""What a row of the siting table is; see ``benchmarks/siting.py``."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")
Figures = dict[str, Any]


class Row(NamedTuple):
    """A case and what is promised for it.

    ``solve`` returns at least ``figure`` (what was reached, a short text), ``met`` (whether the goal was; None: not measured), ``faults`` (what the
    independent checker finds), ``peer`` (who was measured beside it, empty: nobody) and ``ratio`` (the peer's time by ours, None where
    there is none); beside them whatever figures the row has.
    """

    goal: str
    solve: Callable[[], Figures]


def timed(act: Callable[[], T]) -> tuple[float, T]:
    """Return seconds and result."""
    began = time.perf_counter()
    found = act()
    return time.perf_counter() - began, found
