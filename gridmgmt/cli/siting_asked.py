"""``gridmgmt siting prepare-asked``: prepare for the worker what a planner asked for on a page."""

from __future__ import annotations

import dataclasses
import datetime

import click

from gridmgmt.city import store as city_store
from gridmgmt.cli.session import transaction
from gridmgmt.cli.siting_prepare import RULES, list_given, show_set
from gridmgmt.errors import GridError
from gridmgmt.siting import preparation_store
from gridmgmt.siting.prepare import DEFAULTS, prepare
from gridmgmt.siting.scenario import Preparation, PreparedSet


@click.command("prepare-asked", hidden=True)
@click.argument("number", type=int)
def prepare_asked_command(number: int) -> None:
    """Prepare what was asked for; a fault is kept with it for whoever asked."""
    now = datetime.datetime.now(datetime.UTC)
    with transaction() as session:
        asked = preparation_store.take(session, number, now=now)
    if asked is None:
        return
    try:
        show_set(_prepare(asked, now))
    except GridError as error:
        with transaction() as session:
            preparation_store.finish(session, number, error=error)
        raise


def _prepare(asked: Preparation, now: datetime.datetime) -> PreparedSet:
    with transaction() as session:
        profile = city_store.get_profile(session)
        recipe = dataclasses.replace(DEFAULTS[asked.kind], given=list_given(session, profile, asked.day))
        name = f"{asked.kind.zh} {asked.day}"
        found = prepare(session, asked.kind, recipe, folder=RULES, name=name, on=asked.day, at=now, by=asked.asked_by)
        preparation_store.finish(session, asked.id, set_id=found.id)
    return found
