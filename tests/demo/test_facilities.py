"""Registers of the demo city."""

from __future__ import annotations

from collections import Counter

import pytest
import shapely

from gridmgmt.demo.draw import DrawnCity
from gridmgmt.demo.facilities import draw_facilities
from gridmgmt.demo.network import Network
from gridmgmt.demo.places import survey
from gridmgmt.facilities.model import DemolitionSite, Facility, FacilityKind, FacilityStatus, Toilet
from tests.demo.conftest import SMALL, SRID


@pytest.fixture(scope="module")
def facilities(small_city: DrawnCity, small_network: Network) -> list[Facility]:
    """Return the registers of the small city, a tenth of the full ones."""
    ground = survey(small_city.atoms, small_city.layout, small_network.lines, SRID)
    return draw_facilities(SMALL.rng("facilities"), ground, 0.1, SMALL.today)


def test_the_registers_are_as_long_as_planned(facilities: list[Facility]) -> None:
    counts = Counter(facility.kind for facility in facilities)
    assert counts[FacilityKind.TOILET] == 450
    assert counts[FacilityKind.TRANSFER_STATION] == 15
    assert counts[FacilityKind.COLLECTION_HOUSE] == 70
    assert 10 <= counts[FacilityKind.DEMOLITION_SITE] <= 16


def test_every_facility_lies_in_the_city_and_says_it_is_drawn(facilities: list[Facility], small_city: DrawnCity) -> None:
    city = shapely.union_all([district.shape for district in small_city.districts]).buffer(0.01)
    assert all(city.contains(facility.point) for facility in facilities)
    assert all(facility.source == "synthetic" and "演示" in facility.name for facility in facilities)


def test_only_toilets_of_class_two_or_better_count_toward_the_plan(facilities: list[Facility]) -> None:
    tagged = [facility for facility in facilities if facility.programme]
    assert tagged
    for facility in facilities:
        assert (facility.programme is None) == (facility.programme_year is None)
        if isinstance(facility.details, Toilet) and facility.counts_toward_plan:
            assert (facility.details.toilet_class or 3) <= 2


def test_a_demolition_site_sends_its_waste_to_a_site_that_is_there(facilities: list[Facility]) -> None:
    codes = {facility.code for facility in facilities}
    givers = [f for f in facilities if isinstance(f.details, DemolitionSite) and f.details.destination_code]
    assert givers
    for facility in givers:
        assert isinstance(facility.details, DemolitionSite)
        assert facility.details.destination_code in codes
        assert (facility.details.permit_no is None) == (facility.status is FacilityStatus.DECLARED)
