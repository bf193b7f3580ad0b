"""Take a file from anybody and draw it anew: the only place where Pillow opens what was sent."""

from __future__ import annotations

import hashlib
import io

from PIL import Image, ImageOps

from gridmgmt.errors import InvalidInputError
from gridmgmt.photos.evidence import read_evidence
from gridmgmt.photos.model import Prepared

LONGEST_FILE = 15 * 1024 * 1024  # bytes
MOST_PIXELS = {"JPEG": 80_000_000, "MPO": 50_000_000, "PNG": 25_000_000, "WEBP": 25_000_000}  # a JPEG is decoded at a fraction of its size
FULL_EDGE, THUMB_EDGE = 2000, 320  # pixels; half of what a phone takes, so that a JPEG is decoded at half its size at once
QUALITY = {FULL_EDGE: 85, THUMB_EDGE: 75}
ASPECT = 50  # a strip thinner than this shows nothing


def prepare_photo(sent: bytes, *, time_zone: str) -> Prepared:
    """Return the photo in both sizes with what its camera wrote; upright, on white, without metadata.

    Raises InvalidInputError for what is no JPEG, PNG or WebP, is too large in bytes or pixels, or breaks off.
    """
    if not sent:
        raise InvalidInputError("photo", "is empty", zh="文件为空")
    if len(sent) > LONGEST_FILE:
        raise InvalidInputError("photo", f"is larger than {LONGEST_FILE >> 20} MB", zh=f"照片超过 {LONGEST_FILE >> 20} MB")
    image = _open(sent)
    evidence = read_evidence(image, time_zone)
    upright = _decode(image)
    full = _drawn(upright, FULL_EDGE)
    thumb = _drawn(full, THUMB_EDGE)
    name = hashlib.sha256(sent).hexdigest()
    return Prepared(name, _written(full, FULL_EDGE), _written(thumb, THUMB_EDGE), full.width, full.height, evidence)


def _open(sent: bytes) -> Image.Image:
    """Return the picture with its header read and nothing decoded."""
    try:
        image = Image.open(io.BytesIO(sent), formats=("JPEG", "PNG", "WEBP"))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except Exception as error:
        raise InvalidInputError("photo", "is not a JPEG, PNG or WebP picture", zh="不是照片：只接受 JPEG、PNG、WebP 格式") from error
    if image.width * image.height > MOST_PIXELS[str(image.format)]:
        raise _too_many_pixels()
    if max(image.size) > ASPECT * min(image.size):
        raise InvalidInputError("photo", "is a strip, not a photo", zh="照片长宽比例异常")
    return image


def _decode(image: Image.Image) -> Image.Image:
    """Return the pixels, upright, in RGB on white."""
    try:
        if image.format == "JPEG":
            image.draft("RGB", (FULL_EDGE, FULL_EDGE))
        image.load()
        upright = ImageOps.exif_transpose(image)
        if upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info:
            clear = upright.convert("RGBA")
            upright = Image.new("RGB", clear.size, "white")
            upright.paste(clear, mask=clear.getchannel("A"))
        return upright.convert("RGB")
    except Exception as error:
        raise InvalidInputError("photo", "is damaged or incomplete", zh="照片已损坏或不完整，请重新拍摄或选择") from error


def _drawn(picture: Image.Image, edge: int) -> Image.Image:
    """Return a new picture no wider and no higher than ``edge``: pixels only, no metadata comes along."""
    scale = min(1.0, edge / max(picture.size))
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    scaled = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    drawn = Image.new("RGB", size)
    drawn.paste(scaled)
    return drawn


def _written(picture: Image.Image, edge: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY[edge])
    return out.getvalue()


def _too_many_pixels() -> InvalidInputError:
    return InvalidInputError("photo", "has too many pixels", zh="照片像素过大")
