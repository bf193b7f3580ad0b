"""GeoJSON, feature by feature: what cannot be read becomes a fault with its number, the rest goes on."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from gridmgmt.crs import WGS84, parse_crs
from gridmgmt.errors import InvalidInputError, SourceError
from gridmgmt.ingest.encoding import decode_text
from gridmgmt.ingest.geojson_shape import UnreadableShapeError, build_shape
from gridmgmt.ingest.layer import Fault, FaultKind, SourceLayer
from gridmgmt.labels import Words

NO_CRS_NOTE = Words("no crs member: WGS 84 by RFC 7946", zh="文件未注明坐标系，按 RFC 7946 视为 WGS 84")
BY_LINE_NOTE = Words("one feature a line", zh="每行一个要素")
FEATURE_START = re.compile(r'\{\s*(?:"id"\s*:\s*[^{}\[\]]*?,\s*)?"type"\s*:\s*"Feature"\s*[,}]')
CRS_NAME = re.compile(r'"crs"\s*:\s*\{.*?"name"\s*:\s*"([^"]+)"', re.DOTALL)


def read_geojson(path: Path, *, encoding: str | None = None) -> SourceLayer:
    """Read a FeatureCollection, a Feature, a bare geometry, or one feature a line; ``.gz`` is opened.

    Where the document is not whole JSON, every feature that is gets read and the broken ones become faults.
    Raises SourceError where there is nothing to read.
    """
    data = path.read_bytes()
    decoded = decode_text(gzip.decompress(data) if path.suffix == ".gz" else data, encoding, path)
    features, crs_name, notes = _features(decoded.text, path)
    crs, crs_notes = _crs(crs_name)
    shapes = np.empty(len(features), dtype=object)
    properties: list[Mapping[str, Any]] = []
    faults: list[Fault] = []
    for index, feature in enumerate(features):
        given = feature.get("properties") if isinstance(feature, dict) else None
        properties.append({key: _plain(value) for key, value in given.items()} if isinstance(given, dict) else {})
        shapes[index], fault = _shape(feature, index + 1)
        if fault:
            faults.append(fault)
    attributes = pd.DataFrame(properties, index=range(len(features)), dtype=object)
    attributes = attributes.astype(object).where(attributes.notna(), None)
    return SourceLayer(path, crs, np.arange(1, len(features) + 1), attributes, shapes, tuple(faults), (*decoded.notes, *notes, *crs_notes))


def _shape(feature: object, number: int) -> tuple[shapely.Geometry | None, Fault | None]:
    if not isinstance(feature, dict):
        what = Words(f"a {type(feature).__name__} instead of a feature", zh=f"应为要素，实为 {type(feature).__name__}")
        if isinstance(feature, str):
            what = Words(f"broken JSON near {feature[:60]!r}", zh=f"JSON 残缺，位于 {feature[:60]!r} 附近")
        return None, Fault(number, None, FaultKind.UNREADABLE, what)
    geometry = feature.get("geometry")
    if geometry is None:
        return None, Fault(number, None, FaultKind.EMPTY, Words("the geometry is null", zh="几何为空"))
    try:
        built = build_shape(geometry)
    except UnreadableShapeError as error:
        return None, Fault(number, None, FaultKind.UNREADABLE, error.words)
    if built.shape is None or shapely.is_empty(built.shape):
        return None, Fault(number, None, FaultKind.EMPTY, Words("the geometry has no coordinates", zh="几何没有坐标"))
    if built.closed_rings:
        reason = Words(
            f"{built.closed_rings} ring(s) ended away from their start and were closed",
            zh=f"{built.closed_rings} 个环首尾不重合，已自动闭合",
        )
        return built.shape, Fault(number, None, FaultKind.UNCLOSED_RING, reason, blocking=False, shape=built.shape)
    return built.shape, None


def _features(text: str, path: Path) -> tuple[list[Any], str | None, tuple[Words, ...]]:
    """Return the features (a str where one is broken), the name of the crs member and notes."""
    try:
        document = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        found = re.search(r'"crs"', text)
        name = CRS_NAME.search(text, found.start(), found.start() + 500) if found else None
        features = _salvage(text)
        if not any(isinstance(feature, dict) for feature in features):
            message = f"{path.name} is not JSON: {error}"
            raise SourceError(message, zh=f"{path.name} 不是 JSON 文件：{error}") from None
        by_line = "\n" in text.strip() and all(isinstance(feature, dict) for feature in features)
        broken = Words(f"the JSON is broken ({error}); the features that are whole were read", zh=f"JSON 残缺（{error}）；已读出完整的要素")
        return features, name.group(1) if name else None, (BY_LINE_NOTE if by_line else broken,)
    if not isinstance(document, dict):
        message = f"{path.name} is JSON but no GeoJSON: it holds a {type(document).__name__}"
        raise SourceError(message, zh=f"{path.name} 是 JSON，但不是 GeoJSON")
    return _document_features(document, path), _member_name(document), ()


def _document_features(document: dict[str, Any], path: Path) -> list[Any]:
    kind = document.get("type")
    if kind == "Feature":
        return [document]
    if isinstance(document.get("features"), list):
        return list(document["features"])
    if "coordinates" in document or "geometries" in document:
        return [{"type": "Feature", "properties": {}, "geometry": document}]
    message = f"{path.name} is JSON but no GeoJSON: no features in it"
    raise SourceError(message, zh=f"{path.name} 是 JSON，但其中没有要素（features）")


def _salvage(text: str) -> list[Any]:
    """Read feature after feature from a document that is not whole; a broken one is given back as its text."""
    decoder = json.JSONDecoder()
    features: list[Any] = []
    at = max(text.find('"features"'), 0)
    while start := FEATURE_START.search(text, at):
        try:
            feature, at = decoder.raw_decode(text, start.start())
        except (json.JSONDecodeError, RecursionError):
            following = FEATURE_START.search(text, start.end())
            at = following.start() if following else len(text)
            features.append(text[start.start() : at])
        else:
            features.append(feature)
    return features


def _member_name(document: dict[str, Any]) -> str | None:
    member = document.get("crs")
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return name if isinstance(name, str) else None


def _crs(name: str | None) -> tuple[str | None, tuple[Words, ...]]:
    if name is None:
        return WGS84, (NO_CRS_NOTE,)
    if name.upper().endswith("CRS84"):
        return WGS84, ()
    try:
        return parse_crs(name), ()
    except InvalidInputError:
        return None, (
            Words(f"the crs member {name!r} is not known; name it with --crs", zh=f"文件注明的坐标系 {name!r} 无法识别，请用 --crs 指明"),
        )


def _plain(value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
