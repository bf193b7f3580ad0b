"""Settings that do not fit their set are refused when a scenario is made."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from gridmgmt.errors import InvalidInputError
from gridmgmt.siting.fits import refuse_what_does_not_fit
from gridmgmt.siting.scenario_settings import AreaQuota, Problem, Settings
from tests.siting.drawn_set import add_drawn_scenario, drawn_tables


@pytest.fixture
def set_id(session: Session) -> int:
    """Return a set of 20 places, of which the last two were dropped near a school."""
    return add_drawn_scenario(session, drawn_tables(demand=5, candidates=20)).set_id


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"forced": ("F-1", "F-99")}, "forced", "第 2 个 F-99 不是该数据集的候选点"),
        ({"forbidden": ("F-99",)}, "forbidden", "第 1 个 F-99 不是"),
        ({"forced": ("F-19",)}, "forced", "第 1 个 F-19 已按规则 keep_away:school 从该数据集剔除"),
        ({"forced": ("F-1",), "forbidden": ("F-2", "F-1")}, "forbidden", "第 2 个 F-1 同时列为必选"),
        ({"forced": ("F-1", "F-2", "F-3")}, "forced", "必选 3 处，多于新建处数 2"),
        ({"quotas": (AreaQuota("420100", 1), AreaQuota("420199", None, 1))}, "quotas", "第 2 行：该数据集没有点位落在区或街道 420199"),
        ({"quotas": (AreaQuota("420100001", 10),)}, "quotas", "第 1 行：420100001 只有 9 个候选点，少于下限 10"),
    ],
)
def test_a_code_that_means_nothing_is_named_with_its_place(
    session: Session, set_id: int, changes: dict[str, Any], field: str, said: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        refuse_what_does_not_fit(session, set_id, Settings(Problem.MCLP, 300.0, 2, **changes))
    assert caught.value.field == field
    assert said in caught.value.zh


def test_what_fits_passes_and_fewest_sites_may_be_forced_beyond_their_number(session: Session, set_id: int) -> None:
    kept = Settings(Problem.MCLP, 300.0, 2, forced=("F-1", "F-2"), forbidden=("F-3",), quotas=(AreaQuota("420100001", 9),))
    refuse_what_does_not_fit(session, set_id, kept)
    refuse_what_does_not_fit(session, set_id, Settings(Problem.LSCP, 300.0, 0, forced=("F-1",)))
