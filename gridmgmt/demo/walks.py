"""Patrols, frontages and their checks of the street office the demo's staff work in; and the sums of the days that are over."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence

import numpy as np
import shapely
from sqlalchemy.orm import Session

from gridmgmt import crs
from gridmgmt.accounts.model import EVERYWHERE
from gridmgmt.city.model import CityProfile, Level
from gridmgmt.demo import people_store
from gridmgmt.demo.plan import DemoPlan
from gridmgmt.evaluation import day_store
from gridmgmt.hierarchy import map_store as area_map_store
from gridmgmt.hierarchy import store as hierarchy_store
from gridmgmt.patrol import frontage_store, store, walk
from gridmgmt.patrol.check_frontage import check_frontage
from gridmgmt.patrol.import_frontages import plan_frontages, write_frontages
from gridmgmt.patrol.model import NewCheck, NewFrontage, TrackPoint
from gridmgmt.responsibility.store import resolve_responsibility
from gridmgmt.roads import chief_store, map_store
from gridmgmt.roads.model import Appointment, Post, RoadSegment

DAYS_BACK = 7
SEGMENTS_A_WALK, SHOPS_A_ZONE = 6, 6
STEP_M, STEP_S, WOBBLE_M = 20.0, 18.0, 4.0  # a slow walk with a phone
FRONT_M = 6.0  # from the middle of the road to the shop door
WALKS_A_DAY = {Post.ROAD_CHIEF: 0.65, Post.BUILDING_HEAD: 0.25}
SHOPS = ("热干面馆", "便民超市", "大药房", "水果店", "理发店", "五金店", "早点铺", "快递驿站")
FAULTS = ("门口堆放杂物", "出店经营占道", "垃圾未及时清理", "非机动车乱停")


@dataclasses.dataclass(frozen=True)
class _Stage:
    """Where and when it happens."""

    session: Session
    rng: np.random.Generator
    profile: CityProfile
    now: datetime.datetime


def walk_zones(session: Session, plan: DemoPlan, profile: CityProfile) -> str:
    """Let road chiefs and building heads of the busiest street office walk, and register and check shops; return a sentence on it."""
    place = people_store.find_workplace(session)
    patrols, shops = 0, 0
    now = datetime.datetime.combine(plan.today, datetime.time(8), profile.zone)
    stage = _Stage(session, plan.rng("walks"), profile, now)
    communities = hierarchy_store.list_areas(session, Level.COMMUNITY, on=plan.today, parent_code=place.office_code) if place else []
    for community in communities:
        inside = community.shape.representative_point() if community.shape is not None else None
        zone_code = resolve_responsibility(session, (inside.x, inside.y), on=plan.today).zone_code if inside is not None else None
        zone = chief_store.find_zone(session, zone_code, on=plan.today) if zone_code else None
        shape = area_map_store.union_shape(session, zone.members, on=plan.today) if zone else None
        segments = map_store.list_segments_inside(session, shape, on=plan.today) if shape is not None else []
        if zone is None or not segments:
            continue
        team = chief_store.list_team(session, zone.code, on=plan.today)
        shops += _open_shops(stage, zone.code, segments, team)
        patrols += sum(_walk(stage, entry, segments) for entry in team if entry.post in WALKS_A_DAY)
    day_store.roll_up_missing(session, today=plan.today, time_zone=profile.time_zone)
    return f"walked {patrols} patrols, registered {shops} shops, summed up the days that are over"


def _walk(stage: _Stage, entry: Appointment, segments: Sequence[RoadSegment]) -> int:
    """Walk on most working days along some segments; return how many times."""
    session, rng, profile, now = stage.session, stage.rng, stage.profile, stage.now
    walked = 0
    rules = store.find_rules(session, on=now.date())
    for back in range(DAYS_BACK, 0, -1):
        if rng.random() >= WALKS_A_DAY[entry.post]:
            continue
        began = now - datetime.timedelta(days=back) + datetime.timedelta(minutes=int(rng.integers(20, 480)))
        chosen = rng.choice(len(segments), size=min(SEGMENTS_A_WALK, len(segments)), replace=False)
        points = _positions(rng, [segments[n] for n in sorted(chosen.tolist())], profile, began)
        key, who = f"demo-{entry.person.code}-{began:%Y%m%d}", entry.person
        walk.start_patrol(session, key, person_id=who.id, account="demo", started_at=began, now=now, on=now.date())
        walk.add_points(session, key, 0, points[: walk.LONGEST_BATCH], person_id=who.id, profile=profile, rules=rules, now=now)
        walk.end_patrol(session, key, person_id=who.id, ended_at=points[-1].at, now=now)
        walked += 1
    return walked


def _positions(
    rng: np.random.Generator, segments: Sequence[RoadSegment], profile: CityProfile, began: datetime.datetime
) -> list[TrackPoint]:
    points: list[TrackPoint] = []
    seconds = 0.0
    for segment in segments:
        along = np.arange(0.0, segment.line.length + STEP_M, STEP_M)
        places = shapely.get_coordinates(shapely.line_interpolate_point(segment.line, along)) + rng.normal(0, WOBBLE_M, (len(along), 2))
        lon, lat = crs.crs_to_crs(places[:, 0], places[:, 1], f"epsg:{profile.storage_srid}", crs.WGS84)
        for east, north in zip(lon.tolist(), lat.tolist(), strict=True):
            points.append(TrackPoint(began + datetime.timedelta(seconds=seconds), east, north, float(round(rng.uniform(4, 15), 1))))
            seconds += STEP_S
        seconds += 400  # the way to the next segment is not recorded
    return points


def _open_shops(stage: _Stage, zone_code: str, segments: Sequence[RoadSegment], team: Sequence[Appointment]) -> int:
    """Register shops along the segments and check most of them; return how many."""
    session, rng, now = stage.session, stage.rng, stage.now
    heads = {entry.segment_code: entry.person.code for entry in team if entry.post is Post.SHOP_HEAD}
    shops = []
    for n in range(SHOPS_A_ZONE):
        segment = segments[int(rng.integers(len(segments)))]
        place = shapely.line_interpolate_point(segment.line, float(rng.uniform(0.05, 0.95)), normalized=True)
        x, y = crs.snap([place.x + FRONT_M, place.y + FRONT_M]).tolist()
        signed = now.date() - datetime.timedelta(days=int(rng.integers(30, 700))) if rng.random() < 0.85 else None
        name = f"演示{SHOPS[int(rng.integers(len(SHOPS)))]}{n + 1}号"
        shops.append(NewFrontage(f"MQ-{zone_code}-{n + 1:03d}", name, segment.name, segment.code, (x, y), heads.get(segment.code), signed))
    plan = plan_frontages(session, list(enumerate(shops, 1)), on=now.date())
    write_frontages(session, plan)
    chief = next((entry.person for entry in team if entry.post is Post.ROAD_CHIEF), None)
    for shop in plan.added:
        frontage = frontage_store.find_frontage(session, shop.code, EVERYWHERE, on=now.date())
        if frontage is None or rng.random() < 0.2:
            continue
        failed = rng.random() < 0.18
        check = NewCheck(not failed, None if rng.random() < 0.4 else True, True, FAULTS[int(rng.integers(len(FAULTS)))] if failed else "")
        at = now - datetime.timedelta(hours=float(rng.uniform(1, 24 * DAYS_BACK)))
        check_frontage(session, frontage, check, now=at, actor="demo", person_id=chief.id if chief else None)
    return len(plan.added)
