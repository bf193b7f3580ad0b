"""What a planner waits for when a site is moved on the map of the whole city: counted in the browser, beside a server that counts anew.

Usage: ``./run bench whatif``. 100,000 demand points, 30,000 candidates, 1,500 standing and 300 new sites, 500 m, a drawn city.
The peer is numpy with a tree of scipy in this process, without the way to a server and back. The last line is one JSON object.
"""

from __future__ import annotations

import gzip
import json
import shutil
import statistics
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, Route, sync_playwright
from scipy.spatial import cKDTree

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.siting_city import City, draw_city
from gridmgmt.siting.question import Question, ask
from gridmgmt.siting.scenario import CandidateTable, DemandTable, SetTables, StandingTable
from gridmgmt.siting.scenario_settings import Problem, Settings
from gridmgmt.web.siting_points import pack

STATIC = Path(__file__).resolve().parents[1] / "gridmgmt" / "web" / "static"
SCRIPTS = ("vendor/leaflet/leaflet.js", "js/siting_cover.js", "js/siting_layer.js", "js/siting_rules.js")
BASE = "http://127.0.0.1:9"  # answered by the routes below; nothing listens there
DEMAND, CANDIDATES, STANDING, SITES, RADIUS_M, SRID = 100_000, 30_000, 1_500, 300, 500.0, 4547
CORNER = np.array([480_000.0, 3_350_000.0])  # of the drawn city, in the storage CRS
MOVES = 200
FLAGS = ["--no-sandbox", "--disable-gpu"]
PAGE = """<!doctype html><meta charset=utf-8><style>#map{position:absolute;inset:0}</style><div id=map></div>
<script>window.gridmgmt={say:n=>n,data:{names:{}}};</script>""" + "".join(f"<script src='/static/{name}'></script>" for name in SCRIPTS)
OPEN = """async () => {
  const began = performance.now();
  const points = gridmgmtCover.read(await (await fetch('/points')).arrayBuffer());
  const read = performance.now();
  const cover = new gridmgmtCover.Cover(points, 1);
  const sites = Array.from({length: %d}, (_, k) => k * %d).map((c, k) => ({x: points.cx[c], y: points.cy[c], candidate: c, near: c, rank: k + 1,
    code: points.codes[c], name: points.codes[c], lat: points.middle[1] + points.clat[c], lng: points.middle[0] + points.clon[c]}));
  sites.forEach(site => cover.add(site.x, site.y));
  const ready = performance.now();
  const map = L.map('map', {center: [points.middle[1], points.middle[0]], zoom: 10, zoomAnimation: false});
  const layer = gridmgmtSitingLayer(cover, sites).addTo(map);
  const plan = {quotas: points.areas.map(area => [area[0], 0, 50]), spacing: 300, forced: [], forbidden: [], wanted: sites.length,
    upgrades: [null, null], budget: null, roads: {}};
  window.told = {points, cover, sites, layer, map, plan};
  return {read_ms: read - began, index_ms: ready - read, draw_ms: performance.now() - ready, value: cover.value};
}"""
MOVE = """([zoom, moves]) => {
  const {points, cover, sites, layer, map, plan} = window.told;
  map.setView(map.getCenter(), zoom, {animate: false});
  return Array.from({length: moves}, (_, k) => {
    const site = sites[k %% sites.length], to = (k * 97 + 13) %% points.cx.length;
    const began = performance.now();
    cover.remove(site.x, site.y);
    Object.assign(site, {x: points.cx[to], y: points.cy[to], near: to, at: null, lat: points.middle[1] + points.clat[to], lng: points.middle[0] + points.clon[to]});
    cover.add(site.x, site.y);
    const counted = performance.now();
    gridmgmtSitingFaults(plan, points, sites);
    const checked = performance.now();
    layer.draw();
    return [counted - began, checked - counted, performance.now() - checked];
  });
}""".replace("%%", "%")
WHY = """() => {
  const {points, cover, sites, plan} = window.told;
  const began = performance.now();
  const gains = cover.gains(), allowed = gridmgmtSitingAllows(plan, points, sites.slice(1));
  let best = -1;
  for (let k = 0; k < gains.length; k += 1) if ((best < 0 || gains[k] > gains[best]) && allowed(k)) best = k;
  const why = performance.now();
  const free = Array.from(points.cx, (x, k) => ({x, y: points.cy[k], near: k, candidate: k, code: points.codes[k]}));
  gridmgmtCover.curve(cover, sites, free, 100, taken => {
    const room = gridmgmtSitingAllows(plan, points, sites.concat(taken.map(step => step.place)));
    return place => room(place.candidate);
  });
  const curve = performance.now();
  gridmgmtCover.byRadius(cover, sites, [125, 250, 375, 500, 625, 750, 1000, 1250, 1500]);
  return {next_best_ms: why - began, curve_ms: curve - why, by_radius_ms: performance.now() - curve, value: cover.value,
    sites: sites.map(site => site.near)};
}"""


