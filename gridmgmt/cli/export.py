"""``gridmgmt export``: every layer as a file for GIS users and offices."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from gridmgmt.city import store as city_store
from gridmgmt.cli.export_layers import layer_makers
from gridmgmt.cli.language import tr
from gridmgmt.cli.session import city_today, transaction
from gridmgmt.errors import NotFoundError
from gridmgmt.ingest.export import ExportFormat, write_layer


@click.command("export")
@click.argument("layer")
@click.option("--format", "kind", type=click.Choice([kind.value for kind in ExportFormat]), required=True, help="Kind of file.")
@click.option("--to", "folder", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder; made where it is not there.")
@click.option("--crs", help="wgs84, EPSG:number, for tables also gcj02 or bd09 (default: storage CRS for gpkg, wgs84 otherwise).")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="As of a day (default: today in the city); facilities are as they stand now.")
def export(layer: str, kind: str, folder: Path, crs: str | None, on: datetime.datetime | None) -> None:
    """Write LAYER, or all of them, to a folder: one file a layer.

    Layers: the levels of the city (district, street_office, community, unit_grid), road_segment, zone, toilet, transfer-station,
    collection-house, demolition-site, incident, appointment.
    """
    with transaction() as session:
        profile = city_store.get_profile(session)
        day = on.date() if on else city_today(profile)
        makers = layer_makers(profile, on=day)
        if layer != "all" and layer not in makers:
            message = f"there is no layer {layer!r}; there are: all, {', '.join(makers)}"
            raise NotFoundError(message, zh=f"没有图层 {layer!r}；可用：all、{'、'.join(makers)}")
        for name in makers if layer == "all" else [layer]:
            content = makers[name](session)
            path = write_layer(content, folder, ExportFormat(kind), storage=f"epsg:{profile.storage_srid}", crs=crs)
            click.echo(f"{tr(content.zh, name)}: {len(content)} → {path}")
