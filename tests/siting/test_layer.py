"""Layers that planners bring along: read, kept one a subject, and taken by every set prepared from then on."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

import numpy as np
import pytest
import shapely
from sqlalchemy.orm import Session

from gridmgmt.cli.session import ROOT
from gridmgmt.errors import InvalidInputError, NotFoundError
from gridmgmt.facilities.model import FacilityKind
from gridmgmt.siting import layer_store, set_store
from gridmgmt.siting.candidates import Place
from gridmgmt.siting.layer import Feature, Subject, read_features
from gridmgmt.siting.prepare import DEFAULTS, prepare
from gridmgmt.siting.scenario import PreparedSet
from tests.siting.drawn_set import AT
from tests.toy_city import point

DAY = datetime.date(2026, 3, 1)
TOILET = FacilityKind.TOILET


def spot(x: float, y: float, name: str = "", area_m2: float | None = None) -> Feature:
    return Feature(shapely.Point(point(x, y)), name, area_m2)


def add(session: Session, subject: Subject, *features: Feature, kind: FacilityKind | None = None, source: str = "file.csv") -> int:
    return layer_store.add_layer(session, subject, kind, source, features, at=AT, by="planner").id


def made(session: Session, **changes: Any) -> PreparedSet:
    recipe = dataclasses.replace(DEFAULTS[TOILET], **changes)
    return prepare(session, TOILET, recipe, folder=ROOT / "geodata" / "siting", name="玩具", on=DAY, at=AT, by="planner")


def test_names_and_areas_are_read_from_columns_and_a_polygon_has_its_own() -> None:
    shapes = [shapely.Point(0, 0), shapely.box(0, 0, 10, 8), shapely.box(0, 0, 10, 8)]
    found = read_features([1, 2, 3], {"名称": ["甲", float("nan"), " 丙 "], "面积": ["60.5", None, 90]}, shapes)
    assert [(one.name, one.area_m2) for one in found] == [("甲", 60.5), ("", 80.0), ("丙", 90.0)]
    assert read_features([1], {}, shapes[:1]) == [Feature(shapes[0])]


@pytest.mark.parametrize("area", ["large", "0", "-3", "inf", "1e99"])
def test_an_area_that_is_none_is_named_by_row_and_field(area: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_features([1, 7], {"面积": [60, area]}, [shapely.Point(0, 0)] * 2)
    assert (caught.value.row, caught.value.field) == (7, "面积")


def test_the_newest_layer_of_a_subject_is_in_use_until_it_is_taken_away(session: Session) -> None:
    add(session, Subject.SCHOOL, spot(10, 10))
    second = add(session, Subject.SCHOOL, spot(20, 20), spot(30, 30), source="schools.gpkg")
    toilets = add(session, Subject.CANDIDATES, spot(40, 40, "甲", 70.0), kind=TOILET)
    add(session, Subject.CANDIDATES, spot(50, 50), kind=FacilityKind.COLLECTION_HOUSE)
    assert [(one.subject, one.kind, one.count) for one in layer_store.list_layers(session)] == [
        (Subject.CANDIDATES, FacilityKind.COLLECTION_HOUSE, 1), (Subject.CANDIDATES, TOILET, 1), (Subject.SCHOOL, None, 2),
    ]  # fmt: skip
    assert layer_store.read_planned(session, TOILET) == [Place("甲", *point(40, 40), 70.0)]
    assert [shape.coords[0] for shape in layer_store.read_kept_away(session)["school"]] == [point(20, 20), point(30, 30)]
    assert layer_store.end_layer(session, second, at=AT).source == "schools.gpkg"
    assert layer_store.read_kept_away(session) == {}
    for number in (second, toilets + 1000):
        with pytest.raises(NotFoundError):
            layer_store.end_layer(session, number, at=AT)


def test_a_set_takes_the_layers_in_use_save_those_that_are_given_with_it(session: Session) -> None:
    add(
        session,
        Subject.CANDIDATES,
        spot(30, 29, "甲", 70.0),
        spot(45, 59, "乙", 70.0),
        spot(90, 59, "丙", 20.0),
        kind=TOILET,
        source="own.xlsx",
    )
    add(session, Subject.DRINKING_WATER_SOURCE, spot(30, 59), source="water.geojson")
    found = made(session)
    kept, dropped = (set_store.read_candidates(session, found.id, dropped=flag) for flag in (False, True))
    told = dict(zip(dropped.code, zip(dropped.dropped, dropped.detail, strict=True), strict=True))
    assert "L-0001" in kept.code  # exactly 30 m from the source
    assert told["L-0002"] == ("keep_away:drinking_water_source", "15.0 m < 30 m")
    assert told["L-0003"] == ("site_area", "20.0 m2 < 60 m2")
    assert found.options["sources"] == {"candidates": "own.xlsx", "drinking_water_source": "water.geojson"}
    rule = next(one for one in found.summary["rules"] if one["key"] == "keep_away:drinking_water_source")
    assert rule["unchecked"] == ""
    assert rule["dropped"] == sum(one == "keep_away:drinking_water_source" for one in dropped.dropped)
    far = np.array([shapely.Point(point(190, 190))], object)
    other = made(session, layers={"drinking_water_source": far}, planned=[Place("丁", *point(30, 30), 90.0)])
    assert other.summary["candidates"]["by_origin"]["planner"] == 1
    assert other.options["sources"] == {}
