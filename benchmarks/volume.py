"""A year of cases on one machine: load it, then ask the server at 50 requests a second for a minute, an export of 100,000 rows beside.

Usage: ``GRIDMGMT_DATABASE_URL=… python benchmarks/volume.py [CASES [SECONDS [RATE]]]`` on an empty database of its own (3,600,000, 60,
50 unless told; under 200,000 cases two districts stand for the city), or on one it has loaded before.

Before anything is measured the database writes a checkpoint and the machine what it still holds for the disk: the first minute is the
server's, not the loader's. Both minutes, without and with exports beside, must meet the goals.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import uuid
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sqlalchemy import Engine, text

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.year import client
from benchmarks.year.load import load_year, settle
from benchmarks.year.processes import memory_mb, processor_s
from gridmgmt.accounts.add_account import add_account
from gridmgmt.accounts.model import NewAccount
from gridmgmt.city.model import Level
from gridmgmt.cli.migrate import migrate
from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.demo import store as demo_store
from gridmgmt.demo.build import build_demo
from gridmgmt.demo.plan import DemoPlan

PASSWORD = "benchmark horse staple"  # noqa: S105 - of accounts in a throw-away database
SMALL = 200_000
EXPORTED, EXPORTS = 100_000, 2
GOALS_MS = {"submit": 50.0, "inspector list": 60.0, "dispatcher queue": 60.0, "case page": 60.0}
# Of a hundred requests: who asks for what.
MIX = {"submit": 20, "inspector list": 20, "dispatcher queue": 15, "case page": 25, "tile": 20}


@dataclasses.dataclass
class Site:
    """The server under test: where it listens, who is signed in, and what there is to ask for."""

    port: int
    cookies: dict[str, str]
    token: str
    numbers: list[str]
    points: list[tuple[float, float]]
    tiles: list[str]
    export: str


def main(arguments: list[str]) -> int:
    """Load, serve, ask, print; return 1 when a goal is missed or a request fails."""
    cases, seconds, rate = (int(given) for given in [*arguments, *["3600000", "60", "50"][len(arguments) :]])
    url = os.environ["GRIDMGMT_DATABASE_URL"]
    engine = make_engine(url)
    migrate(engine)
    load(engine, cases)
    settle(engine)
    with tempfile.TemporaryDirectory(prefix="gridmgmt-volume-") as folder:
        server, port = serve(url, folder)
        try:
            return measure(prepare(engine, port), server.pid, seconds=seconds, rate=rate)
        finally:
            server.terminate()
            server.wait(30)
            engine.dispose()


def load(engine: Engine, cases: int) -> None:
    """Build the demo city and its year, unless it is there."""
    small = {"seed": 7, "unit_grids": 1_200, "districts": ("420103", "420104")} if cases < SMALL else {}
    plan = DemoPlan(**small, incidents=100, today=datetime.datetime.now(datetime.UTC).date())  # type: ignore[arg-type]
    began = time.perf_counter()
    sessions = make_session_factory(engine)
    with sessions() as session:
        if session.scalar(text("SELECT EXISTS (SELECT FROM report_key WHERE key LIKE 'source:%YEAR-%')")):
            return
    with sessions.begin() as session:
        if not demo_store.has_demo(session):
            build_demo(session, plan, on_step=lambda _: None)
    print(f"{time.perf_counter() - began:7.1f} s  demo city", flush=True)
    with sessions.begin() as session:
        load_year(session, plan, cases)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE)"))
        size = connection.execute(text("SELECT pg_size_pretty(pg_database_size(current_database()))")).scalar_one()
    print(f"{time.perf_counter() - began:7.1f} s  committed, vacuumed; {size}", flush=True)


def serve(url: str, folder: str) -> tuple[subprocess.Popen[bytes], int]:
    """Start the server as ``gridmgmt serve`` runs it, two processes; return it and its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environ = {**os.environ, "GRIDMGMT_DATABASE_URL": url, "GRIDMGMT_VAR_DIR": folder}
    command = [sys.executable, "-m", "gridmgmt", "serve", "--port", str(port), "--without-worker"]
    server = subprocess.Popen(command, env=environ, cwd=Path(__file__).resolve().parents[1], stdout=subprocess.DEVNULL)
    for _ in range(300):
        time.sleep(0.2)
        if fetch(port, client.request("GET", "/health"))[0] == 200:
            return server, port
    message = "the server did not start"
    raise RuntimeError(message)


