"""Extensions of the time to handle a case (延期): the first is granted at once, the second needs approval; pure."""

from __future__ import annotations

import dataclasses
import datetime

from gridmgmt.cases.model import CaseAction, CaseStep


@dataclasses.dataclass(frozen=True)
class Extension:
    """One extension: asked by whom, until when, and what became of it (``granted`` None: it waits for approval)."""

    asked_by: str
    until: datetime.datetime
    granted: bool | None


Extensions = tuple[Extension, ...]


def extensions_after(extensions: Extensions, step: CaseStep) -> Extensions:
    """Return the extensions after one of the three steps about them."""
    if step.action is CaseAction.REQUEST_EXTENSION:
        granted = True if step.details.get("granted") else None
        return (*extensions, Extension(step.actor, datetime.datetime.fromisoformat(step.details["until"]), granted))
    return (*extensions[:-1], dataclasses.replace(extensions[-1], granted=step.action is CaseAction.APPROVE_EXTENSION))


def open_request(extensions: Extensions) -> Extension | None:
    """Return the extension that waits for approval, or None."""
    return extensions[-1] if extensions and extensions[-1].granted is None else None


def without_open_request(extensions: Extensions) -> Extensions:
    """Return the extensions of a case that moved on: a request nobody decided on has lapsed."""
    return extensions[:-1] if open_request(extensions) else extensions


def granted_until(extensions: Extensions) -> datetime.datetime | None:
    """Return the latest end that was granted, or None."""
    return max((extension.until for extension in extensions if extension.granted), default=None)
