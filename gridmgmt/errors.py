"""The one error family of the product."""

from __future__ import annotations


class GridError(Exception):
    """Something the user can understand and act on.

    ``code`` is stable and machine-readable; ``zh`` is the sentence shown to a Chinese reader, ``str(error)`` the English one.
    """

    code = "error"

    def __init__(self, message: str, *, zh: str | None = None) -> None:
        """Keep the English sentence as the message and the Chinese one beside it."""
        super().__init__(message)
        self.zh = zh or message

    def __reduce__(self) -> tuple[object, ...]:
        """Travel between processes as it is, whatever the kind of error asks for when it is made."""
        return _remade, (type(self), self.args, self.__dict__)


def _remade(kind: type[GridError], args: tuple[object, ...], state: dict[str, object]) -> GridError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class InvalidInputError(GridError):
    """A value does not mean what its field asks for."""

    code = "invalid_input"

    def __init__(self, field: str, reason: str, *, row: int | None = None, zh: str | None = None) -> None:
        """Name the field, the reason and, for a file, the row (1 = first data row)."""
        place = f"row {row}, {field}" if row is not None else field
        zh_place = f"第 {row} 行 {field}" if row is not None else field
        super().__init__(f"{place}: {reason}", zh=f"{zh_place}：{zh}" if zh else f"{zh_place}: {reason}")
        self.field = field
        self.row = row
        self.reason = reason
        self.zh_reason = zh or reason


class NotFoundError(GridError):
    """The thing asked for does not exist."""

    code = "not_found"


class ConflictError(GridError):
    """The change contradicts what is stored."""

    code = "conflict"


class NotAllowedError(GridError):
    """Whoever asks may not do this."""

    code = "not_allowed"


class NotSignedInError(GridError):
    """Nobody is signed in, or not as who they say."""

    code = "not_signed_in"


class TooOftenError(GridError):
    """Somebody asks too often; ``wait_s`` seconds later they may ask again."""

    code = "too_often"

    def __init__(self, wait_s: int) -> None:
        """Say how long to wait."""
        minutes = -(-wait_s // 60)
        span, zh_span = (f"{wait_s} seconds", f"{wait_s} 秒") if wait_s <= 60 else (f"{minutes} minutes", f"{minutes} 分钟")  # noqa: PLR2004
        super().__init__(f"too many attempts; try again in {span}", zh=f"操作过于频繁，请 {zh_span}后再试")
        self.wait_s = wait_s


class OutsideCityError(InvalidInputError):
    """A point lies outside the city's envelope."""

    code = "outside_city"


class NotReadyError(GridError):
    """Something that is needed is not there yet: the database is not migrated, holds no city; ``wait_s`` says when to ask again."""

    code = "not_ready"

    def __init__(self, message: str, *, zh: str | None = None, wait_s: int | None = None) -> None:
        """Keep the sentences, and the seconds where they are known."""
        super().__init__(message, zh=zh)
        self.wait_s = wait_s


class SourceError(GridError):
    """A source file cannot be used as it is."""

    code = "bad_source"
