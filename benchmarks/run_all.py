"""Run every benchmark, each in a database of its own on a throw-away cluster: ``./run bench [NAME…]``."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from gridmgmt.cli import cluster

HERE = Path(__file__).resolve().parent


def main(names: list[str]) -> int:
    """Run the benchmarks named (all unless told); return how many failed."""
    scripts = [script for script in sorted(HERE.glob("*.py")) if script.name not in {"run_all.py", "__init__.py", "bulk_peers.py"}]
    wanted = [script for script in scripts if not names or any(script.stem.startswith(name) for name in names)]
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
                failed += subprocess.run([sys.executable, script], env=environ, check=False).returncode != 0
        finally:
            cluster.remove(own)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
