"""One error family: an English sentence, a Chinese one, a stable code."""

from __future__ import annotations

import pickle

from gridmgmt import errors
from gridmgmt.errors import GridError, InvalidInputError


def test_an_error_names_field_and_row_in_both_languages() -> None:
    error = InvalidInputError("code", "is empty", row=3, zh="为空")
    assert (str(error), error.zh) == ("row 3, code: is empty", "第 3 行 code：为空")


def test_without_a_chinese_sentence_the_english_one_serves() -> None:
    assert InvalidInputError("code", "is empty").zh == "code: is empty"
    assert GridError("no").zh == "no"


def test_every_error_has_a_code_of_its_own() -> None:
    family = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, GridError)]
    assert len({kind.code for kind in family}) == len(family) >= 7


def test_an_error_travels_between_processes_as_it_is() -> None:
    for error in (InvalidInputError("code", "is empty", row=3, zh="为空"), errors.TooOftenError(7), errors.SourceError("no", zh="无")):
        copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
        assert type(copy) is type(error)
        assert (str(copy), vars(copy)) == (str(error), vars(error))
