"""``gridmgmt ingest people | zones | appointments``: the roster of the road-chief system from office tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import click
from sqlalchemy.orm import Session

from gridmgmt.city import store as city_store
from gridmgmt.cli.language import say, sentence, tr
from gridmgmt.cli.session import transaction
from gridmgmt.cli.show_plan import say_dry_run, show_notes
from gridmgmt.errors import GridError, InvalidInputError, SourceError
from gridmgmt.ingest import roster
from gridmgmt.ingest.aliases import column_name
from gridmgmt.ingest.layer import SourceLayer
from gridmgmt.ingest.mapping import apply_mapping, choose_mapping, parse_map_flags, read_mapping_file
from gridmgmt.ingest.mapping_store import find_mapping, save_mapping
from gridmgmt.ingest.read_layer import read_layer
from gridmgmt.ingest.read_table import NO_POINTS_NOTE

Act = Callable[[Session, SourceLayer], roster.RosterResult]
MOST_LINES = 20


def _command(name: str, help_text: str, wanted: Sequence[str], required: Sequence[str], act: Act) -> click.Command:
    """Return one import command; the three differ in their columns and in what a row does."""

    @click.command(name, help=help_text)
    @click.argument("path", type=click.Path(path_type=Path))
    @click.option("--map", "maps", multiple=True, metavar="FIELD=HEADER", help=f"Column of a field; fields: {', '.join(wanted)}.")
    @click.option("--mapping", type=click.Path(path_type=Path), help="TOML file of FIELD = HEADER lines.")
    @click.option("--encoding", help="Encoding of a CSV; guessed and said otherwise.")
    @click.option("--sheet", help="Sheet of a workbook with several.")
    @click.option("--commit", is_flag=True, help="Write; without it nothing is changed.")
    def command(path: Path, maps: tuple[str, ...], mapping: Path | None, encoding: str | None, sheet: str | None, commit: bool) -> None:
        given = (read_mapping_file(mapping) if mapping else {}) | parse_map_flags(maps)
        table = read_layer(path, layer=sheet, encoding=encoding)
        with transaction() as session:
            remembered = find_mapping(session, source=path.stem, layer=name)
            chosen = choose_mapping(list(table.attributes.columns), wanted=wanted, required=required, given=given, remembered=remembered)
            table = apply_mapping(table, chosen)
            result = act(session, table)
            _say(table, result, chosen)
            if result.refused or table.faults:
                raise SourceError("nothing was written: mend the rows above and run again", zh="未写入任何数据：请更正上述行后重试")
            save_mapping(session, source=path.stem, layer=name, mapping=chosen)
            if not commit:
                session.rollback()
                say_dry_run()

    return command


def _say(table: SourceLayer, result: roster.RosterResult, mapping: Mapping[str, str]) -> None:
    show_notes(note for note in table.notes if note is not NO_POINTS_NOTE)
    added, changed, same = result.added, result.changed, result.unchanged
    say(f"新增 {added} · 变更 {changed} · 不变 {same}", f"added {added} · changed {changed} · unchanged {same}")
    problems = [
        tr(f"第 {fault.feature} 行 {fault.kind.zh}：{fault.reason.zh}", f"row {fault.feature}, {fault.kind.en.lower()}: {fault.reason}")
        for fault in table.faults
    ]
    problems += [_refusal(error, mapping) for _, error in result.refused]
    for line in problems[:MOST_LINES]:
        click.echo(line, err=True)
    if len(problems) > MOST_LINES:
        more = len(problems) - MOST_LINES
        say(f"… 另有 {more} 行", f"… and {more} more", err=True)


def _refusal(error: GridError, mapping: Mapping[str, str]) -> str:
    if not isinstance(error, InvalidInputError):
        return sentence(error)
    place = f"第 {error.row} 行" if error.field == "row" else f"第 {error.row} 行 {column_name(error.field, mapping)}"
    return tr(f"{place}：{error.zh_reason}", str(error))


def _apply_zones(session: Session, table: SourceLayer) -> roster.RosterResult:
    return roster.apply_zones(session, table, profile=city_store.get_profile(session))


people = _command("people", "People with their staff numbers.", roster.PEOPLE, ("person_code", "person_name"), roster.apply_people)
zones = _command(
    "zones", "Responsibility zones and the areas they are made of.", roster.ZONES, ("zone_code", "area_code", "held_from"), _apply_zones
)
appointments = _command(
    "appointments", "Who holds which post where and when.", roster.APPOINTMENTS, ("person_code", "post", "held_from"),
    roster.apply_appointments,
)  # fmt: skip
