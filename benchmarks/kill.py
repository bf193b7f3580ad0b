"""Kill server, worker and database with SIGKILL at random moments while people report and act: nothing lost, doubled, off the table.

Runs on a cluster of its own, for this one is killed. ``KILLS`` (200), ``PEOPLE`` (6) and ``SEED`` (1) are read from the environment.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the run itself is a test's

from tests.flows.kill_run import Result, run
from tests.flows.reckoning import write_table


def main() -> int:
    """Run, print the figures, answer how many promises were not kept."""
    kills, people, seed = (int(os.environ.get(name, default)) for name, default in (("KILLS", "200"), ("PEOPLE", "6"), ("SEED", "1")))
    with tempfile.TemporaryDirectory(prefix="gridmgmt-kill-") as folder:
        Path(folder).chmod(0o755)
        result = run(Path(folder), kills=kills, people=people, seed=seed)
    _print(result)
    return min(len(result.faults), 100)


def _print(result: Result) -> None:
    hit = ", ".join(f"{target} {count}" for target, count in sorted(result.kills.items()))
    print(f"kills: {result.kills.total()} in {result.seconds:.0f} s ({hit})")
    print(f"accepted: {result.reports} reports, {result.acts} acts; {result.steps} steps stored")
    again, repeated = result.counted["sent again"], result.counted["repeated"]
    print(f"requests: {result.counted['requests']}, of these {again} unanswered and sent again; {repeated} found their work done already")
    print(f"longest time until an answer: {result.longest_wait_s:.1f} s")
    print(
        f"messages: {result.messages}, {result.inbox_lines} in inboxes; {result.deliveries} to the webhook, which received {result.received}"
    )
    print(f"left to tell and send when the killing was over: {result.backlog}, which took the worker {result.drained_s:.0f} s")
    print(write_table(result.faults))


if __name__ == "__main__":
    sys.exit(main())
