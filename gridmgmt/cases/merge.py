"""Merge a duplicate into the case it repeats (并案)."""

from __future__ import annotations

from gridmgmt.cases.model import Case, CaseState
from gridmgmt.cases.workflow import FINAL_STATES
from gridmgmt.errors import ConflictError, InvalidInputError, NotFoundError


def check_target(case: Case, into: Case | None, into_no: str) -> Case:
    """Return the case that takes the duplicate in; raise when it does not exist, is the same, is finished, or waits for its parts.

    A case can only be merged into one that is still worked on, so a chain of merges always ends at a case somebody has.
    """
    if into is None:
        raise NotFoundError(f"there is no case {into_no}", zh=f"没有案卷 {into_no}")
    if into.id == case.id:
        raise InvalidInputError("into", "a case cannot be merged into itself", zh="不能并入自身")
    if into.state in FINAL_STATES or into.state is CaseState.SPLIT:
        raise ConflictError(
            f"case {into.case_no} is {into.state.en.lower()} and takes in no other", zh=f"案卷 {into.case_no} {into.state.zh}，不能并入"
        )
    return into
