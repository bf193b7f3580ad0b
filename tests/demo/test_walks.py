"""What the demo's road chiefs walked and checked."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.demo import people_store


def test_the_busiest_street_office_walks_covers_and_checks(demo_session: Session) -> None:
    place = people_store.find_workplace(demo_session)
    assert place is not None
    count = "SELECT count(*), count(ended_at), count(line) FROM patrol WHERE street_office_code = :office"
    walked, ended, drawn = demo_session.execute(text(count), {"office": place.office_code}).one()
    assert walked == ended == drawn > 0
    shops, checked = demo_session.execute(
        text("SELECT count(*), (SELECT count(DISTINCT frontage_id) FROM frontage_check) FROM frontage WHERE zone_code IS NOT NULL")
    ).one()
    assert shops > checked > 0


def test_the_days_that_are_over_are_summed_up(demo_session: Session) -> None:
    days, opened = demo_session.execute(text("SELECT (SELECT count(*) FROM case_day_done), sum(opened) FROM case_day")).one()
    cases = demo_session.execute(text("SELECT count(*) FROM case_file")).scalar_one()
    assert days > 0
    assert 0 < opened <= cases
