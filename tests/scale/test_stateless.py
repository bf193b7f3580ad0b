"""No web process keeps anything that another needs: people go on at the second when the first is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.scale.webs import Browser, Crowd, Web, add_everybody, webs

pytestmark = pytest.mark.slow


@pytest.fixture
def url(web_template: str, new_database: Callable[..., str]) -> str:
    """URL of a toy city with an account."""
    made = new_database(web_template)
    add_everybody(made)
    return made


@pytest.fixture
def pair(url: str, tmp_path: Path) -> Iterator[tuple[Web, Web]]:
    """Two servers of one database with one folder for what must be shared."""
    with webs(url, tmp_path, 2) as (first, second):
        yield first, second


def test_who_signs_in_at_one_goes_on_at_the_other(pair: tuple[Web, Web]) -> None:
    first, second = pair
    browser = Browser([])
    browser.sign_in(first.port)
    token = browser.token(first.port)
    assert token == browser.token(second.port)  # a form opened at one is taken by the other
    case_no = browser.report("one", second.port)
    assert case_no in browser.ask("GET", f"/cases/{case_no}", port=first.port).text
    first.kill()
    assert browser.ask("GET", "/api/session", port=second.port).json()["signed_in"]
    assert browser.report("one", second.port) == case_no  # sent again after no answer came: the same case
    assert browser.ask("POST", "/logout", port=second.port, data={"csrf_token": token}).status_code == 303
    assert not browser.ask("GET", "/api/session", port=second.port).json()["signed_in"]


def test_killing_one_of_two_costs_a_retry_and_doubles_nothing(pair: tuple[Web, Web], url: str) -> None:
    first, second = pair
    crowd, told = Crowd(), list[str]()
    browsers = [Browser([first.port, second.port]) for _person in range(3)]
    for browser in browsers:
        browser.sign_in()

    def read(number: int) -> None:
        answer = browsers[number % 2].ask("GET", "/cases")
        assert answer.status_code == 200, answer.text

    crowd.add("read", read)
    crowd.add("report", lambda number: told.append(browsers[2].report(f"report-{number}")))
    crowd.wait_for("report", 5)
    first.kill()
    crowd.wait_for("report", 10)
    crowd.end()
    assert sum(browser.counted["again"] for browser in browsers) > 0
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        stored = connection.scalars(text("SELECT case_no FROM case_file ORDER BY id")).all()
    engine.dispose()
    assert sorted(stored) == sorted(told)
    assert len(set(told)) == len(told)
