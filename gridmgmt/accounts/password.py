"""Passwords (密码): hashed with argon2id, refused when short or common."""

from __future__ import annotations

import secrets
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gridmgmt.errors import InvalidInputError

SHORTEST, LONGEST = 10, 200
# Memory in KiB, passes and lanes: the least that OWASP advises for argon2id, about 20 ms of one core a sign-in.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is mistaken for another
# Long enough and yet the first that anybody tries; compared without case and without what stands at the end.
_TRIED_FIRST = (
    "password passw0rd password1 administrator admin admin123 adminadmin root rootroot letmein welcome welcome1 qwerty qwertyuiop "
    "qwerty123 asdfghjkl zxcvbnm 1qaz2wsx 1q2w3e4r 1q2w3e4r5t zaq12wsx abc123 abcd1234 abcdefgh a1b2c3d4 iloveyou woaini woaini1314 5201314 "
    "changeme default gridmgmt guest test testtest test1234 wuhan wuhan123 chengguan chengguan123 aa123456 qwe123 qweasdzxc dragon monkey "
    "sunshine princess football baseball superman trustno1 p@ssw0rd p@ssword admin@123 aa@123456 china china123 zhongguo"
)
COMMON = frozenset(_TRIED_FIRST.split())


def hash_password(password: str) -> str:
    """Return what is stored of a password."""
    return HASHER.hash(unicodedata.normalize("NFKC", password))


def is_password(password_hash: str | None, password: str) -> bool:
    """Say whether a password is the one that was hashed; as slow for a hash that is not there."""
    try:
        return (
            HASHER.verify(password_hash or _nobodys_hash(), unicodedata.normalize("NFKC", password[:LONGEST])) and password_hash is not None
        )
    except (VerificationError, InvalidHashError):
        return False


def needs_new_hash(password_hash: str) -> bool:
    """Say whether a password was hashed with less effort than we spend now."""
    return HASHER.check_needs_rehash(password_hash)


def make_password() -> str:
    """Return a password of four groups of four letters, about 79 bits, easy to read out."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))


def check_password(password: str, *, name: str) -> None:
    """Raise InvalidInputError for a password that is too short, too long, common, one letter over and over, or the name itself."""
    field = "password"
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidInputError(field, f"needs {SHORTEST} to {LONGEST} characters", zh=f"密码须为 {SHORTEST} 至 {LONGEST} 个字符")
    plain = password.lower()
    stem = plain.rstrip("0123456789!@#$%^&*.?-_ ")
    digits_in_a_row = plain in "01234567890123456789" or plain in "98765432109876543210"
    if plain in COMMON or stem in COMMON or digits_in_a_row or len(set(plain)) < 4:  # noqa: PLR2004 - aaaa, abab, abcabc
        raise InvalidInputError(field, "is one of those tried first; take another", zh="密码过于常见，请换一个")
    if name.lower() in plain or plain in name.lower():
        raise InvalidInputError(field, "holds the log-in name", zh="密码中不得含有登录名")


_nobody: list[str] = []


def _nobodys_hash() -> str:
    if not _nobody:
        _nobody.append(HASHER.hash(secrets.token_urlsafe()))
    return _nobody[0]
