"""The cases a case belongs together with: the one it is a part of, its parts, what it was merged into, what was merged into it."""

from __future__ import annotations

import dataclasses

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gridmgmt.accounts.model import Scope
from gridmgmt.cases.model import Case
from gridmgmt.cases.scope_store import visible_to
from gridmgmt.cases.store import case_of
from gridmgmt.cases.tables import CaseRow

MOST = 200


@dataclasses.dataclass(frozen=True)
class Kin:
    """Cases that belong together with one, as far as the asker sees them."""

    parent: Case | None
    parts: tuple[Case, ...]
    merged_into: Case | None
    duplicates: tuple[Case, ...]


NO_KIN = Kin(None, (), None, ())


def list_kin(session: Session, scope: Scope, case: Case) -> Kin:
    """Return the kin of a case in a scope, parts and duplicates in the order of their ids, the first two hundred."""
    towards = [number for number in (case.parent_id, case.merged_into_id) if number is not None]
    related = or_(CaseRow.id.in_(towards), CaseRow.parent_id == case.id, CaseRow.merged_into_id == case.id)
    rows = session.scalars(select(CaseRow).where(visible_to(scope), related).order_by(CaseRow.id).limit(MOST))
    found = [case_of(row) for row in rows]
    by_id = {other.id: other for other in found}
    return Kin(
        parent=by_id.get(case.parent_id or 0), parts=tuple(other for other in found if other.parent_id == case.id),
        merged_into=by_id.get(case.merged_into_id or 0), duplicates=tuple(other for other in found if other.merged_into_id == case.id),
    )  # fmt: skip
