"""A sheet for each site (点位单): where it is, whom it serves, what is near, and a sketch of the roads around it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import shapely
from scipy.spatial import cKDTree
from sqlalchemy.orm import Session

from gridmgmt.roads.map_store import list_segments_inside
from gridmgmt.siting import set_store
from gridmgmt.siting.drawing import Frame, frame_of, path_of
from gridmgmt.siting.ground import Floats
from gridmgmt.siting.report import Report
from gridmgmt.siting.scenario import Site

SKETCH, AROUND, WIDEST_M = 220.0, 1.25, 800.0  # pixels of a sketch; its half side in radii, and in metres at most
MOST_ROADS = 1000


@dataclasses.dataclass(frozen=True)
class Sheet:
    """A site; people within the radius in a straight line; metres to the nearest other site and standing facility (None: there is none).

    ``roads``: path data; ``people_at``, ``others``, ``standing``: pixels; ``radius``: pixels.
    """

    site: Site
    people: int
    to_site_m: float | None
    to_standing_m: float | None
    frame: Frame
    radius: float
    roads: Sequence[str]
    people_at: Sequence[tuple[float, float]]
    others: Sequence[tuple[float, float]]
    standing: Sequence[tuple[float, float]]


def read_sheets(session: Session, report: Report, first: int, last: int) -> list[Sheet]:
    """Return the sheets of the sites ranked from ``first`` to ``last``, both included."""
    set_id, radius_m = report.prepared.id, report.scenario.settings.radius_m
    (xy, people), standing = set_store.read_people(session, set_id), set_store.read_standing(session, set_id)
    meets = standing.xy[standing.meets].reshape(-1, 2)
    all_sites = np.array([(site.x, site.y) for site in report.sites], np.float64).reshape(-1, 2)
    tree = cKDTree(xy.reshape(-1, 2))
    sheets = []
    for site in report.sites:
        if first <= site.rank <= last:
            others = all_sites[[other.rank != site.rank for other in report.sites]]
            around = xy[tree.query_ball_point((site.x, site.y), _half(radius_m) * 2**0.5)].reshape(-1, 2)
            inside = _metres(xy, site) <= radius_m
            roads = _roads(session, report, site)
            sheets.append(_sheet(site, int(people[inside].sum()), radius_m, (around, others, meets), roads))
    return sheets


def _sheet(site: Site, people: int, radius_m: float, near: tuple[Floats, Floats, Floats], roads: Sequence[shapely.Geometry]) -> Sheet:
    half = _half(radius_m)
    frame = frame_of(site.x - half, site.y - half, site.x + half, site.y + half, width=SKETCH)
    around, others, standing = near
    box = shapely.box(site.x - half, site.y - half, site.x + half, site.y + half)
    paths = [path for road in roads if (path := path_of(frame, shapely.intersection(road, box)))]
    return Sheet(
        site, people, _nearest(others, site), _nearest(standing, site), frame, radius_m / frame.metres, paths, _inside(frame, around),
        _inside(frame, others), _inside(frame, standing),
    )  # fmt: skip


def _half(radius_m: float) -> float:
    """Return half the side of a sketch: the surroundings of a site, not the district it serves."""
    return min(AROUND * radius_m, WIDEST_M)


def _roads(session: Session, report: Report, site: Site) -> list[shapely.Geometry]:
    half = _half(report.scenario.settings.radius_m)
    box = shapely.box(site.x - half, site.y - half, site.x + half, site.y + half)
    return [segment.line for segment in list_segments_inside(session, box, on=report.day, limit=MOST_ROADS)]


def _metres(xy: Floats, site: Site) -> Floats:
    return np.hypot(xy[:, 0] - site.x, xy[:, 1] - site.y) if len(xy) else np.empty(0)


def _nearest(xy: Floats, site: Site) -> float | None:
    return float(_metres(xy, site).min()) if len(xy) else None


def _inside(frame: Frame, xy: Floats) -> list[tuple[float, float]]:
    at = frame.at(xy)
    kept = at[(at >= 0).all(axis=1) & (at[:, 0] <= frame.width) & (at[:, 1] <= frame.height)]
    return [(float(x), float(y)) for x, y in kept]
