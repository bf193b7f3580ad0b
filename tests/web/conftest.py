"""An application on a toy city of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gridmgmt.settings import Settings
from gridmgmt.web.app import create_app
from gridmgmt.web.door import Door


@pytest.fixture(scope="session")
def app(web_template: str, new_database: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Application on one city that all tests of a run share: they read, or only add cases."""
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
