"""Which encoding a text is in: declared, else UTF-8 if it is that strictly, else GB18030 guessed and said."""

from __future__ import annotations

import codecs
import dataclasses
from pathlib import Path

from gridmgmt.errors import SourceError
from gridmgmt.labels import Words

UTF8, GB18030 = "utf-8", "gb18030"
GUESSED_NOTE = Words(
    "no encoding declared and not UTF-8: read as GB18030 (GBK), guessed; name it with --encoding if names look wrong",
    zh="未声明编码且不是 UTF-8，按 GB18030/GBK 猜测读取；若出现乱码请用 --encoding 指明",
)
ASCII_END = 0x7F
TELLING_BYTES = 30
# Every GB2312 and GBK text is GB18030; the smaller names are declared far more often than they are true.
_WIDENED = {"gb2312": GB18030, "gbk": GB18030, "cp936": GB18030}


@dataclasses.dataclass(frozen=True)
class DecodedText:
    """A text, the encoding it was in, and a sentence for the user where that was guessed."""

    text: str
    encoding: str
    notes: tuple[Words, ...] = ()


def decode_text(data: bytes, declared: str | None, path: Path) -> DecodedText:
    """Decode a whole file; raise SourceError where the declared encoding is wrong or none fits."""
    if declared is not None:
        encoding = known_encoding(declared, path)
        if is_surely_utf8([data], encoding):
            raise wrong_encoding(path, declared, "its text", [data])
        try:
            return DecodedText(data.decode("utf-8-sig" if encoding == UTF8 else encoding), encoding)
        except UnicodeDecodeError as error:
            raise wrong_encoding(path, declared, f"byte {error.start}", [data]) from None
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return DecodedText(data.decode("utf-16"), "utf-16")
    encoding, notes = guess_encoding([data], path)
    return DecodedText(data.decode("utf-8-sig" if encoding == UTF8 else encoding), encoding, notes)


def known_encoding(name: str, path: Path) -> str:
    """Return Python's name of an encoding; GBK and GB2312 are widened to GB18030. Raise SourceError for an unknown one."""
    key = name.strip().lower()
    if key.isdecimal():  # a code page number, as .cpg files have them
        key = {"65001": UTF8}.get(key, f"cp{key}")
    key = key.replace("ansi ", "cp").replace("oem ", "cp")
    try:
        found = codecs.lookup(key).name
    except LookupError:
        message = f"{path.name}: {name!r} is no known encoding; try utf-8 or gb18030"
        raise SourceError(message, zh=f"{path.name}：未知编码 {name!r}；请用 utf-8 或 gb18030") from None
    return _WIDENED.get(found, found)


def guess_encoding(texts: list[bytes], path: Path) -> tuple[str, tuple[Words, ...]]:
    """Return UTF-8 if every text is that strictly, else GB18030 with a note; raise SourceError where neither fits."""
    for encoding, notes in ((UTF8, ()), (GB18030, (GUESSED_NOTE,))):
        if fits(texts, encoding):
            return encoding, notes
    message = f"{path.name}: the text is neither UTF-8 nor GB18030; declare its encoding"
    raise SourceError(message, zh=f"{path.name}：文字既不是 UTF-8 也不是 GB18030，请声明编码")


def is_surely_utf8(texts: list[bytes], declared: str) -> bool:
    """Say whether text declared to be something else is UTF-8: long text in another encoding never happens to be valid UTF-8."""
    if declared in {UTF8, "ascii"} or declared.startswith("utf-16"):
        return False
    return sum(byte > ASCII_END for text in texts for byte in text) >= TELLING_BYTES and fits(texts, UTF8)


def fits(texts: list[bytes], encoding: str) -> bool:
    """Say whether every text decodes strictly."""
    try:
        for text in texts:
            text.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def wrong_encoding(path: Path, declared: str, place: str, texts: list[bytes]) -> SourceError:
    """Return the error for a declared encoding that does not fit, naming one that does."""
    better = next((encoding for encoding in (UTF8, GB18030) if fits(texts, encoding)), None)
    hint = f"; it does read as {better}: declare that" if better else ""
    zh_hint = f"；按 {better} 可以读出，请改为声明 {better}" if better else ""
    message = f"{path.name} is declared to be {declared}, but {place} is not{hint}"
    return SourceError(message, zh=f"{path.name} 声明的编码为 {declared}，但 {place} 不符{zh_hint}")
