"""Run every benchmark, each in a database of its own on a throw-away cluster: ``./run bench [NAME [NUMBER…]…]``.

Numbers go to the benchmark named before them: ``./run bench volume 200000 30`` takes 200,000 cases and 30 seconds.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from gridmgmt.cli import cluster

HERE = Path(__file__).resolve().parent


def main(arguments: list[str]) -> int:
    """Run the benchmarks named (all unless told); return how many failed."""
    given: dict[str, list[str]] = {}
    for argument in arguments:
        if argument.isdecimal() and given:
            given[list(given)[-1]].append(argument)
        else:
            given[argument] = []
    scripts = [
        script
        for script in sorted(HERE.glob("*.py"))
        if script.name not in {"run_all.py", "__init__.py", "bulk_peers.py", "siting_city.py"}
    ]
    wanted = [script for script in scripts if not given or asked(script, given) is not None]
    failed = 0
    with tempfile.TemporaryDirectory(prefix="gridmgmt-bench-") as folder:
        Path(folder).chmod(0o755)
        own = cluster.open_cluster(Path(folder) / "pg")
        cluster.start(own)
        try:
            for script in wanted:
                print(f"==> {script.stem}", flush=True)
                cluster.create_database(own, script.stem)
                environ = {**os.environ, "GRIDMGMT_DATABASE_URL": own.url(script.stem)}
                failed += subprocess.run([sys.executable, script, *(asked(script, given) or [])], env=environ, check=False).returncode != 0
        finally:
            cluster.remove(own)
    return failed


def asked(script: Path, given: dict[str, list[str]]) -> list[str] | None:
    """Return the arguments of a script that was named by the beginning of its name, None when it was not."""
    return next((values for name, values in given.items() if script.stem.startswith(name)), None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
