"""The steps of a case as people read them: who, when, from where, why, and the details of each in words."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from gridmgmt.cases.model import CaseAction, CaseStep, SuspensionPool
from gridmgmt.responsibility.model import Basis
from gridmgmt.web.answers import label
from gridmgmt.web.words import moment

Names = Mapping[Any, str]
# Who acts without an account, by the name steps hold.
OTHERS = {
    "system": lazy_gettext("系统"), "public": lazy_gettext("市民"), "12345": lazy_gettext("12345 热线"), "video": lazy_gettext("视频识别"),
    "import": lazy_gettext("批量导入"), "demo": lazy_gettext("演示"),
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class StepLine:
    """One line of the history; ``said`` are its details as (term, text), ``into`` the number of a case it points to."""

    seq: int
    what: str
    actor: str
    at: datetime.datetime
    reason: str | None
    state: str
    moved: bool
    said: tuple[tuple[str, str], ...]
    into: str | None
    position: str | None
    photos: tuple[Mapping[str, Any], ...]


def step_lines(steps: Sequence[CaseStep], *, people: Names, units: Names, classes: Names) -> list[StepLine]:
    """Return the history of a case, newest first; names by log-in name, unit code and (kind, class code)."""
    return [_line(step, people, units, classes) for step in reversed(steps)]


def _line(step: CaseStep, people: Names, units: Names, classes: Names) -> StepLine:
    details = dict(step.details)
    said = [pair for name, tell in TOLD.items() if name in details and (pair := tell(details, units, classes))]
    photos = details.get("photos")
    return StepLine(
        step.seq, label(step.action), people.get(step.actor) or str(OTHERS.get(step.actor, step.actor)), step.at, _reason(step), label(step.to_state),
        step.from_state is not step.to_state, tuple(said), details.get("into") or details.get("parent"), step.origin.position,
        tuple(photos) if isinstance(photos, list) else (),
    )  # fmt: skip


def _reason(step: CaseStep) -> str | None:
    """Return why a step was made; an assignment names the basis it rests on."""
    if step.action in {CaseAction.ASSIGN, CaseAction.REASSIGN} and step.reason in set(Basis):
        return label(Basis(step.reason))
    return step.reason


def _class(details: Mapping[str, Any], _units: Names, classes: Names) -> tuple[str, str]:
    code = str(details["class_code"])
    return str(_("类别")), f"{code} {classes.get((details.get('kind'), code), '')}".strip()


def _pool(details: Mapping[str, Any], _units: Names, _classes: Names) -> tuple[str, str]:
    pool = details["pool"]
    return str(_("挂账原因")), label(SuspensionPool(pool)) if pool in set(SuspensionPool) else str(pool)


def _time(given: object) -> str:
    """Return a time written by a phone or a form in the city's time; what is no time with a zone as it was written."""
    try:
        time = datetime.datetime.fromisoformat(str(given))
    except ValueError:
        return str(given)
    return moment(time) if time.tzinfo else str(given)


def _granted(details: Mapping[str, Any], _units: Names, _classes: Names) -> tuple[str, str]:
    return str(_("审批")), str(_("首次延期，自动批准")) if details["granted"] else str(_("待审批"))


def _parts(details: Mapping[str, Any], _units: Names, classes: Names) -> tuple[str, str] | None:
    parts = [part for part in details["parts"] if isinstance(part, dict)] if isinstance(details["parts"], list) else []
    told = [f"{part.get('note', '')} {classes.get((part.get('kind'), part.get('class_code')), '')}".strip() for part in parts]
    return str(_("子案")), ";".join(told)


# The details worth reading, in the order they are told; the others stay in the database and in exports.
TOLD: Mapping[str, Callable[[Mapping[str, Any], Names, Names], tuple[str, str] | None]] = {
    "unit_code": lambda details, units, _classes: (str(_("处置单位")), units.get(details["unit_code"], str(details["unit_code"]))),
    "class_code": _class,
    "condition_no": lambda details, _u, _c: (str(_("立案条件")), str(details["condition_no"])),
    "pool": _pool,
    "review_on": lambda details, _u, _c: (str(_("复查日期")), str(details["review_on"])),
    "until": lambda details, _u, _c: (str(_("延期至")), _time(details["until"])),
    "granted": _granted,
    "parts": _parts,
    "zone_code": lambda details, _u, _c: (str(_("责任区")), str(details["zone_code"])),
    "unit_grid_code": lambda details, _u, _c: (str(_("单元网格")), str(details["unit_grid_code"])),
    "segment_code": lambda details, _u, _c: (str(_("路段")), str(details["segment_code"])),
    "made_at": lambda details, _u, _c: (str(_("离线办理时间")), _time(details["made_at"])),
}
