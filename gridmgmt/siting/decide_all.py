"""Decisions about many sites at once: all of them, or none."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from sqlalchemy.orm import Session

from gridmgmt.errors import GridError, InvalidInputError
from gridmgmt.facilities.model import Facility
from gridmgmt.siting import scenario_store
from gridmgmt.siting.decide import Ruling, decision_of, find_entry, open_site, write
from gridmgmt.siting.read_decisions import HEADERS, DecisionsError
from gridmgmt.siting.scenario import Decision


def decide_all(
    session: Session, plan_id: int, rulings: Sequence[tuple[int, Ruling]], *, on: datetime.date, at: datetime.datetime, by: str
) -> list[Decision]:
    """Note the rulings (each with its row of the table) and enter what is accepted into the register.

    Raises DecisionsError naming the rows that contradict what is stored; nothing is written then.
    """
    plan = scenario_store.get_plan(session, plan_id)
    scenario = scenario_store.get_scenario(session, plan.scenario_id)
    sites = {site.rank: site for site in scenario_store.list_sites(session, plan_id)}
    made: list[Decision] = []
    entries: list[Facility] = []
    faults: list[InvalidInputError] = []
    for row, ruling in rulings:
        try:
            site = open_site(plan_id, sites.get(ruling.rank), ruling)
            facility = find_entry(session, scenario, site, ruling, on=on)
        except InvalidInputError as error:
            faults.append(InvalidInputError(error.field, error.reason, row=row, zh=error.zh_reason))
        except GridError as error:
            faults.append(InvalidInputError(HEADERS["rank"][0], str(error), row=row, zh=error.zh))
        else:
            made.append(decision_of(site, ruling, facility, on=on, at=at, by=by))
            entries += [] if facility is None else [facility]
    if faults:
        raise DecisionsError(faults)
    write(session, made, entries)
    return made
