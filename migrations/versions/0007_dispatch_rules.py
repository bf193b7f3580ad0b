"""rules of dispatch."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# No case is ever sent nowhere: where no rule matches and no district coordinates, the city does.
CITY_QUEUE = """
INSERT INTO handling_unit (code, name, kind) VALUES ('CITY-QUEUE', '市级统筹', 'coordination') ON CONFLICT DO NOTHING;
"""
# What was in force stays as it was; a draft may be changed and thrown away.
KEEP_RULES = """
CREATE FUNCTION refuse_changed_rule_set() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.in_force_from IS NOT NULL
        AND (TG_OP = 'DELETE' OR to_jsonb(NEW) - 'in_force_to' IS DISTINCT FROM to_jsonb(OLD) - 'in_force_to') THEN
        RAISE EXCEPTION 'dispatch rules that were put in force are never changed, they only end' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER dispatch_rule_set_is_kept BEFORE UPDATE OR DELETE ON dispatch_rule_set
    FOR EACH ROW EXECUTE FUNCTION refuse_changed_rule_set();
CREATE FUNCTION refuse_changed_rule() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM dispatch_rule_set
        WHERE in_force_from IS NOT NULL
            AND (
                (TG_OP <> 'INSERT' AND id = (to_jsonb(OLD) ->> 'set_id')::int) OR (TG_OP <> 'DELETE' AND id = (to_jsonb(NEW) ->> 'set_id')::int)
            )
    ) THEN
        RAISE EXCEPTION 'dispatch rules that were put in force are never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER dispatch_rule_is_kept BEFORE INSERT OR UPDATE OR DELETE ON dispatch_rule
    FOR EACH ROW EXECUTE FUNCTION refuse_changed_rule();
CREATE TRIGGER dispatch_rule_change_is_never_changed BEFORE UPDATE OR DELETE ON dispatch_rule_change
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
REFUSE_TO_LOSE = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM dispatch_rule_set WHERE in_force_from IS NOT NULL) THEN
        RAISE EXCEPTION 'dispatch rules were in force; undoing this migration would lose why cases went where they went';
    END IF;
    DELETE FROM handling_unit WHERE code = 'CITY-QUEUE' AND NOT EXISTS (SELECT FROM case_file WHERE unit_code = 'CITY-QUEUE');
END $$;
"""


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "dispatch_rule_set",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("in_force_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("in_force_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("put_in_force_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.text("tstzrange(in_force_from, in_force_to)"), "&&"),
            using="gist",
            name="ex_dispatch_rule_set_in_force",
            where=sa.text("in_force_from IS NOT NULL"),
        ),
        sa.CheckConstraint("in_force_to >= in_force_from", name=op.f("ck_dispatch_rule_set_in_force")),
        sa.CheckConstraint("(in_force_from IS NULL) = (put_in_force_by IS NULL)", name=op.f("ck_dispatch_rule_set_put_in_force")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch_rule_set")),
    )
    _rules()
    op.create_table(
        "dispatch_rule_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch_rule_change")),
    )
    op.create_index("ix_dispatch_rule_change_set_id", "dispatch_rule_change", ["set_id"])
    op.create_table(
        "dispatch_team",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("zone_code", sa.Text(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("num_nonnulls(zone_code, person_id) = 1", name=op.f("ck_dispatch_team_whose")),
        sa.ForeignKeyConstraint(["unit_code"], ["handling_unit.code"], name=op.f("fk_dispatch_team_unit_code")),
        sa.ForeignKeyConstraint(["zone_code"], ["zone.code"], name=op.f("fk_dispatch_team_zone_code")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_dispatch_team_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch_team")),
        sa.UniqueConstraint("zone_code", name=op.f("uq_dispatch_team_zone_code")),
        sa.UniqueConstraint("person_id", name=op.f("uq_dispatch_team_person_id")),
    )
    op.execute(KEEP_RULES)
    op.execute(CITY_QUEUE)


def _rules() -> None:
    lists = [
        sa.Column(name, postgresql.ARRAY(kind), server_default=sa.text("'{}'"), nullable=False)
        for name, kind in (
            ("class_codes", sa.Text()), ("areas", sa.Text()), ("road_classes", sa.Text()), ("sources", sa.Text()), ("weekdays", sa.Integer()),
        )
    ]  # fmt: skip
    op.create_table(
        "dispatch_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=True),
        sa.Column("unit_pattern", sa.Text(), nullable=True),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        *lists,
        sa.Column("hours", sa.Text(), server_default="", nullable=False),
        sa.Column("working_time", sa.Boolean(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("(target = 'unit') = (unit_code IS NOT NULL)", name=op.f("ck_dispatch_rule_target")),
        sa.CheckConstraint("(target = 'area_unit') = (unit_pattern IS NOT NULL)", name=op.f("ck_dispatch_rule_pattern")),
        sa.CheckConstraint("position > 0", name=op.f("ck_dispatch_rule_position")),
        sa.ForeignKeyConstraint(["set_id"], ["dispatch_rule_set.id"], name=op.f("fk_dispatch_rule_set_id")),
        sa.ForeignKeyConstraint(["unit_code"], ["handling_unit.code"], name=op.f("fk_dispatch_rule_unit_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch_rule")),
        sa.UniqueConstraint(
            "set_id", "position", deferrable=True, initially="DEFERRED", name=op.f("uq_dispatch_rule_set_id_position")
        ),
    )  # fmt: skip


def downgrade() -> None:
    """Undo; refused once rules were in force."""
    op.execute(REFUSE_TO_LOSE)
    for table in ("dispatch_team", "dispatch_rule_change", "dispatch_rule", "dispatch_rule_set"):
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_changed_rule()")
    op.execute("DROP FUNCTION refuse_changed_rule_set()")
