"""Who holds which post on the day of the demo."""

from __future__ import annotations

import datetime
import itertools
import re
from collections import Counter, defaultdict

import pytest

from gridmgmt.demo.appointments import Posts, appoint_everybody
from gridmgmt.demo.draw import DrawnCity
from gridmgmt.demo.network import Network
from gridmgmt.roads.model import NewAppointment, Post
from tests.demo.conftest import SMALL


@pytest.fixture(scope="module")
def posts(small_city: DrawnCity, small_network: Network) -> Posts:
    """Return the zones and appointments of the small city."""
    return appoint_everybody(SMALL.rng("people"), small_city.layout, small_network, SMALL.today)


def test_one_zone_per_community(posts: Posts, small_city: DrawnCity) -> None:
    assert [zone.members[0][1] for zone in posts.zones] == [item.code for item in small_city.layout.communities]


def test_about_97_percent_of_zones_have_a_chief_today(posts: Posts) -> None:
    chiefs = {entry.zone_code for entry in posts.appointments if entry.post is Post.ROAD_CHIEF and entry.zone_code and _holds(entry)}
    assert 0.93 < len(chiefs) / len(posts.zones) < 1.0


def test_some_chiefs_left_yesterday_and_some_changed_this_year(posts: Posts) -> None:
    zone_chiefs = [entry for entry in posts.appointments if entry.post is Post.ROAD_CHIEF and entry.zone_code]
    assert any(entry.valid_to == SMALL.today for entry in zone_chiefs)
    assert max(Counter(entry.zone_code for entry in zone_chiefs).values()) == 2


def test_no_two_chiefs_hold_a_zone_on_one_day(posts: Posts) -> None:
    spans = defaultdict(list)
    for entry in posts.appointments:
        if entry.post is Post.ROAD_CHIEF:
            spans[entry.zone_code, entry.segment_code].append((entry.valid_from, entry.valid_to or datetime.date.max))
    for held in spans.values():
        ordered = sorted(held)
        assert all(before[1] <= after[0] for before, after in itertools.pairwise(ordered))


def test_every_post_occurs_and_nobody_has_a_real_telephone(posts: Posts) -> None:
    assert {entry.post for entry in posts.appointments} == set(Post)
    assert all(person.phone and re.fullmatch(r"199-00\d\d-\d{4}", person.phone) for person in posts.people)
    assert len({person.code for person in posts.people}) == len(posts.people)


def _holds(entry: NewAppointment) -> bool:
    return entry.valid_from <= SMALL.today and (entry.valid_to is None or entry.valid_to > SMALL.today)
