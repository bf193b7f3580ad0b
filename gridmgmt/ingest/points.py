"""Points with attributes (facilities, incidents) as they were given: raw coordinates are kept beside whatever becomes of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gridmgmt.crs import parse_crs
from gridmgmt.ingest.layer import Fault, FaultKind, SourceLayer
from gridmgmt.ingest.mapping import apply_mapping, choose_mapping
from gridmgmt.ingest.read_layer import read_layer
from gridmgmt.labels import Words

POINT = 0
NO_POINT_INSIDE = Words("a shape that is no point and not valid has no point inside it", zh="非点要素且图形无效，取不到内部点")


@dataclasses.dataclass(frozen=True)
class PointTable:
    """Rows of a point file: six things of equal length or about them.

    ``crs`` is what the user said, else what the file declares, else None; ``raw_x``, ``raw_y`` are as given (longitude or easting
    first), nan where unusable (a fault says why); ``numbers`` count rows below the header or features from 1; ``attributes`` hold the
    targets of ``mapping``.
    """

    path: Path
    crs: str | None
    numbers: npt.NDArray[np.int64]
    raw_x: npt.NDArray[np.float64]
    raw_y: npt.NDArray[np.float64]
    attributes: pd.DataFrame
    mapping: Mapping[str, str]
    faults: tuple[Fault, ...] = ()
    notes: tuple[Words, ...] = ()


def read_points(
    path: Path,
    *,
    crs: str | None = None,
    x_field: str | None = None,
    y_field: str | None = None,
    mapping: Mapping[str, str] | None = None,
    remembered: Mapping[str, str] | None = None,
    wanted: Sequence[str] = (),
    required: Sequence[str] = (),
    layer: str | None = None,
    encoding: str | None = None,
) -> PointTable:
    """Read points from any file ``read_layer`` reads; polygons and lines become a point inside them, which is noted.

    ``mapping`` (target → header) wins over ``remembered``, that over known names; see ``choose_mapping`` for its errors. A row without
    usable coordinates stays, with nan and a fault: an incident is never lost.
    """
    source = read_layer(path, layer=layer, encoding=encoding, x_field=x_field, y_field=y_field)
    headers = [str(name) for name in source.attributes.columns]
    chosen = choose_mapping(headers, wanted=wanted, required=required, given=mapping, remembered=remembered)
    return point_table(apply_mapping(source, chosen), crs, chosen)


def point_table(mapped: SourceLayer, crs: str | None, mapping: Mapping[str, str]) -> PointTable:
    """Return a layer whose attributes are the targets of a mapping as points; ``crs`` wins over what the layer declares."""
    raw, notes, faults = _coordinates(mapped)
    declared = parse_crs(crs) if crs else mapped.crs
    if crs and mapped.crs and parse_crs(mapped.crs) != declared:
        words = Words(
            f"the file declares {mapped.crs[:40]}, read as {crs} as you said", zh=f"文件声明 {mapped.crs[:40]}，按指定的 {crs} 读取"
        )
        notes = (*notes, words)
    return PointTable(
        mapped.path,
        declared,
        mapped.numbers,
        raw[:, 0],
        raw[:, 1],
        mapped.attributes,
        mapping,
        (*mapped.faults, *faults),
        (*mapped.notes, *notes),
    )


def _coordinates(layer: SourceLayer) -> tuple[npt.NDArray[np.float64], tuple[Words, ...], tuple[Fault, ...]]:
    raw = np.full((len(layer.shapes), 2), np.nan)
    kinds = shapely.get_type_id(layer.shapes)
    points = kinds == POINT
    raw[points] = shapely.get_coordinates(layer.shapes[points])
    others = (kinds > POINT) & shapely.is_valid(layer.shapes)
    raw[others] = shapely.get_coordinates(shapely.point_on_surface(layer.shapes[others]))
    invalid = (kinds > POINT) & ~others
    faults = tuple(Fault(int(layer.numbers[index]), None, FaultKind.INVALID, NO_POINT_INSIDE) for index in np.flatnonzero(invalid))
    count = int(others.sum())
    inside = Words(f"{count} shape(s) that are no points were taken by a point inside them", zh=f"{count} 个非点要素取其内部点")
    notes = (inside,) if count else ()
    return raw, notes, faults
