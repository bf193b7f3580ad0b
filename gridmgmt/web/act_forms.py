"""The forms of a case page: one for every action the asker may take now, with the fields its rule demands."""

from __future__ import annotations

import dataclasses
import datetime
import uuid
from collections.abc import Mapping, Sequence

from gridmgmt.cases import list_store
from gridmgmt.cases.list_model import NearbyCase
from gridmgmt.cases.model import Case, CaseAction, CaseStep, HandlingUnit, IncidentReport, SuspensionPool, UnitKind
from gridmgmt.cases.possible import Possible, list_possible, returned_by
from gridmgmt.cases.workflow import CLASSIFYING, FINAL_STATES
from gridmgmt.catalogue import limit_store
from gridmgmt.catalogue.model import ClassLimit, ManagedClass, ManagedKind
from gridmgmt.web.answers import label
from gridmgmt.web.door import now, profile, session, today
from gridmgmt.web.guard import principal
from gridmgmt.web.options import list_classes, list_units

A = CaseAction
Form = Mapping[str, str]
NEAR_M = 200.0  # as far as two reports of one thing lie apart
# The photos an action may carry, by role.
PHOTOS: Mapping[CaseAction, tuple[str, ...]] = {
    A.HANDLE: ("before", "after"), A.HANDLE_ON_SPOT: ("before", "after"), A.CHECK_PASSED: ("proof",), A.REWORK: ("proof",),
    A.VERIFY: ("near", "far"), A.VERIFY_UNFOUNDED: ("proof",), A.NOTE: ("near",), A.RETURN_TO_DISPATCH: ("proof",),
}  # fmt: skip
# What most cases need next stands first; what ends or stops a case stands last.
FIRST = (A.FILE, A.VERIFY, A.DISPATCH, A.ACCEPT, A.HANDLE, A.CONFIRM_HANDLED, A.CHECK_PASSED, A.CLOSE, A.CORRECT, A.RESUME)
LAST = (A.NOTE, A.SUPERVISE, A.OVERRIDE_RESPONSIBILITY, A.SUSPEND, A.SPLIT, A.MERGE, A.REFUSE, A.VOID, A.FORCE_CLOSE)
DANGEROUS = frozenset({A.REFUSE, A.VOID, A.FORCE_CLOSE, A.MERGE})


@dataclasses.dataclass(frozen=True)
class ActForm:
    """One action with its fields; ``refused`` says why it may not be done now, although state and permission allow it."""

    action: CaseAction
    title: str
    fields: tuple[str, ...]
    reason_needed: bool
    photos: tuple[str, ...]
    refused: str | None
    request_id: str
    dangerous: bool


@dataclasses.dataclass(frozen=True)
class Choices:
    """What the fields of the forms offer; what no form needs is empty."""

    units: tuple[tuple[UnitKind, tuple[HandlingUnit, ...]], ...] = ()
    classes: tuple[ManagedClass, ...] = ()
    conditions: tuple[ClassLimit, ...] = ()
    pools: tuple[SuspensionPool, ...] = tuple(SuspensionPool)
    near: tuple[NearbyCase, ...] = ()
    tomorrow: str = ""
    now_local: str = ""


def act_forms(case: Case, report: IncidentReport, steps: Sequence[CaseStep]) -> list[ActForm]:
    """Return the forms of a case for who asks, the usual next step first."""
    who = principal()
    found = list_possible(case, report.source, steps, actor=who.name, now=now(), permissions=who.permissions, unit_code=who.unit_code or "")
    return [_form(possible) for possible in sorted(found, key=_place)]


def choices_for(case: Case, steps: Sequence[CaseStep], forms: Sequence[ActForm], point: tuple[float, float], typed: Form) -> Choices:
    """Return what the fields of some forms offer; the filing conditions are those of the class that was typed, else of the case."""
    wanted = {field for form in forms if form.refused is None for field in form.fields}
    kind, _colon, code = (typed.get("detail_class") or f"{case.kind}:{case.class_code}").partition(":")
    local = now().astimezone(profile().zone)
    return Choices(
        units=_units(returned_by(steps)) if "unit_code" in wanted else (),
        classes=tuple(list_classes()) if wanted & {"class", "parts"} else (),
        conditions=_conditions(kind, code) if "condition_no" in wanted else (),
        near=near_alike(case, point) if "into" in wanted else (),
        tomorrow=(local.date() + datetime.timedelta(days=1)).isoformat(), now_local=f"{local:%Y-%m-%dT%H:%M}",
    )  # fmt: skip


def near_alike(case: Case, point: tuple[float, float]) -> tuple[NearbyCase, ...]:
    """Return other open cases of the same class close by, the nearest first: what may be the same problem."""
    found = list_store.list_near(
        session(), principal().scope, point, radius_m=NEAR_M, now=now(), kind=case.kind, class_code=case.class_code, limit=11
    )
    others = (near for near in found if near.line.case_no != case.case_no and near.line.state not in FINAL_STATES)
    return tuple(near for near in others if near.line.parent_id != case.id)[:10]


def _form(possible: Possible) -> ActForm:
    action, rule = possible.action, possible.rule
    extra = (("class",) if action in CLASSIFYING else ()) + (("condition_no",) if action is A.FILE else ())
    extra += ("zone_code", "unit_grid_code", "segment_code") if action is A.OVERRIDE_RESPONSIBILITY else ()
    return ActForm(
        action, label(action), (*rule.demands, *extra), rule.reason, PHOTOS.get(action, ()),
        label(possible.refused) if possible.refused else None, uuid.uuid4().hex, action in DANGEROUS,
    )  # fmt: skip


def _place(possible: Possible) -> tuple[bool, int]:
    last = LAST.index(possible.action) + 1 if possible.action in LAST else -1 if possible.action in FIRST else 0
    return possible.refused is not None, last


def _units(but: str | None) -> tuple[tuple[UnitKind, tuple[HandlingUnit, ...]], ...]:
    units = [unit for unit in list_units() if unit.code != but]
    kinds = ((kind, tuple(unit for unit in units if unit.kind is kind)) for kind in UnitKind)
    return tuple((kind, members) for kind, members in kinds if members)


def _conditions(kind: str, code: str) -> tuple[ClassLimit, ...]:
    if kind not in set(ManagedKind):
        return ()
    return tuple(limit_store.list_limits(session(), profile().catalogue_standard, ManagedKind(kind), code, on=today()))