def figures() -> dict[str, Any]:
    """Return what was measured, milliseconds."""
    city = draw_city(DEMAND, CANDIDATES, STANDING)
    question, tables = _asked(city)
    began = time.perf_counter()
    packed = gzip.compress(pack(question, tables, {}, srid=SRID), compresslevel=3)
    told: dict[str, Any] = {"pack_ms": (time.perf_counter() - began) * 1000, "file_kb": len(packed) / 1024}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.route(f"{BASE}/**", lambda route: _serve(route, packed))
        page.goto(f"{BASE}/page")
        told |= _in_browser(page, question)
        browser.close()
    told["peer_recount_ms"] = _peer(question)
    told["ratio"] = told["peer_recount_ms"] / told["move_z10_ms"]
    return told


def _in_browser(page: Page, question: Question) -> dict[str, float]:
    told: dict[str, float] = page.evaluate(OPEN % (SITES, CANDIDATES // SITES))
    for zoom in (10, 13):
        counted, checked, drawn = (np.array(part) for part in zip(*page.evaluate(MOVE, [zoom, MOVES]), strict=True))
        whole = counted + checked + drawn
        told |= {f"move_z{zoom}_ms": float(np.median(whole)), f"move_z{zoom}_p95_ms": float(np.quantile(whole, 0.95))}
        told |= {"count_ms": float(np.mean(counted)), "rules_ms": float(np.median(checked)), f"draw_z{zoom}_ms": float(np.median(drawn))}
    after: dict[str, Any] = page.evaluate(WHY)
    sites = np.concatenate([question.standing_xy, question.candidate_xy[after.pop("sites")]])
    if _covered(question, sites) != after["value"]:
        message = f"the browser counts {after['value']}, the server {_covered(question, sites)}"
        raise ValueError(message)
    return told | after


def _asked(city: City) -> tuple[Question, SetTables]:
    demand, candidates, standing = ((CORNER + xy).astype(np.float64) for xy in (city.demand_xy, city.candidate_xy, city.standing_xy))
    settings = Settings(problem=Problem.MCLP, radius_m=RADIUS_M, sites=SITES, spacing_m=300.0)
    none, zeros = np.full(DEMAND, "", object), np.zeros(DEMAND, np.int64)
    empty = np.full(CANDIDATES, "", object)
    offices = np.array([f"4201{int(x // 8000):02d}{int(y // 8000):03d}" for x, y in city.candidate_xy], object)
    table = CandidateTable(
        np.array([f"F{k:06d}" for k in range(CANDIDATES)], object), np.full(CANDIDATES, "frontage", object), candidates, empty, empty,
        np.full(CANDIDATES, np.nan), offices, np.array([code[:6] for code in offices], object), empty, empty,
    )  # fmt: skip
    stands = StandingTable(np.full(STANDING, "", object), standing, np.ones(STANDING, np.bool_), np.full(STANDING, np.nan))
    tables = SetTables(DemandTable(demand, city.people, zeros, zeros, none, none, none, none), table, stands)
    return ask(tables, settings), tables


def _covered(question: Question, sites: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    away, _ = cKDTree(sites).query(question.demand_xy, distance_upper_bound=RADIUS_M + 1)
    return float(question.weight[away <= RADIUS_M].sum())


def _peer(question: Question) -> float:
    """Return the median milliseconds of counting the whole city anew."""
    sites = np.concatenate([question.standing_xy, question.candidate_xy[:: CANDIDATES // SITES]])
    took = []
    for _ in range(9):
        began = time.perf_counter()
        _covered(question, sites)
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def _serve(route: Route, packed: bytes) -> None:
    path = route.request.url.removeprefix(BASE)
    if path == "/points":
        route.fulfill(body=gzip.decompress(packed), content_type="application/octet-stream")
    elif path.startswith("/static/"):
        route.fulfill(path=STATIC / path.removeprefix("/static/"))
    else:
        route.fulfill(body=PAGE, content_type="text/html")


def main() -> None:
    """Measure and print."""
    told: Mapping[str, Any] = figures()
    for name, value in told.items():
        sys.stdout.write(f"{name:>20} {value:12,.1f}\n")
    sys.stdout.write(json.dumps({f"whatif_{name}": round(value, 2) for name, value in told.items()}) + "\n")


if __name__ == "__main__":
    main()
