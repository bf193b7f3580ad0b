"""What is taken for a photo, and what becomes of it."""

from __future__ import annotations

import datetime
import hashlib
import io
import random
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gridmgmt.errors import InvalidInputError
from gridmgmt.photos import prepare
from gridmgmt.photos.model import Evidence
from gridmgmt.photos.prepare import prepare_photo
from tests.photos.pictures import picture

ZONE = "Asia/Shanghai"
WUHAN = (114.305, 30.593)


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_three_kinds_are_taken_and_drawn_anew_as_jpeg(kind: str) -> None:
    sent = picture((3000, 1500), kind)
    made = prepare_photo(sent, time_zone=ZONE)
    full, thumb = opened(made.full), opened(made.thumb)
    assert (full.format, full.size, thumb.format, thumb.size) == ("JPEG", (2000, 1000), "JPEG", (320, 160))
    assert (made.width, made.height) == full.size
    assert made.sha256 == hashlib.sha256(sent).hexdigest()


def test_a_small_picture_keeps_its_size() -> None:
    made = prepare_photo(picture((200, 100)), time_zone=ZONE)
    assert opened(made.full).size == opened(made.thumb).size == (200, 100)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_position_and_time_are_read_and_then_gone(kind: str) -> None:
    sent = picture(kind=kind, taken="2026:11:02 09:30:00", place=WUHAN)
    made = prepare_photo(sent, time_zone=ZONE)
    assert made.evidence.lon == pytest.approx(114.305, abs=1e-6)
    assert made.evidence.lat == pytest.approx(30.593, abs=1e-6)
    assert made.evidence.taken_at == datetime.datetime(2026, 11, 2, 1, 30, tzinfo=datetime.UTC)
    for content in (made.full, made.thumb):
        assert not opened(content).getexif()
        assert b"Exif" not in content
        assert b"2026:11:02" not in content


def test_a_time_with_a_zone_of_its_own_is_believed() -> None:
    made = prepare_photo(picture(taken="2026:11:02 09:30:00", offset="+09:00"), time_zone=ZONE)
    assert made.evidence.taken_at == datetime.datetime(2026, 11, 2, 0, 30, tzinfo=datetime.UTC)


def test_south_and_west_are_negative() -> None:
    made = prepare_photo(picture(place=(-58.4, -34.6)), time_zone=ZONE)
    assert made.evidence.lon == pytest.approx(-58.4, abs=1e-6)
    assert made.evidence.lat == pytest.approx(-34.6, abs=1e-6)


@pytest.mark.parametrize("written", [{"place": (0.0, 0.0)}, {"place": (700.0, 30.0)}, {"taken": "0000:00:00 00:00:00"}, {"taken": "now"}])
def test_what_a_camera_cannot_have_meant_is_no_evidence(written: dict[str, Any]) -> None:
    made = prepare_photo(picture(**written), time_zone=ZONE)
    assert made.evidence == Evidence()


def test_a_photo_taken_sideways_stands_upright() -> None:
    sent = picture((400, 200), left="blue", orientation=6)  # turn clockwise by a quarter
    full = opened(prepare_photo(sent, time_zone=ZONE).full)
    assert full.size == (200, 400)
    top, bottom = full.getpixel((100, 50)), full.getpixel((100, 350))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert (top[2] > 200, bottom[0] > 200) == (True, True)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "CMYK", "I;16"])
def test_any_kind_of_pixels_becomes_rgb(mode: str) -> None:
    image = Image.new(mode, (50, 40))
    out = io.BytesIO()
    image.save(out, "JPEG" if mode == "CMYK" else "PNG")
    assert opened(prepare_photo(out.getvalue(), time_zone=ZONE).full).mode == "RGB"


def test_what_is_clear_becomes_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (50, 40), (255, 0, 0, 0)).save(out, "PNG")
    assert opened(prepare_photo(out.getvalue(), time_zone=ZONE).full).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    "sent",
    [
        b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", b"<html><script>alert(1)</script>",
        b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x00\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;",
        b"%PDF-1.7", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x00\x00\x00\x00WEBP",
    ],
)  # fmt: skip
def test_what_is_no_picture_is_refused_by_its_content(sent: bytes) -> None:
    with pytest.raises(InvalidInputError) as refused:
        prepare_photo(sent, time_zone=ZONE)
    assert refused.value.field == "photo"


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "GIF", "ICO"])
def test_other_kinds_of_pictures_are_refused(kind: str) -> None:
    out = io.BytesIO()
    Image.new("RGB", (64, 64)).save(out, kind)
    with pytest.raises(InvalidInputError, match="JPEG, PNG or WebP"):
        prepare_photo(out.getvalue(), time_zone=ZONE)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_file_that_breaks_off_is_refused(kind: str) -> None:
    sent = picture((800, 600), kind, left="green")
    with pytest.raises(InvalidInputError):
        prepare_photo(sent[: len(sent) // 2], time_zone=ZONE)


def test_a_file_of_too_many_bytes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "LONGEST_FILE", 1000)
    with pytest.raises(InvalidInputError, match="larger than"):
        prepare_photo(picture(), time_zone=ZONE)


@pytest.mark.parametrize("edge", [6_000, 20_000, 60_000])
def test_a_bomb_of_pixels_is_refused_before_it_is_unpacked(edge: int) -> None:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", edge, edge, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100_000)) + chunk(b"IEND", b"")
    with pytest.raises(InvalidInputError, match="too many pixels"):
        prepare_photo(bomb, time_zone=ZONE)


def test_a_strip_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="strip"):
        prepare_photo(picture((5000, 2), "PNG"), time_zone=ZONE)


@settings(max_examples=150, deadline=None)
@given(kind=st.sampled_from(["JPEG", "PNG", "WEBP"]), seed=st.integers(0, 10_000), changes=st.integers(1, 40))
def test_a_damaged_file_is_taken_or_refused_but_never_breaks_anything(kind: str, seed: int, changes: int) -> None:
    chance = random.Random(seed)
    sent = bytearray(picture((64, 48), kind, left="green", taken="2026:11:02 09:30:00", place=WUHAN))
    for _ in range(changes):
        sent[chance.randrange(len(sent))] = chance.randrange(256)
    try:
        made = prepare_photo(bytes(sent), time_zone=ZONE)
    except InvalidInputError:
        return
    assert opened(made.full).format == "JPEG"
