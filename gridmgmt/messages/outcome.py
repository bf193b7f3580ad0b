"""How an attempt to send ended, and when to try again."""

from __future__ import annotations

import dataclasses
import datetime

MOST_ATTEMPTS = 10
FIRST_WAIT_S = 30.0
LONGEST_WAIT_S = 6 * 3600.0
LONGEST_WORDS = 300


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What the other side said; ``lasting`` where trying again cannot help, ``wait_s`` where it said how long to wait."""

    sent: bool
    words: str
    lasting: bool = False
    wait_s: float = 0.0


def next_wait(attempts: int, outcome: Outcome, chance: float) -> datetime.timedelta | None:
    """Return how long to wait after so many attempts, None to give up: doubling from 30 s to 6 h, by ``chance`` (0…1) up to half less.

    Ten attempts reach over a bit more than half a day; the jitter keeps those that failed together from coming back together.
    """
    if outcome.lasting or attempts >= MOST_ATTEMPTS:
        return None
    wait = min(FIRST_WAIT_S * 2.0 ** (attempts - 1), LONGEST_WAIT_S) * (1.0 - chance / 2)
    return datetime.timedelta(seconds=max(wait, outcome.wait_s))


def failed(words: object, *, lasting: bool = False, wait_s: float = 0.0) -> Outcome:
    """Return a failure in short words."""
    return Outcome(sent=False, words=" ".join(str(words).split())[:LONGEST_WORDS], lasting=lasting, wait_s=min(wait_s, LONGEST_WAIT_S))
