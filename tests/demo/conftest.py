"""Two real districts drawn small, once for all tests of the room, and once loaded into a database."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.demo.build import build_demo
from gridmgmt.demo.draw import DrawnCity, draw_city
from gridmgmt.demo.network import Network, lay_roads
from gridmgmt.demo.plan import DemoPlan

SRID = 4547
SMALL = DemoPlan(seed=7, unit_grids=1_200, incidents=600, districts=("420103", "420104"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave what needs a whole city to the slow part: loading it takes longer than most folders of tests."""
    for item in items:
        if "demo_url" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def small_city() -> DrawnCity:
    """Return two districts with 238 communities on about 1,200 unit grids."""
    return draw_city(SMALL, SRID)


@pytest.fixture(scope="session")
def small_network(small_city: DrawnCity) -> Network:
    """Return the roads of the small city."""
    return lay_roads(SMALL, small_city, SRID)


@pytest.fixture(scope="session")
def demo_url(new_database: Callable[..., str], migrated_template: str) -> str:
    """URL of a database with the small city; tests must not change it."""
    url = new_database(migrated_template)
    build_into(url, SMALL)
    return url


@pytest.fixture
def demo_session(demo_url: str) -> Iterator[Session]:
    """Session on the small city; tests must not change it."""
    engine = make_engine(demo_url)
    with make_session_factory(engine)() as session:
        yield session
    engine.dispose()


def build_into(url: str, plan: DemoPlan) -> list[str]:
    """Build a city into a migrated database and return the steps that were told."""
    engine, steps = make_engine(url), list[str]()
    with make_session_factory(engine).begin() as session:
        build_demo(session, plan, on_step=steps.append)
    engine.dispose()
    return steps


@pytest.fixture
def make_session() -> Iterator[Callable[[str], Session]]:
    """Return a function that opens a session on a URL; all are closed at the end."""
    opened: list[tuple[Engine, Session]] = []

    def make(url: str) -> Session:
        engine = make_engine(url)
        opened.append((engine, make_session_factory(engine)()))
        return opened[-1][1]

    yield make
    for engine, session in opened:
        session.close()
        engine.dispose()
