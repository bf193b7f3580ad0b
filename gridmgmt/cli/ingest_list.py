"""A list without shapes on its way to a plan: read, its columns mapped, refused rows told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from sqlalchemy.orm import Session

from gridmgmt.cli.show_plan import show_notes
from gridmgmt.errors import InvalidInputError, SourceError
from gridmgmt.ingest.layer import SourceLayer
from gridmgmt.ingest.mapping import apply_mapping, choose_mapping, parse_map_flags
from gridmgmt.ingest.mapping_store import find_mapping, save_mapping
from gridmgmt.ingest.read_layer import read_layer

MOST_LINES = 20


def read_list(
    session: Session, path: Path, *, layer: str, wanted: Sequence[str], required: Sequence[str], maps: Sequence[str], sheet: str | None,
    encoding: str | None,
) -> SourceLayer:  # fmt: skip
    """Read a CSV or XLSX and bring its columns to our fields; the mapping is remembered with the transaction."""
    raw = read_layer(path, layer=sheet, encoding=encoding)
    remembered = find_mapping(session, source=path.name, layer=layer)
    headers = [str(header) for header in raw.attributes.columns]
    mapping = choose_mapping(headers, wanted=wanted, required=required, given=parse_map_flags(maps), remembered=remembered)
    save_mapping(session, source=path.name, layer=layer, mapping=mapping)
    show_notes(raw.notes)
    return apply_mapping(raw, mapping)


def refuse_rows(table: SourceLayer, refused: Sequence[InvalidInputError]) -> None:
    """Print every row that cannot be meant; raise SourceError when there is one, for a list is taken whole or not at all."""
    lines = [f"第 {fault.feature} 行 {fault.kind.zh}：{fault.reason}" for fault in table.faults if fault.blocking]
    lines += [f"{error.zh} ({error.reason})" for error in refused]
    for line in lines[:MOST_LINES]:
        click.echo(line, err=True)
    if len(lines) > MOST_LINES:
        click.echo(f"… 另有 {len(lines) - MOST_LINES} 行 (and more)", err=True)
    if lines:
        raise SourceError("nothing was written: mend the rows above and run again", zh="未写入任何数据：请更正上述行后重试")
