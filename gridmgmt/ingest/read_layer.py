"""A source file of any known kind into a layer."""

from __future__ import annotations

import dataclasses
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from gridmgmt.errors import NotFoundError, SourceError
from gridmgmt.ingest.layer import SourceLayer
from gridmgmt.ingest.read_geojson import read_geojson
from gridmgmt.ingest.read_osm import read_osm_theme
from gridmgmt.ingest.read_table import read_table
from gridmgmt.ingest.read_vector import choose_layer, read_geopackage, read_shapefile

GEOJSON, TABLES, OSM = (".geojson", ".json", ".geojsonl"), (".csv", ".tsv", ".txt", ".xlsx", ".xlsm"), (".osm", ".pbf")
SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
LARGEST_UNPACKED = 8 * 2**30


def read_layer(
    path: Path, *, layer: str | None = None, encoding: str | None = None, x_field: str | None = None, y_field: str | None = None
) -> SourceLayer:
    """Read a layer; the suffix says how: GeoJSON, GeoPackage, Shapefile (file, folder, zip), CSV, XLSX, OSM (PBF, XML).

    ``layer`` names one of several (a GeoPackage layer, a shapefile of a folder or zip, a sheet, an OSM theme); ``x_field`` and
    ``y_field`` the coordinate columns of a table. A bad feature becomes a fault; SourceError means the file itself cannot be used.
    """
    path = Path(path)
    if not path.exists():
        message = f"{path} does not exist"
        raise NotFoundError(message, zh=f"文件 {path} 不存在")
    suffixes = [suffix.lower() for suffix in path.suffixes]
    kind = suffixes[-2] if suffixes[-1:] == [".gz"] and len(suffixes) > 1 else suffixes[-1] if suffixes else ""
    readers: dict[str, Callable[[], SourceLayer]] = {
        "folder": lambda: _read_folder(path, layer, encoding),
        ".zip": lambda: _read_zip(path, layer, encoding),
        ".gpkg": lambda: read_geopackage(path, layer=layer),
        ".shp": lambda: read_shapefile(path, encoding=encoding),
        **dict.fromkeys(GEOJSON, lambda: read_geojson(path, encoding=encoding)),
        **dict.fromkeys(TABLES, lambda: read_table(path, sheet=layer, encoding=encoding, x_field=x_field, y_field=y_field)),
        **dict.fromkeys(OSM, lambda: read_osm_theme(path, layer or "roads")),
    }
    reader = readers.get("folder" if path.is_dir() else kind)
    if reader is not None:
        return reader()
    message = f"{path.name}: files ending in {kind or 'nothing'!r} are not read; known are GeoJSON, GeoPackage, Shapefile, CSV, XLSX, OSM"
    raise SourceError(message, zh=f"{path.name}：不支持该文件类型；可用 GeoJSON、GeoPackage、Shapefile、CSV、XLSX、OSM")


def _read_folder(path: Path, layer: str | None, encoding: str | None) -> SourceLayer:
    found = {file.stem: file for file in sorted(path.rglob("*")) if file.suffix.lower() == ".shp"}
    name = choose_layer(path, list(found), layer)
    return dataclasses.replace(read_shapefile(found[name], encoding=encoding), path=path)


def _read_zip(path: Path, layer: str | None, encoding: str | None) -> SourceLayer:
    """Unpack the parts of one shapefile under plain names (Chinese names in a zip are often GBK without saying so) and read it."""
    try:
        with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory(prefix="gridmgmt-") as folder:
            members = {_member_name(member): member for member in archive.infolist() if not member.is_dir()}
            stems = {str(PurePosixPath(name).with_suffix("")): name for name in members if name.lower().endswith(".shp")}
            labels = {PurePosixPath(stem).name: stem for stem in stems if not stem.startswith("__MACOSX")}
            stem = labels[choose_layer(path, list(labels), layer)]
            parts = [name for name in members if _is_part(name, stem)]
            if sum(members[name].file_size for name in parts) > LARGEST_UNPACKED:
                message = f"{path.name} unpacks to more than {LARGEST_UNPACKED >> 30} GiB"
                raise SourceError(message, zh=f"{path.name} 解压后超过 {LARGEST_UNPACKED >> 30} GiB")
            for name in parts:
                (Path(folder) / f"layer{PurePosixPath(name).suffix.lower()}").write_bytes(archive.read(members[name]))
            return dataclasses.replace(read_shapefile(Path(folder) / "layer.shp", encoding=encoding), path=path)
    except (zipfile.BadZipFile, RuntimeError) as error:
        message = f"{path.name} cannot be unpacked: {error}"
        raise SourceError(message, zh=f"{path.name} 无法解压：{error}") from None


def _is_part(name: str, stem: str) -> bool:
    part = PurePosixPath(name)
    return str(part.with_suffix("")) == stem and part.suffix.lower() in SHAPEFILE_PARTS


def _member_name(member: zipfile.ZipInfo) -> str:
    """Return the name as its writer meant it: without the UTF-8 flag, bytes above ASCII are UTF-8 or GBK, not code page 437."""
    if member.flag_bits & 0x800:
        return member.filename
    raw = member.filename.encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return member.filename
