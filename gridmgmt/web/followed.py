"""Which cases this browser may follow: those it reported, and those whose code it has shown."""

from __future__ import annotations

from flask import current_app, session

from gridmgmt.cases.follow_code import follow_code, is_follow_code
from gridmgmt.errors import NotFoundError

FOLLOWED = "followed"
SECRET = "FOLLOW_SECRET"  # noqa: S105 - the name of a setting
MOST = 20  # cases a browser remembers; the oldest goes


def remember(case_no: str) -> str:
    """Let this browser follow a case from now on; return the case's code."""
    others = [known for known in session.get(FOLLOWED, []) if known != case_no]
    session[FOLLOWED] = [*others, case_no][-MOST:]
    return code_of(case_no)


def is_ours(case_no: str) -> bool:
    """Say whether this browser may follow a case."""
    return case_no in session.get(FOLLOWED, [])


def require(case_no: str) -> None:
    """Raise NotFoundError for a case this browser may not follow, as for one that does not exist."""
    if not is_ours(case_no):
        raise NotFoundError(f"there is no case {case_no}", zh=f"没有案卷 {case_no}")


def code_of(case_no: str) -> str:
    """Return the code that opens a case."""
    return follow_code(current_app.config[SECRET], case_no)


def opens(case_no: str, code: str) -> bool:
    """Say whether a code opens a case."""
    return is_follow_code(current_app.config[SECRET], case_no, code)


def list_ours() -> list[str]:
    """Return the cases this browser may follow, the newest first."""
    return list(reversed(session.get(FOLLOWED, [])))
