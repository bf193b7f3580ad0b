"""A layer as read, put in its place: converted to the storage CRS, shifted, snapped; what lies outside the city becomes a fault."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt
import shapely

from gridmgmt.city.model import CityProfile
from gridmgmt.crs import crs_to_crs, doubtful_datum, inside_envelope, parse_crs, snap, to_storage
from gridmgmt.errors import InvalidInputError, OutsideCityError
from gridmgmt.ingest.layer import Fault, FaultKind, SourceLayer
from gridmgmt.labels import Words

NOWHERE_M = 1e9
Shapes = npt.NDArray[np.object_]


def place(
    layer: SourceLayer, *, crs: str | None, shift: tuple[float, float] = (0.0, 0.0), profile: CityProfile, swap: bool = False
) -> SourceLayer:
    """Return the layer in the storage CRS on the 1/1024 m grid.

    ``crs`` None takes what the file declares; ``shift`` is metres east and north in the storage CRS, added after conversion; ``swap``
    reads y before x. A feature with a vertex outside the envelope loses its shape and becomes an OUTSIDE_CITY fault that keeps it.
    Raises InvalidInputError where neither file nor user names a CRS, or the CRS has no place on the globe.
    """
    source = source_crs(layer, crs)
    notes = [*layer.notes, *_crs_notes(layer, crs, source)]
    if any(shift):
        notes.append(
            Words(f"shifted by {shift[0]:+g} m east, {shift[1]:+g} m north", zh=f"已平移：东 {shift[0]:+g} 米，北 {shift[1]:+g} 米")
        )
    storage = f"epsg:{profile.storage_srid}"
    shapes = to_storage_shapes(layer.shapes, source, storage, shift=shift, swap=swap)
    outside = _outside(shapes, storage, profile)
    faults = [_outside_fault(layer, shapes, index, source, profile, swap=swap) for index in np.flatnonzero(outside).tolist()]
    kept = shapes.copy()
    kept[outside] = None
    in_storage = (_placed(fault, source, storage, shift, swap=swap) for fault in layer.faults)
    return dataclasses.replace(layer, crs=storage, shapes=kept, faults=(*in_storage, *faults), notes=tuple(notes))


def source_crs(layer: SourceLayer, crs: str | None) -> str:
    """Return the CRS the coordinates are to be read in: the user's word, else the file's; raise InvalidInputError where nobody says."""
    named = crs or layer.crs
    if named is None:
        reason = f"{layer.path.name} does not say its coordinate system; name it with --crs (wgs84, gcj02, bd09 or EPSG:number)"
        raise InvalidInputError("crs", reason, zh=f"{layer.path.name} 未声明坐标系，请用 --crs 指明（wgs84、gcj02、bd09 或 EPSG:编号）")
    return parse_crs(named)


def to_storage_shapes(shapes: Shapes, source: str, storage: str, *, shift: tuple[float, float] = (0.0, 0.0), swap: bool = False) -> Shapes:
    """Convert every vertex and snap it; None stays None, coordinates that cannot be converted land at NOWHERE_M, outside any city."""

    def convert(given: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        x, y = (given[:, 1], given[:, 0]) if swap else (given[:, 0], given[:, 1])
        placed = snap(np.column_stack(crs_to_crs(x, y, source, storage)) + shift)
        return np.where(np.isfinite(placed), placed, NOWHERE_M)  # nan would break rings: it equals nothing, not even itself

    return np.asarray(shapely.transform(np.asarray(shapes, dtype=np.object_), convert), dtype=np.object_)


def _crs_notes(layer: SourceLayer, crs: str | None, source: str) -> list[Words]:
    notes = []
    if crs and layer.crs and parse_crs(layer.crs) != source:
        notes.append(
            Words(
                f"the file declares {_short(layer.crs)}, read as {_short(source)} as you said",
                zh=f"文件声明 {_short(layer.crs)}，按指定的 {_short(source)} 读取",
            )
        )
    datum = doubtful_datum(source)
    if datum:
        notes.append(
            Words(
                f"no accurate conversion from datum {datum} is published: expect an offset of up to 100 m or more, and give it with --shift",
                zh=f"基准 {datum} 无公开的精确转换参数，可能整体偏移上百米，请用 --shift 给出平移量",
            )
        )
    return notes


def _short(crs: str) -> str:
    return crs if len(crs) < 40 else crs[:40] + " …"  # noqa: PLR2004 - a WKT is long


def _outside(shapes: Shapes, storage: str, profile: CityProfile) -> npt.NDArray[np.bool_]:
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    inside = inside_envelope(coordinates[:, 0], coordinates[:, 1], storage, profile)
    outside = np.zeros(len(shapes), dtype=bool)
    outside[owner[~inside]] = True
    return outside


def _outside_fault(layer: SourceLayer, shapes: Shapes, index: int, source: str, profile: CityProfile, *, swap: bool) -> Fault:
    given = shapely.get_coordinates(layer.shapes[index])
    placed = shapely.get_coordinates(shapes[index])
    beyond = ~inside_envelope(placed[:, 0], placed[:, 1], f"epsg:{profile.storage_srid}", profile)
    x, y = given[int(np.argmax(beyond))][:: -1 if swap else 1]
    try:
        to_storage(x, y, source, profile)
        reason = Words(
            f"({x:g}, {y:g}) leaves the envelope of {profile.name} by the shift", zh=f"({x:g}, {y:g}) 平移后超出{profile.name}范围"
        )
    except OutsideCityError as error:
        reason = Words(error.reason, zh=error.zh_reason)
    except InvalidInputError as error:
        reason = Words(str(error), zh=error.zh)
    if len(given) > 1:
        count = int(beyond.sum())
        reason = Words(f"{count} of {len(given)} vertices: {reason}", zh=f"{len(given)} 个顶点中有 {count} 个：{reason.zh}")
    shape = shapes[index] if (placed < NOWHERE_M).all() else None
    return Fault(int(layer.numbers[index]), None, FaultKind.OUTSIDE_CITY, reason, shape=shape)


def _placed(fault: Fault, source: str, storage: str, shift: tuple[float, float], *, swap: bool) -> Fault:
    """Bring the piece of a fault found while reading to the CRS the layer has now."""
    if fault.shape is None:
        return fault
    shape = to_storage_shapes(np.array([fault.shape], dtype=object), source, storage, shift=shift, swap=swap)[0]
    return dataclasses.replace(fault, shape=shape)
