"""How much a request may carry: forms are small, addresses that take photos say how much they take."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask, current_app, request
from werkzeug.datastructures import FileStorage

from gridmgmt.errors import SourceError

View = TypeVar("View", bound=Callable[..., Any])

MARK = "longest_request"
LONGEST_NAME = 60  # letters; a name of 255 bytes is the longest a file may have
LARGEST_UNPACKED = 512 * 2**20


def takes(longest: int) -> Callable[[View], View]:
    """Mark a view with the bytes its requests may have; stands below the route's decorator."""

    def mark(view: View) -> View:
        setattr(view, MARK, longest)
        return view

    return mark


def refuse_swollen(path: Path) -> None:
    """Refuse an archive (a workbook is one too) that unpacks to more than a request may cost; other files pass."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        size = sum(member.file_size for member in archive.infolist())
    if size > LARGEST_UNPACKED:
        limit = LARGEST_UNPACKED >> 20
        raise SourceError(f"it unpacks to more than {limit} MiB", zh=f"解压后超过 {limit} MiB")


def keep_file(file: FileStorage, folder: Path) -> Path:
    """Save a file somebody sent under a folder of ours, by its own name as far as that is safe; refuse one that swells."""
    name = re.sub(r"[\x00-\x1f]", "", (file.filename or "").replace("\\", "/").rpartition("/")[2])
    path = folder / name[-LONGEST_NAME:]
    file.save(path)
    refuse_swollen(path)
    return path


def widen() -> None:
    """Let a marked address take more than a form; runs before anything reads the form."""
    if request.endpoint is not None:
        longest = getattr(current_app.view_functions[request.endpoint], MARK, None)
        if longest is not None:
            request.max_content_length = longest


def register(app: Flask) -> None:
    """Ask at every request."""
    app.before_request(widen)
