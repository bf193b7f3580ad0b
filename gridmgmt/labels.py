"""What people read, in both languages: labels of enums, and sentences."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class LabelledEnum(StrEnum):
    """A string enum whose members are written ``NAME = "value", "中文", "English"``."""

    zh: str
    en: str

    def __new__(cls, value: str, zh: str = "", en: str = "") -> Self:
        """Keep the stored value and both labels (the defaults only serve the look-up by value)."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.zh = zh
        member.en = en
        return member

    def label(self, language: str = "zh") -> str:
        """Return the label in ``zh`` or ``en``."""
        return self.en if language == "en" else self.zh


class Words(str):
    """A sentence for people: itself English, ``zh`` the Chinese one."""

    __slots__ = ("zh",)
    zh: str

    def __new__(cls, en: str, *, zh: str) -> Self:
        """Keep both sentences."""
        words = str.__new__(cls, en)
        words.zh = zh
        return words


def in_language(text: str, language: str) -> str:
    """Return a sentence in ``zh`` or ``en``; plain text (a name, a code) is the same in both."""
    return text.zh if isinstance(text, Words) and language != "en" else str(text)
