"""The appeal against a timeout (超时申诉): once per closed case, two different reviewers; the clock keeps saying what it said; pure."""

from __future__ import annotations

import dataclasses

from gridmgmt.cases.model import CaseAction, CaseStep

REVIEWERS = 2


@dataclasses.dataclass(frozen=True)
class Appeal:
    """An appeal: upheld when two reviewers support it, over when one rejects it."""

    asked_by: str
    supported_by: tuple[str, ...] = ()
    rejected_by: str | None = None

    @property
    def upheld(self) -> bool | None:
        """Say how it ended, None while it is under review; an upheld one exempts the case from statistics, not from its clock."""
        if self.rejected_by is not None:
            return False
        return True if len(self.supported_by) >= REVIEWERS else None


def appeal_after(appeal: Appeal | None, step: CaseStep) -> Appeal:
    """Return the appeal after one of its three steps."""
    if appeal is None or step.action is CaseAction.REQUEST_APPEAL:
        return Appeal(step.actor)
    if step.action is CaseAction.REJECT_APPEAL:
        return dataclasses.replace(appeal, rejected_by=step.actor)
    return dataclasses.replace(appeal, supported_by=(*appeal.supported_by, step.actor))
