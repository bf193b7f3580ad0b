"""``gridmgmt patrol import-shops``: the frontage register from an office's table; a dry run unless ``--commit``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from gridmgmt.city import store as city_store
from gridmgmt.city.model import CityProfile
from gridmgmt.cli.language import say, sentence
from gridmgmt.cli.session import city_today, transaction
from gridmgmt.cli.show_plan import say_dry_run, say_unchanged, show_notes
from gridmgmt.crs import to_storage
from gridmgmt.errors import InvalidInputError, SourceError
from gridmgmt.ingest.mapping import parse_map_flags
from gridmgmt.ingest.mapping_store import find_mapping, save_mapping
from gridmgmt.ingest.points import PointTable, read_points
from gridmgmt.ingest.read_table import NO_POINTS_NOTE
from gridmgmt.ingest.shop_rows import REQUIRED, WANTED, ShopRow, to_shop_rows
from gridmgmt.ingest.store import lock_imports
from gridmgmt.patrol.import_frontages import plan_frontages, write_frontages
from gridmgmt.patrol.model import NewFrontage

LAYER = "frontages"
MOST_LINES = 20


@click.command("import-shops")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--crs", help="wgs84, gcj02, bd09 or EPSG:number of the coordinates; needed where the table has any.")
@click.option("--map", "maps", multiple=True, metavar="FIELD=HEADER", help=f"Column of a field; fields: {', '.join(WANTED)}.")
@click.option("--x-field", help="Column of longitude or easting.")
@click.option("--y-field", help="Column of latitude or northing.")
@click.option("--sheet", help="Sheet of a workbook with several.")
@click.option("--encoding", help="Encoding of a CSV; guessed and said otherwise.")
@click.option("--commit", is_flag=True, help="Write; without it nothing is changed.")
def import_shops_command(
    file: Path, crs: str | None, maps: tuple[str, ...], x_field: str | None, y_field: str | None, sheet: str | None, encoding: str | None,
    commit: bool,
) -> None:  # fmt: skip
    """Import shops and what they signed from FILE, whole or not at all; shops it does not list stay."""
    with transaction() as session:
        profile = city_store.get_profile(session)
        if commit:
            lock_imports(session)
        remembered = find_mapping(session, source=file.name, layer=LAYER)
        table = read_points(
            file, crs=crs, x_field=x_field, y_field=y_field, mapping=parse_map_flags(maps), remembered=remembered, wanted=WANTED,
            required=REQUIRED, layer=sheet, encoding=encoding,
        )  # fmt: skip
        show_notes(note for note in table.notes if note is not NO_POINTS_NOTE)
        rows, refused = to_shop_rows(table)
        shops, misplaced = _placed(rows, table, profile)
        today = city_today(profile)
        plan = plan_frontages(session, shops, on=today)
        counts = len(plan.added), len(plan.changed), plan.unchanged
        say("商铺：新增 {}，变更 {}，不变 {}".format(*counts), "shops: added {}, changed {}, unchanged {}".format(*counts))
        _refuse([*refused, *misplaced, *plan.refused])
        if not commit:
            say_dry_run()
        elif plan.added or plan.changed:
            write_frontages(session, plan)
            save_mapping(session, source=file.name, layer=LAYER, mapping=table.mapping)
            say("已写入", "written")
        else:
            say_unchanged()


def _placed(
    rows: Sequence[ShopRow], table: PointTable, profile: CityProfile
) -> tuple[list[tuple[int, NewFrontage]], list[InvalidInputError]]:
    """Return the shops with their points in the storage CRS, and the rows that lie elsewhere or name no system."""
    shops, refused = list[tuple[int, NewFrontage]](), list[InvalidInputError]()
    for row in rows:
        try:
            point = to_storage(*row.place, _crs(table), profile) if row.place else None
        except InvalidInputError as error:
            refused.append(InvalidInputError(error.field, error.reason, row=row.number, zh=error.zh_reason))
            continue
        shop = NewFrontage(row.code, row.name, row.address, row.segment_code, point, row.shop_head_code, row.signed_on, row.closed_on)
        shops.append((row.number, shop))
    return shops, refused


def _crs(table: PointTable) -> str:
    if table.crs is None:
        reason = "the table does not say its coordinate system; name it with --crs (wgs84, gcj02, bd09 or EPSG:number)"
        raise InvalidInputError("crs", reason, zh="表格未声明坐标系，请用 --crs 指明（wgs84、gcj02、bd09 或 EPSG:编号）")
    return table.crs


def _refuse(refused: Sequence[InvalidInputError]) -> None:
    """Print every row that cannot be meant, in the order of the file; raise SourceError when there is one."""
    ordered = sorted(refused, key=lambda error: error.row or 0)
    for error in ordered[:MOST_LINES]:
        click.echo(sentence(error), err=True)
    if len(ordered) > MOST_LINES:
        say(f"… 另有 {len(ordered) - MOST_LINES} 行", f"… and {len(ordered) - MOST_LINES} more", err=True)
    if ordered:
        raise SourceError("nothing was written: mend the rows above and run again", zh="未写入任何数据：请更正上述行后重试")
