"""Responsibility zones and who holds which post in them: "1+2+N" with vacancies, changes and ends."""

from __future__ import annotations

import dataclasses
import datetime

import numpy as np

from gridmgmt.city.model import Level
from gridmgmt.demo.boundaries import FIRST_EDITION
from gridmgmt.demo.layout import Layout
from gridmgmt.demo.network import Network
from gridmgmt.demo.people import Register
from gridmgmt.roads.model import NewAppointment, NewPerson, Post, RoadClass, Zone

COMMERCIAL_DENSITY = 14.0
SHOP_SHARE = 0.35
OWN_CHIEF_SHARE = 0.3
# How the chief of a zone stands today, and how often: never had one, left weeks ago, left yesterday, changed this year, else steady.
NEVER, LEFT, YESTERDAY, CHANGED = 0.010, 0.022, 0.030, 0.140


@dataclasses.dataclass(frozen=True)
class Posts:
    """Zones, people and appointments, ready for the store."""

    zones: list[Zone]
    people: list[NewPerson]
    appointments: list[NewAppointment]


def appoint_everybody(rng: np.random.Generator, layout: Layout, network: Network, today: datetime.date) -> Posts:
    """Make one zone per community with a shape and fill the posts; about 97 % of zones have a road chief on ``today``."""
    register = Register(rng)
    offices = {office.code: office.name for office in layout.offices}
    zones, appointments = [], []
    for item in layout.communities:
        zone = Zone(zone_code(item.code), f"{item.name}责任区", ((Level.COMMUNITY, item.code),), FIRST_EDITION)
        zones.append(zone)
        agency = f"{offices[item.office_code]}综合执法中心"
        appointments += _chiefs(rng, register, zone.code, agency, today)
        appointments += _team(rng, register, zone.code, item.name, today)
    appointments += _shop_heads(rng, register, layout, network, today)
    appointments += _segment_chiefs(rng, register, network, today)
    return Posts(zones, register.people, appointments)


def zone_code(community_code: str) -> str:
    """Return the code of a community's zone."""
    return f"Z-{community_code}"


def _chiefs(rng: np.random.Generator, register: Register, zone: str, agency: str, today: datetime.date) -> list[NewAppointment]:
    luck = rng.random()
    if luck < NEVER:
        return []
    started = today - datetime.timedelta(days=int(rng.integers(400, 1700)))
    first = register.hire(agency)
    if luck < LEFT:
        return [NewAppointment(first, Post.ROAD_CHIEF, zone, None, started, today - datetime.timedelta(days=int(rng.integers(5, 90))))]
    if luck < YESTERDAY:
        return [NewAppointment(first, Post.ROAD_CHIEF, zone, None, started, today)]  # the end is exclusive: yesterday was the last day
    if luck < CHANGED:
        change = today - datetime.timedelta(days=int(rng.integers(30, 360)))
        gap = datetime.timedelta(days=int(rng.choice([0, 0, 0, 7, 20])))
        return [
            NewAppointment(first, Post.ROAD_CHIEF, zone, None, started, change),
            NewAppointment(register.hire(agency), Post.ROAD_CHIEF, zone, None, change + gap, None),
        ]
    return [NewAppointment(first, Post.ROAD_CHIEF, zone, None, started, None)]


def _team(rng: np.random.Generator, register: Register, zone: str, community: str, today: datetime.date) -> list[NewAppointment]:
    """Appoint a building head nearly everywhere, and up to two forces: volunteers, linked units."""
    posts = [Post.BUILDING_HEAD] * int(rng.random() < 0.99) + [Post.FORCE] * int(rng.choice([0, 1, 1, 2]))
    agencies = {Post.BUILDING_HEAD: community, Post.FORCE: f"{community}共治力量"}
    return [NewAppointment(register.hire(agencies[post]), post, zone, None, _some_day(rng, today), None) for post in posts]


def _shop_heads(
    rng: np.random.Generator,
    register: Register,
    layout: Layout,
    network: Network,
    today: datetime.date,
) -> list[NewAppointment]:
    """Appoint a shop head on many busy roads of dense quarters, for the zone on one side."""
    busy = {RoadClass.SECONDARY, RoadClass.TERTIARY, RoadClass.PRIMARY}
    appointments = []
    for street, segment in zip(network.streets, network.segments, strict=True):
        if street.road_class in busy and street.density > COMMERCIAL_DENSITY and rng.random() < SHOP_SHARE:
            community = layout.communities[street.sides[int(rng.integers(0, 2))]]
            person = register.hire(f"{community.name}门前三包督导")
            appointments.append(
                NewAppointment(person, Post.SHOP_HEAD, zone_code(community.code), segment.code, _some_day(rng, today), None)
            )
    return appointments


def _segment_chiefs(rng: np.random.Generator, register: Register, network: Network, today: datetime.date) -> list[NewAppointment]:
    """Give some trunk and main roads a chief of their own, who holds up to eight segments."""
    great = {RoadClass.TRUNK, RoadClass.PRIMARY}
    chosen = [
        s.code
        for street, s in zip(network.streets, network.segments, strict=True)
        if street.road_class in great and rng.random() < OWN_CHIEF_SHARE
    ]
    appointments = []
    for first in range(0, len(chosen), 8):
        person, since = register.hire("市管道路路长办公室"), _some_day(rng, today)
        appointments += [NewAppointment(person, Post.ROAD_CHIEF, None, code, since, None) for code in chosen[first : first + 8]]
    return appointments


def _some_day(rng: np.random.Generator, today: datetime.date) -> datetime.date:
    return today - datetime.timedelta(days=int(rng.integers(40, 1500)))
