"""What would change for open cases, written as it is found: a table (CSV) and a map layer (GeoJSON), however many there are."""

from __future__ import annotations

import contextlib
import csv
import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gridmgmt import crs
from gridmgmt.cases.reassign_store import COMPARED, Reassigned
from gridmgmt.cli.language import label, say, tr
from gridmgmt.csv_cells import safe_cells
from gridmgmt.responsibility.model import Basis

TITLES: Mapping[str, tuple[str, str]] = {
    "basis": ("依据", "basis"), "district_code": ("区", "district"), "street_office_code": ("街道", "street office"),
    "community_code": ("社区", "community"), "unit_grid_code": ("单元网格", "unit grid"), "segment_code": ("路段", "segment"),
    "zone_code": ("责任区", "zone"), "person_id": ("路长", "road chief"), "unit": ("建议单位", "unit by rules"),
}  # fmt: skip
Told = tuple[Reassigned, tuple[str, str]]
Writer = Callable[[Sequence[Told]], None]


def title(name: str) -> str:
    """Return what a column is called."""
    return tr(*TITLES[name])


def shown(change: Reassigned, name: str) -> tuple[str | None, str | None]:
    """Return what a column held and would hold, as people read it."""
    if name == "person_id":
        return change.chief_before, change.chief_after
    old, new = change.before[name], change.after[name]
    return (label(Basis(old)), label(Basis(new))) if name == "basis" else (old, new)


@contextlib.contextmanager
def open_table(path: Path | None) -> Iterator[Writer | None]:
    """Open a CSV for changes with the units the rules name before and after; None without a path."""
    if path is None:
        yield None
        return
    sides, names = (tr("原", "old"), tr("新", "new")), (*COMPARED, "unit")
    head = [tr("案卷号", "case"), tr("状态", "state"), tr("承办单位", "unit"), tr("人工指定", "set by hand")]
    with path.open("w", encoding="utf-8-sig", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow([*head, *(f"{side} {title(name)}" for name in names for side in sides)])

        def write(told: Sequence[Told]) -> None:
            for change, units in told:
                cells = itertools.chain.from_iterable((*(shown(change, name) for name in COMPARED), units))
                first = (change.case_no, label(change.state), change.unit_code or "", tr("是", "yes") if change.kept else "")
                writer.writerow(safe_cells([*first, *(cell or "" for cell in cells)]))

        yield write
    say(f"已写入 {path}", f"written to {path}")


@contextlib.contextmanager
def open_layer(path: Path | None, storage: str) -> Iterator[Writer | None]:
    """Open a GeoJSON (EPSG:4326) for changes that lie in the storage CRS; None without a path."""
    if path is None:
        yield None
        return
    with path.open("w", encoding="utf-8") as opened:
        opened.write('{"type": "FeatureCollection", "features": [')
        between = ""

        def write(told: Sequence[Told]) -> None:
            nonlocal between
            lons, lats = crs.crs_to_crs([change.x for change, _ in told], [change.y for change, _ in told], storage, crs.WGS84)
            for (change, units), lon, lat in zip(told, lons.tolist(), lats.tolist(), strict=True):
                opened.write(between + json.dumps(_feature(change, units, (round(lon, 7), round(lat, 7))), ensure_ascii=False))
                between = ",\n"

        yield write
        opened.write("]}\n")
    say(f"已写入 {path}", f"written to {path}")


def _feature(change: Reassigned, units: tuple[str, str], place: tuple[float, float]) -> dict[str, Any]:
    changed = "、".join(title(name) for name in change.changed)
    properties: dict[str, Any] = {
        "case_no": change.case_no, "state": label(change.state), "set_by_hand": change.kept, "changed": changed,
    }  # fmt: skip
    for name in (*COMPARED, "unit"):
        old, new = units if name == "unit" else shown(change, name)
        column = "chief" if name == "person_id" else name
        properties |= {f"old_{column}": old, f"new_{column}": new}
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": list(place)}, "properties": properties}
