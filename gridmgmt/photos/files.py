"""Photos on disk, outside what the web server hands out: ``<root>/ab/<sha256>.jpg`` and ``….thumb.jpg``."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from gridmgmt.photos.model import PhotoSize, Prepared

ENDS = {PhotoSize.FULL: ".jpg", PhotoSize.THUMB: ".thumb.jpg"}
DRAFT = ".draft"


def path_of(root: Path, sha256: str, size: PhotoSize) -> Path:
    """Return where a photo of this hash stands."""
    return root / sha256[:2] / f"{sha256}{ENDS[size]}"


def save_photo(root: Path, photo: Prepared) -> None:
    """Write both sizes, each whole or not at all; what is there already is left as it is."""
    for size, content in ((PhotoSize.THUMB, photo.thumb), (PhotoSize.FULL, photo.full)):
        path = path_of(root, photo.sha256, size)
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(path, content)


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}{DRAFT}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def delete_photo(root: Path, sha256: str) -> None:
    """Delete both sizes."""
    for size in PhotoSize:
        path_of(root, sha256, size).unlink(missing_ok=True)


def list_older(root: Path, before: float) -> Iterator[tuple[str, Path]]:
    """Yield (hash, path) of the files last written before a time (seconds since 1970), drafts of killed servers included."""
    for path in sorted(root.glob("??/*")):
        if path.stat().st_mtime < before:
            yield path.name.split(".", 1)[0], path
