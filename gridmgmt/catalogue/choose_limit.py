"""Choose the handling limit a case is filed under (立案条件); the case keeps its id, so a later version changes nothing for it."""

from __future__ import annotations

import datetime

from sqlalchemy.orm import Session

from gridmgmt.catalogue import limit_store
from gridmgmt.catalogue.model import ClassLimit, ManagedKind
from gridmgmt.errors import InvalidInputError, NotFoundError


def choose_limit(
    session: Session, standard: str, kind: ManagedKind, class_code: str, *, on: datetime.date, condition_no: str | None = None
) -> ClassLimit:
    """Return the limit of a class in force on a day, of the condition that is named or of the only one there is.

    Raises NotFoundError for a class without limits, InvalidInputError listing the conditions where there are several and none (or an
    unknown one) is named: filing needs a condition that is met, and only a person can see which.
    """
    limits = limit_store.list_limits(session, standard, kind, class_code, on=on)
    if not limits:
        message = f"{kind.en} {class_code} has no filing condition on {on}"
        raise NotFoundError(message, zh=f"{kind.zh} {class_code} 在 {on} 没有立案条件")
    chosen = [limit for limit in limits if condition_no in {None, limit.condition_no}]
    if len(chosen) != 1:
        there = "; ".join(f"{limit.condition_no}: {limit.filing_condition} ({limit.limit.label('en')})" for limit in limits)
        zh = "；".join(f"{limit.condition_no}：{limit.filing_condition}（{limit.limit.label()}）" for limit in limits)
        raise InvalidInputError("condition_no", f"say which filing condition is met: {there}", zh=f"请指明符合的立案条件：{zh}")
    return chosen[0]
