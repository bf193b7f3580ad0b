"""As whom the private cluster runs: PostgreSQL refuses root."""

from __future__ import annotations

import contextlib
import os
import pwd
import subprocess
from pathlib import Path

from gridmgmt.errors import NotReadyError


def server_account() -> str:
    """Return the account the server runs as: ours, or an unprivileged one when we are root."""
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid()).pw_name
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    message = "root may not run PostgreSQL and there is neither an account postgres nor nobody"
    raise NotReadyError(message, zh="root 不能运行 PostgreSQL，系统中又没有 postgres 或 nobody 账户")


def reachable_by(account: str, folder: Path) -> bool:
    """Say whether an account may walk down to ``folder``'s existing parents."""
    if os.getuid() != 0:
        return True
    existing = next(parent for parent in [folder, *folder.parents] if parent.exists())
    check = subprocess.run([*become(account), "test", "-x", str(existing)], check=False)  # noqa: S603
    return check.returncode == 0


def become(account: str) -> list[str]:
    """Return what goes before a command that an account is to run, when we are root."""
    return ["setpriv", f"--reuid={account}", f"--regid={pwd.getpwnam(account).pw_gid}", "--clear-groups"]
