"""Which benchmarks are run and with which arguments."""

from __future__ import annotations

import pytest

from benchmarks.run_all import asked

NAMES = ["cases_import", "siting", "tiles", "volume"]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("", {"cases_import": [], "siting": [], "tiles": [], "volume": []}),
        ("siting", {"siting": []}),
        ("siting orlib walking tiles", {"siting": ["orlib", "walking"], "tiles": []}),
        ("vol 200000 30 cases", {"volume": ["200000", "30"], "cases_import": []}),
    ],
)
def test_what_names_no_benchmark_goes_to_the_one_before(told: str, expected: dict[str, list[str]]) -> None:
    assert asked(told.split(), NAMES) == expected


def test_a_whole_name_means_no_longer_one() -> None:
    assert asked(["siting"], ["siting", "siting_more"]) == {"siting": []}


def test_an_argument_of_nothing_is_refused() -> None:
    with pytest.raises(SystemExit, match="there is no benchmark 30; there are cases_import"):
        asked(["30"], NAMES)
