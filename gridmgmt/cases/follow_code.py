"""The follow code (查询码): eight characters that only who reported was told; with the case number it opens the public page."""

from __future__ import annotations

import hashlib
import hmac

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that is read for something else: no 0 O, 1 I L
LENGTH = 8


def follow_code(secret: str, case_no: str) -> str:
    """Return the code of a case under the secret of this installation.

    It is worked out anew and never stored: nothing in the database opens the page, and a report sent twice is told the same code twice.
    """
    digest = hmac.digest(secret.encode(), f"follow:{case_no}".encode(), hashlib.sha256)
    number = int.from_bytes(digest[:16])
    code = ""
    for _ in range(LENGTH):
        number, place = divmod(number, len(ALPHABET))
        code += ALPHABET[place]
    return code


def is_follow_code(secret: str, case_no: str, given: str) -> bool:
    """Say whether somebody knows the code of a case; small letters, blanks and hyphens do not matter."""
    tidied = "".join(given.split()).replace("-", "").upper()
    return hmac.compare_digest(follow_code(secret, case_no).encode(), tidied.encode())
