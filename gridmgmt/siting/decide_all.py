"""Decisions about many sites at once: all of them, or none."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from sqlalchemy.orm import Session

from gridmgmt.errors import GridError, InvalidInputError
from gridmgmt.siting.decide import Ruling, decide
from gridmgmt.siting.read_decisions import HEADERS, DecisionsError
from gridmgmt.siting.scenario import Decision


def decide_all(
    session: Session, plan_id: int, rulings: Sequence[tuple[int, Ruling]], *, on: datetime.date, at: datetime.datetime, by: str
) -> list[Decision]:
    """Note the rulings (each with its row of the table) and enter what is accepted into the register.

    Raises DecisionsError naming the rows that contradict what is stored; the caller's transaction must then be rolled back.
    """
    made: list[Decision] = []
    faults: list[InvalidInputError] = []
    for row, ruling in rulings:
        try:
            made.append(decide(session, plan_id, ruling, on=on, at=at, by=by))
        except InvalidInputError as error:
            faults.append(InvalidInputError(error.field, error.reason, row=row, zh=error.zh_reason))
        except GridError as error:
            faults.append(InvalidInputError(HEADERS["rank"][0], str(error), row=row, zh=error.zh))
    if faults:
        raise DecisionsError(faults)
    return made
