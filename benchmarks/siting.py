"""The table of siting: every case with its goal, what was reached, a peer measured in the same run and the ratio.

Usage: ``./run bench siting [ROW…]`` (all rows unless named; ``benchmarks/siting.py --list`` names them). Each row is solved in a process of its own, so that
its peak memory is its own, and every plan is gone through by the independent checker. The last line is one JSON object with all figures.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import siting_cover, siting_distance
from benchmarks.siting_rows import Figures, Row

ROWS: dict[str, Row] = {**siting_cover.ROWS, **siting_distance.ROWS}


def solve(name: str) -> Figures:
    """Return the figures of one row, with the peak memory of this process."""
    figures = ROWS[name].solve()
    return figures | {"megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)}


def told(name: str, figures: Figures) -> str:
    """Return a row of the table."""
    reached = {True: "yes", False: "no", None: "not measured"}[figures["met"]]
    checked = "; ".join(figures["faults"]) or "sound"
    ratio = "" if figures["ratio"] is None else f"{figures['ratio']:.1f} ×"
    return f"| {name} | {ROWS[name].goal} | {figures['figure']} | {reached} | {figures['megabytes']} | {checked} | {figures['peer']} | {ratio} |"


def main(names: list[str]) -> int:
    """Print the table of the rows named, all unless told; return 1 when a plan has faults or a row is unknown."""
    unknown = [name for name in names if name not in ROWS]
    if unknown or names == ["--list"]:
        print("rows: " + ", ".join(ROWS))
        return int(names != ["--list"])
    print("| row | goal | reached | goal met | MB | checker | peer | peer's time by ours |\n|---|---|---|---|---|---|---|---|", flush=True)
    found: dict[str, Figures] = {}
    for name in names or ROWS:
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as alone:
            found[name] = alone.submit(solve, name).result()
        print(told(name, found[name]), flush=True)
    print(json.dumps(found, ensure_ascii=False))
    return int(any(figures["faults"] for figures in found.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
