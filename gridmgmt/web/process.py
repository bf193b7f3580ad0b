"""What each process of the web server does when it begins: gunicorn reads this module as its configuration."""

from __future__ import annotations

import sys
from typing import Any

from gridmgmt.web import warm_up

# Requests are short and wait for the database several times: each time one that computes would keep them waiting for so long.
SWITCH_S = 0.0002


def post_worker_init(worker: Any) -> None:  # noqa: ANN401 - gunicorn has no types
    """Let threads take turns quickly, and warm up a connection for each."""
    sys.setswitchinterval(SWITCH_S)
    warm_up.start(worker.wsgi, worker.cfg.threads)
