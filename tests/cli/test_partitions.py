"""``gridmgmt db partitions`` makes the months to come, once."""

from __future__ import annotations

import pytest

from tests.cli.test_city import gridmgmt

pytestmark = pytest.mark.usefixtures("english")


def test_months_ahead_are_made_once_and_listed(toy_url: str) -> None:
    first = gridmgmt(toy_url, "db", "partitions", "--ahead", "5")
    again = gridmgmt(toy_url, "db", "partitions", "--ahead", "5")
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert first.output.count(" *") >= 3
    assert again.output.count(" *") == 0
    assert first.output.splitlines()[-2].startswith("net")
    assert again.output.endswith("0 months made\n")


def test_months_of_a_file_to_come_can_be_made_before(toy_url: str) -> None:
    done = gridmgmt(toy_url, "db", "partitions", "--since", "2019-11")
    assert done.output.startswith("201911")