def prepare(engine: Engine, port: int) -> Site:
    """Make three accounts, sign them in, and choose what is asked for."""
    stamp, now = uuid.uuid4().hex[:6], datetime.datetime.now(datetime.UTC)
    with make_session_factory(engine).begin() as session:
        office, district = session.execute(text(
            "SELECT street_office_code, district_code FROM case_file WHERE street_office_code IS NOT NULL AND is_open"
            " GROUP BY 1, 2 ORDER BY count(*) DESC LIMIT 1")).one()  # fmt: skip
        numbers = session.scalars(
            text("SELECT case_no FROM case_file WHERE street_office_code = :office ORDER BY id DESC LIMIT 2000"), {"office": office}
        )
        points = session.execute(text(
            "SELECT raw_x, raw_y FROM incident_report WHERE raw_crs = 'wgs84' AND id IN (SELECT report_id FROM case_file"
            " WHERE street_office_code = :office ORDER BY id DESC LIMIT 500)"), {"office": office})  # fmt: skip
        first, last = session.execute(text(
            "SELECT min(opened_at)::date, max(opened_at)::date FROM (SELECT opened_at FROM case_file ORDER BY id DESC LIMIT :rows) AS newest"),
            {"rows": EXPORTED}).one()  # fmt: skip
        export = f"/cases.csv?from={first}&to={last}"
        people = {
            "inspector": ({"areas": ((Level.STREET_OFFICE, office),)}, "inspector"),
            "dispatcher": ({"areas": ((Level.DISTRICT, district),)}, "dispatcher"),
            "supervisor": ({"everything": True}, "supervisor"),
        }
        for role, (scope, name) in people.items():
            account = NewAccount(f"{name}-{stamp}", name, (role,), **scope)  # type: ignore[arg-type]
            add_account(session, account, password=PASSWORD, now=now)
        chosen = list(numbers), [(x, y) for x, y in points]
    cookies = {role: sign_in(port, f"{name}-{stamp}") for role, (_, name) in people.items()}
    head, body = exchange(port, client.request("GET", "/api/session", cookie=cookies["inspector"]))
    cookies["inspector"] = cookie_in(head, cookies["inspector"])
    return Site(port, cookies, json.loads(body)["csrf_token"], *chosen, tiles_at(chosen[1]), export)


def tiles_at(points: list[tuple[float, float]]) -> list[str]:
    """Return addresses of tiles of unit grids and roads around points."""
    found = []
    for lon, lat in points[:100]:
        for zoom in (13, 14, 15):
            row = (1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2
            place = f"{zoom}/{int((lon + 180) / 360 * 2**zoom)}/{int(row * 2**zoom)}"
            found += [f"/tiles/unit_grids/{place}.pbf", f"/tiles/roads/{place}.pbf"]
    return found


def sign_in(port: int, name: str) -> str:
    """Sign in through the page; return the cookies."""
    head, page = exchange(port, client.request("GET", "/login"))
    cookie = cookie_in(head)
    token = re.search(rb'name="csrf_token"[^>]*value="([^"]*)"', page)
    form = urllib.parse.urlencode({"csrf_token": token[1].decode() if token else "", "name": name, "password": PASSWORD}).encode()
    lines = ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(form)}"]
    head, _ = exchange(port, client.request("POST", "/login", cookie=cookie, headers=lines) + form)
    if b" 303 " not in head.split(b"\r\n")[0]:
        message = f"{name} could not sign in: {head[:200]!r}"
        raise RuntimeError(message)
    return cookie_in(head, cookie)


def cookie_in(head: bytes, before: str = "") -> str:
    """Return the cookies there were before with those that an answer sets."""
    kept = dict(pair.split("=", 1) for pair in before.split("; ") if pair)
    kept |= dict(value.decode().split("=", 1) for value in re.findall(rb"(?im)^set-cookie: ([^;\r]+)", head))
    return "; ".join(f"{name}={value}" for name, value in kept.items())


def fetch(port: int, raw: bytes) -> tuple[int, bytes]:
    """Ask once; return status and body, status 0 when nobody listens."""
    try:
        head, body = exchange(port, raw)
    except OSError:
        return 0, b""
    return int(head.split()[1]), body


