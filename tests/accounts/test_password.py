"""Passwords: what is refused, what is stored."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from gridmgmt.accounts.password import check_password, hash_password, is_password, make_password, needs_new_hash
from gridmgmt.errors import InvalidInputError


@pytest.mark.parametrize(
    "password",
    [
        "",
        "short",
        "password123",
        "Password1!",
        "1234567890",
        "9876543210",
        "aaaaaaaaaaaa",
        "abababababab",
        "zhang.san-2026",
        "Zhang.San!!!",
        "x" * 201,
    ],
)
def test_weak_passwords_are_refused(password: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        check_password(password, name="zhang.san")
    assert caught.value.field == "password"


@pytest.mark.parametrize("password", ["correct horse battery", "黄鹤一去不复返白云千载", "k3f9-22mm-zzqa-74tt"])
def test_long_uncommon_passwords_are_taken(password: str) -> None:
    check_password(password, name="zhang.san")


def test_only_the_password_itself_fits_its_hash() -> None:
    stored = hash_password("correct horse battery")
    assert stored.startswith("$argon2id$")
    assert is_password(stored, "correct horse battery")
    assert not is_password(stored, "correct horse batterY")
    assert not is_password(None, "correct horse battery")
    assert not is_password("no hash at all", "correct horse battery")


def test_full_width_and_plain_letters_are_the_same_password() -> None:
    """A Chinese keyboard may write either."""
    assert is_password(hash_password("ｃｏｒｒｅｃｔ　horse"), "correct horse")  # noqa: RUF001


def test_the_same_password_is_never_stored_alike() -> None:
    assert hash_password("correct horse battery") != hash_password("correct horse battery")
    assert not needs_new_hash(hash_password("correct horse battery"))


def test_made_passwords_are_strong_and_all_different() -> None:
    made = {make_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        check_password(password, name="somebody")


def test_production_spends_what_owasp_advises(production_hasher: PasswordHasher) -> None:
    assert (production_hasher.time_cost, production_hasher.memory_cost, production_hasher.parallelism) == (2, 19 * 1024, 1)
    assert needs_new_hash(hash_password("correct horse battery").replace("m=8", "m=16"))
    assert production_hasher.check_needs_rehash(hash_password("correct horse battery"))
