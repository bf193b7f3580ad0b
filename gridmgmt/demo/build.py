"""Build the demo city in an empty, migrated database, in one transaction."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.orm import Session

from gridmgmt.catalogue import store as catalogue_store
from gridmgmt.catalogue.read_catalogue import read_catalogue
from gridmgmt.city import store as city_store
from gridmgmt.city.model import CityProfile
from gridmgmt.city.read_profile import read_profile
from gridmgmt.demo import store
from gridmgmt.demo.appointments import appoint_everybody
from gridmgmt.demo.boundaries import FIRST_EDITION
from gridmgmt.demo.divisions import GEODATA
from gridmgmt.demo.draw import DrawnCity, draw_city
from gridmgmt.demo.facilities import draw_facilities
from gridmgmt.demo.limits import load_sample_limits
from gridmgmt.demo.live_in import live_in
from gridmgmt.demo.load_boundaries import load_boundaries
from gridmgmt.demo.network import Network, lay_roads
from gridmgmt.demo.own_layers import add_layers
from gridmgmt.demo.places import survey
from gridmgmt.demo.plan import DemoPlan
from gridmgmt.demo.rules import put_demo_rules
from gridmgmt.demo.walks import walk_zones
from gridmgmt.errors import ConflictError
from gridmgmt.facilities import store as facilities_store
from gridmgmt.facilities.model import PLAN_TARGETS
from gridmgmt.maps import rebuild
from gridmgmt.roads import store as roads_store
from gridmgmt.siting import preparation_store

OnStep = Callable[[str], None]


def build_demo(session: Session, plan: DemoPlan, *, on_step: OnStep, geodata: Path = GEODATA) -> dict[str, int]:
    """Draw and load the city; return what is stored by Chinese name.

    ``on_step`` gets one English sentence when a step is done. Raises ConflictError when the database holds another city or already
    holds anything, NotReadyError when it is not migrated. The same plan gives the same content.
    """
    profile = _prepare(session, geodata)
    on_step(f"profile of {profile.name}, {_load_catalogue(session, profile, geodata)} managed classes")
    on_step(load_sample_limits(session, profile, geodata))
    city = draw_city(plan, profile.storage_srid)
    on_step(
        f"drew {len(city.districts)} districts, {len(city.layout.communities)} communities, {len(city.atoms)} pieces with shared borders"
    )
    for note in load_boundaries(session, plan, city, geodata):
        on_step(note)
    network = lay_roads(plan, city, profile.storage_srid)
    roads_store.add_segments(session, network.segments)
    for note in (*network.notes, f"loaded {len(network.segments)} road segments"):
        on_step(note)
    on_step(_load_posts(session, plan, city, network))
    ground = survey(city.atoms, city.layout, network.lines, profile.storage_srid)
    facilities = draw_facilities(plan.rng("facilities"), ground, plan.scale, plan.today)
    on_step(f"loaded {facilities_store.add_facilities(session, facilities)} facilities")
    store.analyze(session)
    on_step(live_in(session, plan, city, ground, profile))
    on_step(put_demo_rules(session))
    on_step(add_layers(session, plan.rng("layers"), ground, plan.scale, plan.today))
    on_step(ask_for_sets(session, plan.today))
    on_step(walk_zones(session, plan, profile))
    on_step(f"generalised {rebuild.rebuild_shapes(session, on=FIRST_EDITION)} shapes for tiles")
    store.analyze(session)
    return store.count_everything(session)


def _prepare(session: Session, geodata: Path) -> CityProfile:
    wanted = read_profile(geodata / "profiles" / "wuhan.toml")
    held = city_store.find_profile(session)
    if held is not None and (held.name, held.storage_srid) != (wanted.name, wanted.storage_srid):
        message = f"this database holds {held.name} (EPSG:{held.storage_srid}); the demo city needs a database of its own"
        raise ConflictError(message, zh=f"此数据库已属于{held.name}（EPSG:{held.storage_srid}）；演示城市需要单独的数据库")
    table = store.holds_anything(session)
    if table is not None:
        message = f"table {table} is not empty; the demo city is built in an empty database only (--if-missing leaves a loaded one alone)"
        raise ConflictError(message, zh=f"表 {table} 已有数据；演示城市只能建在空数据库中（已装载时可用 --if-missing）")
    if held is None:
        city_store.save_profile(session, wanted)
    return held or wanted


def _load_catalogue(session: Session, profile: CityProfile, geodata: Path) -> int:
    known = catalogue_store.list_classes(session, profile.catalogue_standard)
    if known:
        return len(known)
    return catalogue_store.add_classes(session, read_catalogue(geodata / "catalogue" / "gbt47678_5_2026.csv"))


def ask_for_sets(session: Session, day: datetime.date) -> str:
    """Let the worker prepare the sets of the three programmes, so that a planner can begin."""
    for kind in PLAN_TARGETS:
        preparation_store.ask(session, kind, day, at=datetime.datetime.combine(day, datetime.time(), datetime.UTC), by="demo")
    return f"asked the worker for {len(PLAN_TARGETS)} sets for siting"


def _load_posts(session: Session, plan: DemoPlan, city: DrawnCity, network: Network) -> str:
    posts = appoint_everybody(plan.rng("people"), city.layout, network, plan.today)
    zones = roads_store.add_zones(session, posts.zones)
    people = roads_store.add_people(session, posts.people)
    return f"loaded {zones} zones, {people} people, {roads_store.add_appointments(session, posts.appointments)} appointments"
