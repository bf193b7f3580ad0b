"""The real districts, street offices and communities the demo city is drawn from (geodata/wuhan)."""

from __future__ import annotations

import csv
import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import shapely
from shapely.geometry import shape as geometry_of
from shapely.geometry.base import BaseGeometry

from gridmgmt import crs
from gridmgmt.errors import InvalidInputError, SourceError

GEODATA = Path(__file__).resolve().parents[2] / "geodata"


@dataclasses.dataclass(frozen=True)
class Division:
    """A real code and name; ``parts`` are the divisions below it."""

    code: str
    name: str
    parts: tuple[Division, ...] = ()


@dataclasses.dataclass(frozen=True)
class District:
    """A real district with its real polygon, in the storage CRS and snapped."""

    division: Division
    shape: BaseGeometry

    @property
    def communities(self) -> int:
        """Return how many communities it has."""
        return sum(len(office.parts) for office in self.division.parts)


def read_districts(storage_srid: int, only: Sequence[str] | None = None, folder: Path = GEODATA) -> list[District]:
    """Read the districts by code; ``only`` keeps some of them and raises InvalidInputError for a code that is not there."""
    divisions = {division.code: division for division in read_divisions(folder / "wuhan" / "divisions.csv")}
    unknown = sorted(set(only or ()) - set(divisions))
    if unknown:
        message = f"{', '.join(unknown)} is no district of Wuhan; known are {', '.join(divisions)}"
        raise InvalidInputError("districts", message, zh=f"武汉市没有区 {'、'.join(unknown)}；可用：{'、'.join(divisions)}")
    path = folder / "wuhan" / "districts.geojson"
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
    except OSError as error:
        message = f"{path}: {error}"
        raise SourceError(message, zh=f"{path} 无法读取：{error}") from error
    shapes = {feature["properties"]["code"]: to_storage_shape(geometry_of(feature["geometry"]), storage_srid) for feature in features}
    return [District(divisions[code], shapes[code]) for code in sorted(only or divisions)]


def read_divisions(path: Path) -> list[Division]:
    """Read the nested list of codes and names, by code."""
    try:
        with path.open(encoding="utf-8", newline="") as source:
            rows = list(csv.DictReader(source))
    except OSError as error:
        message = f"{path}: {error}"
        raise SourceError(message, zh=f"{path} 无法读取：{error}") from error
    children: dict[str, list[Division]] = {}
    for level in ("community", "street_office", "district"):
        for row in rows:
            if row["level"] == level:
                parts = tuple(children.get(row["code"], ()))
                children.setdefault(row["parent_code"], []).append(Division(row["code"], row["name"], parts))
    return children["4201"]


def to_storage_shape(shape: BaseGeometry, storage_srid: int) -> BaseGeometry:
    """Project a shape from EPSG:4326 to the storage CRS and snap it."""

    def project(points: np.ndarray) -> np.ndarray:
        return np.stack(crs.to_storage_arrays(points[:, 0], points[:, 1], crs.WGS84, storage_srid), axis=1)

    return shapely.transform(shape, project)
