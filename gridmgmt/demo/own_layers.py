"""Invented layers that rules of siting keep away from: schools, restaurants, buildings, where drinking water comes from."""

from __future__ import annotations

import datetime

import numpy as np
import shapely
from sqlalchemy.orm import Session

from gridmgmt.demo.places import Ground, beside_roads
from gridmgmt.siting import layer_store
from gridmgmt.siting.layer import Feature, Subject

SOURCE = "synthetic"
# How many the full city has, and how many metres from the middle of a road they lie.
LAYERS = {
    Subject.DRINKING_WATER_SOURCE: (250, (5.0, 60.0)),
    Subject.WATER_TANK: (900, (5.0, 40.0)),
    Subject.SCHOOL: (1_800, (20.0, 90.0)),
    Subject.KINDERGARTEN: (1_500, (15.0, 60.0)),
    Subject.RESTAURANT: (4_000, (10.0, 30.0)),
    Subject.BUILDING: (12_000, (18.0, 60.0)),
}
NAMES = {
    Subject.DRINKING_WATER_SOURCE: "演示取水点",
    Subject.WATER_TANK: "演示贮水池",
    Subject.SCHOOL: "演示学校",
    Subject.KINDERGARTEN: "演示幼儿园",
    Subject.RESTAURANT: "演示餐馆",
    Subject.BUILDING: "演示楼栋",
}
HALF_M = (10.0, 6.0)  # half the sides of a building


def add_layers(session: Session, rng: np.random.Generator, ground: Ground, scale: float, day: datetime.date) -> str:
    """Store a layer of each subject; return what was stored."""
    at = datetime.datetime.combine(day, datetime.time(), datetime.UTC)
    total = 0
    for subject, (count, away) in LAYERS.items():
        points, _ = beside_roads(rng, ground, max(1, round(count * scale)), away=away)
        shapes = [_shape(subject, x, y) for x, y in points.tolist()]
        features = [Feature(shape, f"{NAMES[subject]}{number}") for number, shape in enumerate(shapes, 1)]
        layer_store.add_layer(session, subject, None, SOURCE, features, at=at, by="demo")
        total += len(features)
    return f"loaded {len(LAYERS)} layers that siting keeps away from, {total} shapes"


def _shape(subject: Subject, x: float, y: float) -> shapely.Geometry:
    """Return a building's outline, a point for all else; corners lie on the grid of 1/1024 m as the points do."""
    if subject is not Subject.BUILDING:
        return shapely.Point(x, y)
    east, north = HALF_M
    return shapely.box(x - east, y - north, x + east, y + north)
