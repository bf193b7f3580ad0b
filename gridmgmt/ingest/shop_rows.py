"""Rows of a frontage register as plain values: texts, days, the position as given; a row that cannot be one keeps its reason."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping

import numpy as np

from gridmgmt.errors import InvalidInputError
from gridmgmt.ingest.cells import clean_text
from gridmgmt.ingest.layer import FaultKind
from gridmgmt.ingest.points import PointTable
from gridmgmt.ingest.table_values import parse_day

WANTED = ("shop_code", "shop_name", "address", "segment_code", "shop_head_code", "signed_on", "shut_on")
REQUIRED = ("shop_code", "shop_name")


@dataclasses.dataclass(frozen=True)
class ShopRow:
    """What one row says of a shop; ``place`` in the CRS of the table, None where the row gives none."""

    number: int
    code: str
    name: str
    address: str | None
    segment_code: str | None
    shop_head_code: str | None
    signed_on: datetime.date | None
    closed_on: datetime.date | None
    place: tuple[float, float] | None


def to_shop_rows(table: PointTable) -> tuple[list[ShopRow], list[InvalidInputError]]:
    """Return the shops of a table and the rows that are none; empty coordinates are fine where a segment is named."""
    texts = {name: [clean_text(cell) for cell in table.attributes[name].tolist()] for name in WANTED if name in table.attributes}
    faults = {fault.feature: fault for fault in table.faults if fault.blocking}
    rows, refused = list[ShopRow](), list[InvalidInputError]()
    for index, number in enumerate(table.numbers.tolist()):
        values = {name: texts[name][index] if name in texts else None for name in WANTED}
        fault = faults.get(number)
        try:
            if fault is not None and not (fault.kind is FaultKind.EMPTY and values["segment_code"]):
                raise InvalidInputError("row", str(fault.reason), zh=fault.reason.zh)  # noqa: TRY301 - one place says which row it was
            place = (float(table.raw_x[index]), float(table.raw_y[index]))
            rows.append(_row(number, values, place if np.isfinite(place).all() else None))
        except InvalidInputError as error:
            refused.append(InvalidInputError(error.field, error.reason, row=number, zh=error.zh_reason))
    return rows, refused


def _row(number: int, values: Mapping[str, str | None], place: tuple[float, float] | None) -> ShopRow:
    return ShopRow(
        number, _needed(values, "shop_code"), _needed(values, "shop_name"), values["address"], values["segment_code"],
        values["shop_head_code"], parse_day(values["signed_on"], "signed_on"), parse_day(values["shut_on"], "shut_on"), place,
    )  # fmt: skip


def _needed(values: Mapping[str, str | None], field: str) -> str:
    value = values[field]
    if value is None:
        raise InvalidInputError(field, "is empty", zh="为空")
    return value
