"""What who reported may know of their case (进度公开): how far it is, what was done, what the place looks like now."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence

from sqlalchemy.orm import Session

from gridmgmt.cases import follow_store, photo_store, step_store, store
from gridmgmt.cases.follow_store import Satisfaction
from gridmgmt.cases.model import Case, CaseAction, CaseState, CaseStep, IncidentReport
from gridmgmt.cases.photo_model import CasePhoto
from gridmgmt.cases.workflow import DONE_STATES
from gridmgmt.errors import ConflictError, InvalidInputError
from gridmgmt.photos.model import PhotoRole

ANSWERABLE = DONE_STATES | {CaseState.REFUSED}
PUBLISHED = (PhotoRole.AFTER,)
MILESTONES = (CaseAction.REPORT, CaseAction.FILE, CaseAction.DISPATCH, CaseAction.CONFIRM_HANDLED, CaseAction.HANDLE_ON_SPOT)
ENDS = (CaseAction.CLOSE, CaseAction.FORCE_CLOSE, CaseAction.REFUSE, CaseAction.VOID, CaseAction.MERGE)
TELLING = (CaseAction.HANDLE, CaseAction.HANDLE_ON_SPOT)  # their reason says what was done
LONGEST_COMMENT = 500


@dataclasses.dataclass(frozen=True)
class Progress:
    """A case as its reporter sees it.

    ``state`` is that of the case it was merged into, where it was. ``result`` is what was done, or why nothing was, once the case is over;
    before that neither it nor a photo is published, for nobody has checked them.
    """

    case: Case
    report: IncidentReport
    state: CaseState
    unit_name: str | None
    milestones: tuple[tuple[CaseAction, datetime.datetime], ...]
    result: str | None
    photos: tuple[CasePhoto, ...]
    answer: Satisfaction | None

    @property
    def may_answer(self) -> bool:
        """Say whether the reporter is asked now whether they are satisfied."""
        return self.answer is None and self.state in ANSWERABLE


def get_progress(session: Session, case_no: str) -> Progress:
    """Return how far a case is; the asker has shown the code. Raises NotFoundError."""
    case, report = store.get_case(session, case_no)
    target = follow_store.get_case(session, case.merged_into_id) if case.merged_into_id is not None else case
    acting = [target, *step_store.list_parts(session, target.id)]
    steps = sorted((step for each in acting for step in store.list_steps(session, each.id)), key=lambda step: step.at)
    over = target.state in ANSWERABLE
    unit = step_store.find_unit(session, target.unit_code) if target.unit_code else None
    photos = [photo for each in acting for photo in photo_store.list_photos(session, each) if photo.photo.role in PUBLISHED]
    unique = {photo.photo.sha256: photo for photo in photos} if over else {}
    return Progress(
        case, report, target.state, unit.name if unit else None, _milestones(report, steps, over=over), _result(steps) if over else None,
        tuple(unique.values()), follow_store.find_answer(session, case.id),
    )  # fmt: skip


def answer_satisfaction(session: Session, case_no: str, *, satisfied: bool, comment: str, now: datetime.datetime) -> None:
    """Keep what who reported says of their case, once; raise ConflictError before it is over and for a second answer."""
    if len(comment) > LONGEST_COMMENT:
        raise InvalidInputError("comment", f"is longer than {LONGEST_COMMENT} characters", zh=f"超过 {LONGEST_COMMENT} 字")
    progress = get_progress(session, case_no)
    if progress.state not in ANSWERABLE:
        raise ConflictError("the case is not over yet", zh="案卷尚未办结，办结后再评价")
    if not follow_store.add_answer(session, progress.case.id, Satisfaction(satisfied, comment.strip(), now)):
        raise ConflictError("you have answered already", zh="您已评价过，感谢参与")


def _milestones(report: IncidentReport, steps: Sequence[CaseStep], *, over: bool) -> tuple[tuple[CaseAction, datetime.datetime], ...]:
    """Return the newest of each milestone that still holds: a case done again has not been handled."""
    passed = {CaseAction.REPORT: report.reported_at}
    for step in steps:
        if step.action is CaseAction.REWORK:
            passed.pop(CaseAction.CONFIRM_HANDLED, None)
        if step.action in MILESTONES[1:] or (over and step.action in ENDS):
            passed[step.action] = step.at
    return tuple((action, passed[action]) for action in (*MILESTONES, *ENDS) if action in passed)


def _result(steps: Sequence[CaseStep]) -> str | None:
    """Return why it was refused, else what was done, the newest of each."""
    refused = [step.reason for step in steps if step.action is CaseAction.REFUSE]
    done = [step.reason for step in steps if step.action in TELLING]
    return (refused or done or [None])[-1]