def exchange(port: int, raw: bytes) -> tuple[bytes, bytes]:
    """Send bytes, return head and body of the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as link:
        link.sendall(raw)
        received = b""
        while chunk := link.recv(1 << 16):
            received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    return head, body


def measure(site: Site, server: int, *, seconds: int, rate: float) -> int:
    """Ask at the rate for the time, first without and then with an export beside; print both."""
    warm = asyncio.run(client.ask_steadily(site.port, asker(site), rate=10, seconds=8))
    print(f"warmed up with {len(warm)} requests: {sorted({(answer.name, answer.status) for answer in warm})}")
    used = processor_s(server)
    answers = asyncio.run(client.ask_steadily(site.port, asker(site), rate=rate, seconds=seconds))
    failed = report("without an export beside", answers, rate)
    print(f"processor time of the server's processes: {1000 * (processor_s(server) - used) / len(answers):.1f} ms a request")
    before = memory_mb(server)
    answers, exported, peak = asyncio.run(beside_export(site, server, rate=rate, seconds=seconds))
    failed |= report("with exports of 100,000 rows beside", answers, rate)
    failed |= int(any(answer.status != 200 for answer in exported))
    lines = min(answer.size for answer in exported)
    took = ", ".join(f"{answer.seconds:.1f} s" for answer in exported)
    print(f"export: {took} for up to {EXPORTED:,} rows (at least {lines:,} bytes each), status {sorted({a.status for a in exported})}")
    print(f"memory of the server's processes: {before:.0f} MB before, at most {peak:.0f} MB while exporting")
    return failed


async def beside_export(site: Site, server: int, *, rate: float, seconds: int) -> tuple[list[client.Answer], list[client.Answer], float]:
    """Ask at the rate while one export follows the other; return answers, exports, and the most memory seen."""
    exported: list[client.Answer] = []
    peak = 0.0

    async def export() -> None:
        raw = client.request("GET", site.export, cookie=site.cookies["supervisor"])
        while len(exported) < EXPORTS:
            exported.append(await client.ask(site.port, client.Ask("export", raw), time.perf_counter()))

    async def watch() -> None:
        nonlocal peak
        while len(exported) < EXPORTS:
            peak = max(peak, memory_mb(server))
            await asyncio.sleep(0.2)

    steady = client.ask_steadily(site.port, asker(site), rate=rate, seconds=seconds)
    answers, _, _ = await asyncio.gather(steady, export(), watch())
    return answers, exported, peak


def asker(site: Site) -> Callable[[int], client.Ask]:
    """Return what makes the request of a number: the mix, in an order that repeats itself after a hundred."""
    rng = np.random.default_rng(3)
    order = rng.permutation([name for name, share in MIX.items() for _ in range(share)]).tolist()

    def make(number: int) -> client.Ask:
        name = order[number % len(order)]
        return client.Ask(name, raw_of(site, name, rng))

    return make


def raw_of(site: Site, name: str, rng: np.random.Generator) -> bytes:
    """Return the bytes of one request of a kind."""
    match name:
        case "submit":
            lon, lat = site.points[rng.integers(len(site.points))]
            body = {
                "lon": lon, "lat": lat, "crs": "wgs84", "accuracy_m": 5, "managed_class": "matter:06010", "description": "压测上报",
                "photos": [], "client_request_id": uuid.uuid4().hex,
            }  # fmt: skip
            head = [f"X-CSRF-Token: {site.token}"]
            return client.request("POST", "/api/reports", cookie=site.cookies["inspector"], body=json.dumps(body).encode(), headers=head)
        case "inspector list":
            return client.request("GET", "/cases", cookie=site.cookies["inspector"])
        case "dispatcher queue":
            return client.request("GET", "/dispatch", cookie=site.cookies["dispatcher"])
        case "case page":
            return client.request("GET", f"/cases/{site.numbers[rng.integers(len(site.numbers))]}", cookie=site.cookies["inspector"])
    return client.request("GET", site.tiles[rng.integers(len(site.tiles))])


def report(title: str, answers: list[client.Answer], rate: float) -> int:
    """Print percentiles by kind; return 1 when a goal is missed or an answer is an error."""
    print(f"{title}: {len(answers)} requests at {rate:g}/s, load average {os.getloadavg()[0]:.1f}")
    missed = 0
    for name in MIX:
        own = [answer for answer in answers if answer.name == name]
        p50, p95, p99 = (float(value) * 1000 for value in np.percentile([answer.seconds for answer in own], (50, 95, 99)))
        errors = [answer.status for answer in own if not 200 <= answer.status < 300]
        goal = GOALS_MS.get(name)
        missed |= bool(errors) or (goal is not None and p99 > goal)
        says = f"goal {goal:g}" if goal else ""
        print(
            f"  {name:18} {len(own):6} p50 {p50:7.1f}  p95 {p95:7.1f}  p99 {p99:7.1f} ms  errors {len(errors)} {set(errors) or ''} {says}"
        )
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
