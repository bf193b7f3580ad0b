"""The few statements of the demo room: what is there already, and statistics for the planner."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

# What is counted, in the order a reader wants it.
COUNTED = (
    ("区", "area WHERE level = 'district' AND valid_to IS NULL"),
    ("街道", "area WHERE level = 'street_office' AND valid_to IS NULL"),
    ("社区（村）", "area WHERE level = 'community' AND valid_to IS NULL"),
    ("单元网格", "area WHERE level = 'unit_grid' AND valid_to IS NULL"),
    ("边界版本", "boundary_edition"),
    ("考核单元", "assessment_unit"),
    ("部件事项", "managed_class"),
    ("立案条件（样例）", "class_limit WHERE is_sample"),
    ("路段", "road_segment"),
    ("路长责任区", "zone"),
    ("人员", "person"),
    ("任职", "appointment"),
    ("公共厕所", "facility WHERE kind = 'toilet'"),
    ("转运站", "facility WHERE kind = 'transfer-station'"),
    ("收集屋", "facility WHERE kind = 'collection-house'"),
    ("拆除工地", "facility WHERE kind = 'demolition-site'"),
    ("案卷", "case_file"),
)
DEMO_EDITION = "演示首版"


def count_everything(session: Session) -> dict[str, int]:
    """Return how many of each thing are stored, by Chinese name."""
    return {name: int(session.execute(text(f"SELECT count(*) FROM {what}")).scalar_one()) for name, what in COUNTED}


def has_demo(session: Session) -> bool:
    """Say whether the demo city was loaded into this database."""
    statement = text("SELECT count(*) FROM boundary_edition WHERE name = :name")
    return bool(session.execute(statement, {"name": DEMO_EDITION}).scalar_one())


def holds_anything(session: Session) -> str | None:
    """Return the name of a table that is not empty, or None; a demo city is built on empty ground only."""
    for table in ("area", "road_segment", "zone", "person", "facility", "incident_report"):
        if session.execute(text(f"SELECT EXISTS (SELECT 1 FROM {table})")).scalar_one():
            return table
    return None


def analyze(session: Session) -> None:
    """Let the planner see everything that was loaded; the tables of the server itself are left alone, other databases share them."""
    tables = session.scalars(text("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
                                  " AND NOT relispartition AND relname <> 'spatial_ref_sys'"))  # fmt: skip
    session.execute(text(f"ANALYZE {', '.join(sorted(tables))}"))
