"""Photos in and out: anybody who reports or acts sends them, only who sees a case sees its photos."""

from __future__ import annotations

import http
import re
from collections.abc import Callable
from pathlib import Path

from flask import Blueprint, Response, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from gridmgmt.accounts.model import Principal
from gridmgmt.cases import photo_store as case_photo_store
from gridmgmt.errors import InvalidInputError, NotFoundError
from gridmgmt.photos import store
from gridmgmt.photos.files import path_of
from gridmgmt.photos.model import PhotoSize
from gridmgmt.photos.prepare import LONGEST_FILE
from gridmgmt.photos.take_in import take_photo_in
from gridmgmt.web.door import door, now, profile, session, transaction
from gridmgmt.web.guard import needs, principal
from gridmgmt.web.limits import limited
from gridmgmt.web.uploads import takes

pages = Blueprint("photos", __name__)

Seer = Callable[[Session, Principal, str], bool]
SHA256 = re.compile(r"[0-9a-f]{64}")
FRAME = 64 * 1024  # bytes of a multipart request around the file
ALONE = "default-src 'none'; sandbox"  # a picture runs nothing and loads nothing, whatever a browser takes it for
A_YEAR = 365 * 24 * 3600


def _sent_it(opened: Session, asker: Principal, sha256: str) -> bool:
    photo = store.find_photo(opened, sha256)
    return photo is not None and asker.account_id is not None and photo.uploaded_by == asker.name


def _sees_its_case(opened: Session, asker: Principal, sha256: str) -> bool:
    return case_photo_store.is_visible(opened, asker.scope, sha256)


SEERS: list[Seer] = [_sent_it, _sees_its_case]  # who may see a photo: one yes is enough; every room with photos adds its own question


@pages.post("/photos")
@needs("photo.add")
@limited("photo")
@takes(LONGEST_FILE + FRAME)
def post_photo() -> ResponseReturnValue:
    """Take one photo in; the same bytes sent again get the same answer."""
    sha256 = take_in(request.files.get("photo"))
    return {"photo": sha256, "thumb": url_for("photos.get_thumb", sha256=sha256)}, http.HTTPStatus.CREATED


def take_in(file: FileStorage | None) -> str:
    """Store a file of a form as a photo in a transaction of its own; return its hash."""
    if file is None:
        raise InvalidInputError("photo", "is missing", zh="缺少照片")
    sent = file.stream.read(LONGEST_FILE + 1)
    with transaction() as opened:
        return take_photo_in(opened, root(), sent, uploaded_by=principal().name, now=now(), time_zone=profile().time_zone)


@pages.get("/photos/<sha256>")
@needs("photo.read")
def get_photo(sha256: str) -> ResponseReturnValue:
    """Show a photo to who may see it; to all others it does not exist."""
    return _show(sha256, PhotoSize.FULL)


@pages.get("/photos/<sha256>/thumb")
@needs("photo.read")
def get_thumb(sha256: str) -> ResponseReturnValue:
    """Show the small picture of a photo."""
    return _show(sha256, PhotoSize.THUMB)


def _show(sha256: str, size: PhotoSize) -> Response:
    if not SHA256.fullmatch(sha256) or not any(seer(session(), principal(), sha256) for seer in SEERS):
        raise _no_photo(sha256)
    return picture(sha256, size)


def picture(sha256: str, size: PhotoSize) -> Response:
    """Answer with a photo, once somebody has asked whether it may be seen."""
    path = path_of(root(), sha256, size)
    if not path.is_file():
        raise _no_photo(sha256)
    response = send_file(path, mimetype="image/jpeg", download_name=f"{sha256[:12]}.jpg", etag=f"{sha256}-{size.value}", conditional=True)
    response.headers["Content-Security-Policy"] = ALONE
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = f"private, max-age={A_YEAR}, immutable"  # a hash never names other bytes
    response.headers.add("Vary", "Cookie")
    return response


def root() -> Path:
    """Return the folder of the photos."""
    return (door().settings.var_dir / "photos").absolute()


def _no_photo(sha256: str) -> NotFoundError:
    return NotFoundError(f"there is no photo {sha256[:12]}", zh="没有这张照片")
