"""A layer that somebody brings along: read, put in its place, and taken as a whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import shapely

from gridmgmt.city.model import CityProfile
from gridmgmt.errors import GridError, InvalidInputError, SourceError
from gridmgmt.ingest.layer import SourceLayer
from gridmgmt.ingest.place import place
from gridmgmt.ingest.read_layer import read_layer

FEW = 3


class LayerFaultsError(GridError):
    """Some features of a layer cannot be taken; ``faults`` names each, nothing was changed."""

    code = "invalid_input"

    def __init__(self, faults: Sequence[InvalidInputError]) -> None:
        """Keep the faults; the sentences tell the first few."""
        few = faults[:FEW]
        super().__init__(
            f"{len(faults)} faults, nothing was changed: {'; '.join(map(str, few))}",
            zh=f"共 {len(faults)} 处错误，未作任何更改：{'；'.join(fault.zh for fault in few)}",
        )
        self.faults = tuple(faults)


def read_own_layer(path: Path, *, crs: str | None, profile: CityProfile, declared_first: bool = False) -> SourceLayer:
    """Read a layer into the storage CRS; ``crs`` None, or ``declared_first``, takes what the file declares.

    Raises LayerFaultsError with every feature that has no usable shape in the city, InvalidInputError where nobody names a CRS, SourceError
    for a file that cannot be read or holds nothing.
    """
    raw = read_layer(path)
    if not len(raw.shapes):
        raise SourceError(f"{path.name} holds nothing", zh=f"{path.name} 没有任何要素")
    if not raw.faults and shapely.is_missing(raw.shapes).all():
        reason = "no coordinates were found (columns such as lon and lat, x and y)"
        raise SourceError(f"{path.name}: {reason}", zh=f"{path.name}：没有找到坐标（如“经度”“纬度”、x、y 列）")
    if crs is None and raw.crs is None:
        reason = f"{path.name} does not say its coordinate system; name it (wgs84, gcj02, bd09 or EPSG:number)"
        raise InvalidInputError("crs", reason, zh="文件未声明坐标系，请选择（wgs84、gcj02、bd09 或 EPSG:编号）")
    layer = place(raw, crs=None if declared_first and raw.crs else crs, profile=profile)
    faults = [
        InvalidInputError(fault.kind.zh, str(fault.reason), row=fault.feature, zh=fault.reason.zh)
        for fault in layer.faults
        if fault.blocking
    ]
    told = {fault.row for fault in faults}
    bare = layer.numbers[np.asarray(shapely.is_missing(layer.shapes) | shapely.is_empty(layer.shapes))].tolist()
    faults += [InvalidInputError("几何为空", "has no shape", row=row, zh="没有坐标或几何") for row in bare if row not in told]
    if faults:
        raise LayerFaultsError(sorted(faults, key=lambda fault: fault.row or 0))
    return layer
