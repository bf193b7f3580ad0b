"""The full demo city into an empty database: seconds of every step, processor time and peak memory against the promise of 3 minutes.

Usage: ``GRIDMGMT_DATABASE_URL=… python benchmarks/demo_city.py [COMMUNITIES ROADS]`` on an empty database of its own; the two files
are real layers (GeoJSON) and optional.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from pathlib import Path

from sqlalchemy import text

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gridmgmt.cli.migrate import migrate
from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.demo.build import build_demo
from gridmgmt.demo.plan import DemoPlan

PROMISED_S = 180.0


def main(files: list[str]) -> int:
    """Build, print, and fail when the promise is broken."""
    communities, roads = (Path(name) for name in files) if len(files) == 2 else (None, None)
    engine = make_engine(os.environ["GRIDMGMT_DATABASE_URL"])
    migrate(engine)
    began = last = time.perf_counter()

    def say(sentence: str) -> None:
        nonlocal last
        now = time.perf_counter()
        print(f"{now - last:6.1f} s  {sentence}", flush=True)
        last = now

    with make_session_factory(engine).begin() as session:
        counts = build_demo(session, DemoPlan(communities=communities, roads=roads), on_step=say)
        server_s = processor_seconds(int(session.execute(text("SELECT pg_backend_pid()")).scalar_one()))
    spent = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_SELF)
    print("  ".join(f"{name} {count:,}" for name, count in counts.items()))
    own_s = used.ru_utime + used.ru_stime
    print(
        f"{spent:.1f} s in all; processor time {own_s:.1f} s ours and {server_s:.1f} s the server's; at most {used.ru_maxrss / 1024:.0f} MB"
    )
    print(f"promised {PROMISED_S:.0f} s: {PROMISED_S / spent:.1f} × to spare at a load average of {os.getloadavg()[0]:.1f}")
    return int(spent > PROMISED_S)


def processor_seconds(pid: int) -> float:
    """Return the processor time of a server process on this machine; nan where it cannot be seen."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
