"""Run every benchmark, each in a database of its own on a throw-away cluster: ``./run bench [NAME [ARGUMENT…]…]``.

What names no benchmark goes to the one named before it: ``./run bench volume 200000 30`` takes 200,000 cases and 30 seconds, ``./run bench
siting orlib`` one row of that table. A benchmark may be named by the beginning of its name.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from gridmgmt.cli import cluster

HERE = Path(__file__).resolve().parent
PARTS = {
    "run_all",
    "__init__",
    "bulk_peers",
    "siting_city",
    "siting_cover",
    "siting_distance",
    "siting_rows",
}  # of others, not run by themselves


def main(arguments: list[str]) -> int:
    """Run the benchmarks named (all unless told); return how many failed."""
    scripts = {script.stem: script for script in sorted(HERE.glob("*.py")) if script.stem not in PARTS}
    wanted = asked(arguments, list(scripts))
    failed = 0
    with tempfile.TemporaryDirectory(prefix="gridmgmt-bench-") as folder:
        Path(folder).chmod(0o755)
        own = cluster.open_cluster(Path(folder) / "pg")
        cluster.start(own)
        try:
            for script, values in ((scripts[name], values) for name, values in wanted.items()):
                print(f"==> {script.stem}", flush=True)
                cluster.create_database(own, script.stem)
                environ = {**os.environ, "GRIDMGMT_DATABASE_URL": own.url(script.stem)}
                failed += subprocess.run([sys.executable, script, *values], env=environ, check=False).returncode != 0
        finally:
            cluster.remove(own)
    return failed


def asked(arguments: list[str], names: list[str]) -> dict[str, list[str]]:
    """Return the benchmarks to run, each with its arguments: all of them when none is named; end where an argument belongs to none."""
    found: dict[str, list[str]] = {}
    last: list[str] | None = None
    for argument in arguments:
        meant = [argument] if argument in names else [name for name in names if name.startswith(argument)]
        if meant:
            last = []
            found |= dict.fromkeys(meant, last)
        elif last is None:
            raise SystemExit(f"there is no benchmark {argument}; there are " + ", ".join(names))
        else:
            last.append(argument)
    return found or {name: [] for name in names}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
