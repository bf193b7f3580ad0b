"""An application on a toy city of its own."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gridmgmt.settings import Settings
from gridmgmt.web.app import create_app
from gridmgmt.web.door import Door


@pytest.fixture(scope="module")
def app(web_template: str, new_database: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Application on a city that the tests of one file share; what another file stores, no test sees, in whatever order files run."""
    made = create_app(Settings(database_url=new_database(web_template), var_dir=tmp_path_factory.mktemp("var"), rate_factor=0))
    made.testing = True
    yield made
    door = made.extensions["door"]
    assert isinstance(door, Door)
    door.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Browser without a screen, with cookies of its own."""
    return app.test_client()


@pytest.fixture
def set_clock(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime.datetime], None]:
    """Return a function that stops the application's clock at a moment until the test ends."""

    def stop(moment: datetime.datetime) -> None:
        monkeypatch.setattr(app.extensions["door"], "clock", lambda: moment)

    return stop
