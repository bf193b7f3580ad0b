"""Boundaries fit, in both editions, and the check that says so notices when they do not."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import shapely
from shapely.affinity import translate

from gridmgmt.city.model import Level
from gridmgmt.demo.boundaries import FIRST_EDITION, build_areas, grids_of, multi
from gridmgmt.demo.check import check_boundaries
from gridmgmt.demo.draw import DrawnCity, district_shift_mm
from gridmgmt.demo.land_use import land_use_of
from gridmgmt.demo.recut import Recut, recut
from gridmgmt.hierarchy.model import Area, GeometrySource
from gridmgmt.siting.density import subject_of
from tests.demo.conftest import SMALL


@pytest.fixture(scope="module")
def areas(small_city: DrawnCity) -> list[Area]:
    """Return the areas as drawn, without a re-cut."""
    return _areas(small_city, Recut(tuple(grids_of(small_city.layout)), (), ()))


def test_every_level_is_a_coverage_and_parents_are_their_children(areas: list[Area]) -> None:
    check_boundaries(areas)


def test_stored_districts_lie_within_a_millimetre_of_their_source(small_city: DrawnCity, areas: list[Area]) -> None:
    shapes = np.array([area.shape for area in areas if area.level is Level.DISTRICT], dtype=object)
    assert 0 < district_shift_mm(small_city, shapes) < 1.0


def test_only_districts_are_called_imported(areas: list[Area]) -> None:
    sources = {(area.level, area.geometry_source) for area in areas}
    assert sources == {(Level.DISTRICT, GeometrySource.IMPORTED)} | {(level, GeometrySource.SYNTHETIC) for level in list(Level)[1:]}


def test_every_grid_has_a_land_use_that_siting_knows_and_towns_have_all_four(areas: list[Area]) -> None:
    uses = {area.land_use_class for area in areas if area.level is Level.UNIT_GRID}
    assert {subject_of(use or "") for use in uses} == {"residential", "public", "green", "industrial"}
    assert {land_use_of(f"C{n}", 1, 10.0) for n in range(100)} == {"居住用地", "公园绿地", "工业用地", "农林用地"}


def test_a_moved_grid_is_noticed(areas: list[Area]) -> None:
    shape = areas[-1].shape
    assert shape is not None
    broken = [*areas[:-1], dataclasses.replace(areas[-1], shape=translate(shape, 1 / 1024, 0))]
    with pytest.raises(AssertionError, match="unit_grid"):
        check_boundaries(broken)


def test_a_parent_larger_than_its_children_is_noticed() -> None:
    child, larger = multi(np.array([shapely.box(0, 0, 1, 1), shapely.box(0, 0, 2, 1)], dtype=object))
    parent = Area(Level.COMMUNITY, "1", None, None, larger, None, FIRST_EDITION)
    with pytest.raises(AssertionError, match="union"):
        check_boundaries([parent, Area(Level.UNIT_GRID, "11", None, "1", child, None, FIRST_EDITION)])


def test_a_recut_changes_grids_but_no_ground(small_city: DrawnCity) -> None:
    change = recut(SMALL.rng("recut"), small_city.atoms, small_city.layout)
    before = [area for area in _areas(small_city, change) if area.code.startswith(change.offices)]
    after = build_areas(
        small_city.atoms, small_city.layout, small_city.districts, grids=change.after, facts=small_city.facts, day=FIRST_EDITION
    )
    check_boundaries(after)
    for level in (Level.UNIT_GRID, Level.STREET_OFFICE):
        old, new = ([area for area in areas if area.level is level] for areas in (before, after))
        assert shapely.coverage_union_all([a.shape for a in old]).equals(shapely.coverage_union_all([a.shape for a in new]))
    old_shapes, new_shapes = _grid_shapes(before), _grid_shapes(after)
    assert old_shapes.keys() - new_shapes.keys()
    assert new_shapes.keys() - old_shapes.keys()
    assert all(old_shapes[code].equals_exact(new_shapes[code], 0, normalize=True) for code in old_shapes.keys() & new_shapes.keys())


def _grid_shapes(areas: list[Area]) -> dict[str, shapely.MultiPolygon]:
    return {area.code: area.shape for area in areas if area.level is Level.UNIT_GRID and area.shape is not None}


def _areas(city: DrawnCity, change: Recut) -> list[Area]:
    return build_areas(city.atoms, city.layout, city.districts, grids=change.before, facts=city.facts, day=FIRST_EDITION)
