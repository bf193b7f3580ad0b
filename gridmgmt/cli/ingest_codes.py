"""``gridmgmt ingest codes``: yearly lists of codes and names."""

from __future__ import annotations

import datetime
from typing import Any

import click

from gridmgmt.city import store as city_store
from gridmgmt.cli.ingest_areas import finish, show_plan
from gridmgmt.cli.ingest_options import Said, as_day, edition_options, table_options
from gridmgmt.cli.ingest_source import mapped_table
from gridmgmt.cli.session import transaction
from gridmgmt.cli.show_plan import say_dry_run
from gridmgmt.hierarchy.apply_edition import Scope
from gridmgmt.ingest.code_list import plan_code_list
from gridmgmt.ingest.commit_areas import Provenance
from gridmgmt.ingest.store import lock_imports

WANTED = ("code", "name", "parent_code", "level", "old_code")
LAYER = "codes"


@click.command("codes")
@table_options
@edition_options
@click.pass_context
def codes(ctx: click.Context, /, edition_from: datetime.datetime | None, edition_name: str | None, **said: Any) -> None:  # noqa: ANN401 - click hands the shared options over by name
    """Import a list of codes (columns code, name, parent, level and perhaps old_code) from FILE; shapes stay as they are."""
    scope = Scope(said.pop("under"), said.pop("partial"))
    day = as_day(edition_from)
    request = Said(**said)
    with transaction() as session:
        profile = city_store.get_profile(session)
        if request.commit:
            lock_imports(session)
        source = mapped_table(session, request, name=LAYER, wanted=WANTED, required=("code", "name", "level"))
        plan = plan_code_list(session, source.layer, profile, scope=scope, edition_from=day, corrections=request.read_corrections())
        refused = show_plan(plan, request, profile)
        provenance = Provenance(LAYER, request.file, "-", {**request.for_the_record(), "mapping": source.mapping})
        if request.commit:
            finish(session, plan, request, provenance, profile, edition_name=edition_name, day=day)
        else:
            say_dry_run()
    ctx.exit(1 if refused else 0)
