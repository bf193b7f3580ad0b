"""``gridmgmt ingest roads``: road segments from a layer of lines or an OpenStreetMap extract."""

from __future__ import annotations

import datetime
from typing import Any

import click

from gridmgmt.city import store as city_store
from gridmgmt.cli.ingest_areas import redraw
from gridmgmt.cli.ingest_options import DAY, Said, as_day, place_options, table_options
from gridmgmt.cli.ingest_source import placed_layer
from gridmgmt.cli.language import say
from gridmgmt.cli.session import city_today, transaction
from gridmgmt.cli.show_plan import (
    say_dry_run,
    say_unchanged,
    show_corrections,
    show_faults,
    show_notes,
    show_report,
    show_segment_difference,
)
from gridmgmt.errors import InvalidInputError
from gridmgmt.ingest.commit_areas import Provenance
from gridmgmt.ingest.commit_roads import commit_roads
from gridmgmt.ingest.ingest_roads import plan_roads
from gridmgmt.ingest.mapping_store import save_mapping
from gridmgmt.ingest.store import lock_imports

LAYER = "road_segment"


@click.command("roads")
@click.option("--from", "valid_from", type=DAY, help="First day of the new and changed segments; required with --commit.")
@click.option("--partial", is_flag=True, help="The source holds only some roads; codes it does not list stay.")
@click.option("--source-name", help="Where the lines come from, kept with each segment; the file's name otherwise.")
@table_options
@place_options
@click.pass_context
def roads(ctx: click.Context, /, valid_from: datetime.datetime | None, partial: bool, source_name: str | None, **said: Any) -> None:  # noqa: ANN401 - click hands the shared options over by name
    """Import road segments from FILE: classes mapped, multi-part lines merged or split, the difference to what is stored."""
    request = Said(**said)
    day = as_day(valid_from)
    with transaction() as session:
        profile = city_store.get_profile(session)
        if request.commit:
            lock_imports(session)
        source = placed_layer(session, request, profile, name=LAYER, wanted=("code", "name", "road_class"), required=("code", "road_class"))
        plan = plan_roads(
            session, source.layer, source=source_name or request.file.name, partial=partial,
            on=day or city_today(profile), corrections=request.read_corrections(),
        )  # fmt: skip
        show_notes(plan.remarks)
        show_corrections(plan.corrections)
        refused = show_faults(plan.faults, request.accepted)
        show_report(plan.faults, request.file, request.report, srid=profile.storage_srid)
        say(f"路段：可用 {plan.features} 条，略去 {plan.rejected} 条", f"segments: {plan.features} usable, {plan.rejected} left out")
        show_segment_difference(plan.difference)
        provenance = Provenance(LAYER, request.file, source.crs, {**request.for_the_record(), "mapping": source.mapping})
        if not request.commit:
            say_dry_run()
        elif day is None and plan.difference:
            raise InvalidInputError("from", "is missing: from which day are these roads valid?", zh="缺少：这些道路自哪一天起有效？")
        elif commit_roads(session, plan, provenance, valid_from=day or datetime.date.min, accepted=request.accepted):
            save_mapping(session, source=request.file.name, layer=LAYER, mapping=source.mapping)
            redraw(session, profile)
            say(f"已写入，自 {day} 起", f"written, from {day}")
        else:
            say_unchanged()
    ctx.exit(1 if refused or source.suspicious else 0)
