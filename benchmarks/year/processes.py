"""What a process and its children use, read from /proc."""

from __future__ import annotations

import os
import re
from pathlib import Path


def processor_s(server: int) -> float:
    """Return how long a process and its children have computed."""
    children = Path(f"/proc/{server}/task/{server}/children").read_text(encoding="ascii").split()
    fields = [Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split() for pid in [str(server), *children]]
    return sum(int(field[11]) + int(field[12]) for field in fields) / os.sysconf("SC_CLK_TCK")


def memory_mb(server: int) -> float:
    """Return what a process and its children have in memory."""
    children = Path(f"/proc/{server}/task/{server}/children").read_text(encoding="ascii").split()
    total = 0.0
    for pid in [str(server), *children]:
        try:
            status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
        except OSError:
            continue
        total += float((re.search(r"VmRSS:\s+(\d+)", status) or [0, 0])[1]) / 1024
    return total
