"""How the engine's functions are compiled: once a machine, and kept in a folder named after all their sources.

numba alone looks only at the file a function stands in: a change in another file that it calls would leave old code in use.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba import config, njit

HERE = Path(__file__).resolve().parent
_numba: Any = config  # its settings come from the environment: no checker knows them


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a function when it is first called; it runs without holding up other threads and divides as numpy does."""
    before, _numba.CACHE_DIR = _numba.CACHE_DIR, FOLDER
    try:
        return njit(cache=bool(FOLDER), nogil=True, error_model="numpy")(function)
    finally:
        _numba.CACHE_DIR = before


def choose_folder(*bases: Path) -> str:
    """Return where compiled functions are kept: under the first of some folders that can be written, nowhere when none can."""
    sources = b"".join(path.read_bytes() for path in sorted(HERE.glob("index_*.py")))
    name = f"engine-{hashlib.blake2b(sources, digest_size=8).hexdigest()}"
    for base in bases:
        folder = base / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK | os.X_OK):
            return str(folder)
    return ""


def usual_bases() -> list[Path]:
    """Return what NUMBA_CACHE_DIR names, where Python keeps its own compiled files, and the cache of the account if it has a home."""
    named = [Path(_numba.CACHE_DIR)] if _numba.CACHE_DIR else []
    try:
        return [*named, HERE / "__pycache__", Path.home() / ".cache" / "gridmgmt"]
    except RuntimeError:
        return [*named, HERE / "__pycache__"]


FOLDER = choose_folder(*usual_bases())
