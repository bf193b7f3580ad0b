"""gridmgmt city and gridmgmt db, as an operator types them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from gridmgmt.cli.main import cli
from gridmgmt.db import make_engine

pytestmark = pytest.mark.usefixtures("english")

PROFILES = Path(__file__).resolve().parents[2] / "geodata" / "profiles"
TOY = """
name = "玩具市"
storage_srid = {srid}
envelope = [113.9, 30.4, 114.1, 30.7]
time_zone = "Asia/Shanghai"
code_scheme = "{scheme}"
levels = {levels}
catalogue_standard = "GB/T 47678.5-2026"
[snap_limits]
default_m = 50
"""
ALL_LEVELS = '["district", "street_office", "community", "unit_grid"]'


def gridmgmt(url: str, *arguments: object) -> Result:
    """Run one command against a database."""
    return CliRunner(env={"GRIDMGMT_DATABASE_URL": url, "LANG": "C"}).invoke(cli, [str(argument) for argument in arguments])


def toy(path: Path, *, srid: int = 4547, scheme: str = "gb", levels: str = ALL_LEVELS) -> Path:
    """Write the toy city's profile, changed as asked."""
    path.write_text(TOY.format(srid=srid, scheme=scheme, levels=levels), encoding="utf-8")
    return path


def scalar(url: str, statement: str) -> object:
    """Ask the database behind the command."""
    engine = make_engine(url)
    with engine.begin() as connection:
        result = connection.execute(text(statement))
        found = result.scalar() if result.returns_rows else None
    engine.dispose()
    return found


def test_init_stores_once_and_a_second_time_changes_nothing(empty_url: str) -> None:
    first = gridmgmt(empty_url, "city", "init", PROFILES / "wuhan.toml")
    assert (first.exit_code, first.output) == (0, "武汉市: stored in EPSG:4547\n")
    assert gridmgmt(empty_url, "city", "init", PROFILES / "wuhan.toml").output == "武汉市: stored in EPSG:4547 (as before)\n"
    other = gridmgmt(empty_url, "city", "init", PROFILES / "nyc.toml")
    assert other.exit_code == 2
    assert "holds 武汉市 already; gridmgmt city change" in other.stderr


def test_init_names_the_wrong_field(empty_url: str, tmp_path: Path) -> None:
    done = gridmgmt(empty_url, "city", "init", toy(tmp_path / "c.toml", srid=3857))
    assert done.exit_code == 2
    assert done.stderr.startswith("gridmgmt: storage_srid: EPSG:3857")
    assert scalar(empty_url, "SELECT count(*) FROM city_profile") == 0


def test_show_prints_the_profile_and_what_is_loaded(toy_url: str) -> None:
    lines = gridmgmt(toy_url, "city", "show").output.splitlines()
    assert f"{'name':<22}玩具市" in lines
    assert f"{'areas':<22}9" in lines
    assert f"{'appointments':<22}6" in lines


def test_the_same_profile_changes_nothing(toy_url: str, tmp_path: Path) -> None:
    assert gridmgmt(toy_url, "city", "change", toy(tmp_path / "c.toml"), "--commit").output == "nothing differs\n"


def test_another_storage_system_is_announced_and_only_then_done(toy_url: str, tmp_path: Path) -> None:
    wanted = toy(tmp_path / "c.toml", srid=4548)
    said = gridmgmt(toy_url, "city", "change", wanted).output
    assert "storage_srid: 4547 → 4548" in said
    assert "area.shape: 9 shapes transformed from EPSG:4547 to EPSG:4548, snapped to 1/1024 m" in said
    assert said.endswith("nothing was changed; add --commit to do this\n")
    assert scalar(toy_url, "SELECT ST_SRID(shape) FROM area LIMIT 1") == 4547
    assert gridmgmt(toy_url, "city", "change", wanted, "--commit").output.endswith("changed\n")
    assert scalar(toy_url, "SELECT string_agg(DISTINCT ST_SRID(shape)::text, ',') FROM area") == "4548"
    assert "storage srid          4548" in gridmgmt(toy_url, "city", "show").output


def test_a_report_keeps_what_was_received_when_its_point_moves(toy_url: str, tmp_path: Path) -> None:
    scalar(
        toy_url,
        "INSERT INTO incident_report (id, source, reported_at, raw_x, raw_y, raw_crs, point)"
        " VALUES (202611000000001, 't', now(), 114.0, 30.53, 'wgs84', 'SRID=4547;POINT(500000 3380050)')",
    )
    gridmgmt(toy_url, "city", "change", toy(tmp_path / "c.toml", srid=4548), "--commit")
    assert scalar(toy_url, "SELECT concat_ws(' ', raw_x, raw_y, raw_crs, ST_SRID(point)) FROM incident_report") == "114 30.53 wgs84 4548"
    with pytest.raises(Exception, match="never changed or deleted"):
        scalar(toy_url, "UPDATE incident_report SET raw_x = 0")


def test_a_level_that_zones_name_cannot_go(toy_url: str, tmp_path: Path) -> None:
    done = gridmgmt(toy_url, "city", "change", toy(tmp_path / "c.toml", levels='["district", "street_office", "unit_grid"]'), "--commit")
    assert done.exit_code == 2
    assert "level community cannot go: 2 memberships" in done.stderr
    assert scalar(toy_url, "SELECT count(*) FROM area") == 9


def test_a_level_that_goes_leaves_its_children_to_its_parents(toy_url: str, tmp_path: Path) -> None:
    wanted = toy(tmp_path / "c.toml", levels='["district", "community", "unit_grid"]')
    said = gridmgmt(toy_url, "city", "change", wanted, "--commit").output
    assert "level street_office: 2 rows deleted with their history; 2 community rows hung below their district" in said
    assert scalar(toy_url, "SELECT string_agg(DISTINCT parent_code, ',') FROM area WHERE level = 'community'") == "420100"
    assert scalar(toy_url, "SELECT count(*) FROM area WHERE level = 'street_office'") == 0


def test_two_levels_that_go_together_leave_the_grandchildren_to_the_district(toy_url: str, tmp_path: Path) -> None:
    scalar(toy_url, "DELETE FROM appointment")
    scalar(toy_url, "DELETE FROM zone_member")
    gridmgmt(toy_url, "city", "change", toy(tmp_path / "c.toml", levels='["district", "unit_grid"]'), "--commit")
    assert scalar(toy_url, "SELECT string_agg(DISTINCT parent_code, ',') FROM area WHERE level = 'unit_grid'") == "420100"


def test_a_new_level_waits_for_its_import(toy_url: str, tmp_path: Path) -> None:
    gridmgmt(toy_url, "city", "change", toy(tmp_path / "a.toml", levels='["district", "community", "unit_grid"]'), "--commit")
    said = gridmgmt(toy_url, "city", "change", toy(tmp_path / "b.toml"), "--commit").output
    assert "level street_office: 2 community rows lose their parent until areas of the new level are imported" in said
    assert scalar(toy_url, "SELECT count(*) FROM area WHERE level = 'community' AND parent_code IS NULL") == 2


def test_local_codes_become_gb_codes_only_where_they_nest(toy_url: str, tmp_path: Path) -> None:
    gridmgmt(toy_url, "city", "change", toy(tmp_path / "a.toml", scheme="local"), "--commit")
    scalar(toy_url, "UPDATE area SET code = 'SQ-3-2' WHERE code = '420100001001002'")
    done = gridmgmt(toy_url, "city", "change", toy(tmp_path / "b.toml"), "--commit")
    assert done.exit_code == 2
    assert "1 codes are not GB codes nested in their parents', such as SQ-3-2" in done.stderr
    scalar(toy_url, "UPDATE area SET code = '420100001001002' WHERE code = 'SQ-3-2'")
    assert gridmgmt(toy_url, "city", "change", tmp_path / "b.toml", "--commit").output.endswith("changed\n")


def test_a_system_that_cannot_hold_the_city_changes_nothing(toy_url: str, tmp_path: Path) -> None:
    done = gridmgmt(toy_url, "city", "change", toy(tmp_path / "c.toml", srid=32618), "--commit")
    assert done.exit_code == 2
    assert "stretches distances" in done.stderr
    assert scalar(toy_url, "SELECT storage_srid FROM city_profile") == 4547


def test_db_check_agrees_and_disagrees(toy_url: str) -> None:
    assert gridmgmt(toy_url, "db", "check").exit_code == 0
    scalar(toy_url, "ALTER TABLE zone ADD COLUMN mayor text")
    done = gridmgmt(toy_url, "db", "check")
    assert done.exit_code == 1
    assert "mayor" in done.output


def test_db_migrate_twice_is_once(empty_url: str) -> None:
    assert "is current" in gridmgmt(empty_url, "db", "migrate").output


def test_errors_are_chinese_unless_english_is_asked_for(empty_url: str) -> None:
    done = CliRunner(env={"GRIDMGMT_DATABASE_URL": empty_url, "GRIDMGMT_LANG": ""}).invoke(cli, ["city", "show"])
    assert done.stderr == "gridmgmt: 数据库中尚无城市；请运行 gridmgmt city init PROFILE.toml\n"


def test_everything_is_said_in_chinese_unless_english_is_asked_for(toy_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRIDMGMT_LANG")
    lines = gridmgmt(toy_url, "city", "show").output.splitlines()
    assert lines[0] == f"城市{' ' * 18}玩具市"
    assert f"任职{' ' * 18}6" in lines
    wanted = toy(tmp_path / "c.toml", srid=4548, levels='["district", "community", "unit_grid"]', scheme="local")
    said = gridmgmt(toy_url, "city", "change", wanted).output
    assert "area.shape：9 个图形从 EPSG:4547 转换到 EPSG:4548，对齐到 1/1024 米" in said
    assert "街道级：删除 2 条及其历史；2 个社区（村）改属上级区" in said
    assert said.endswith("未作修改；加 --commit 执行\n")
    assert not re.search("[a-z]{2,} [a-z]{2,} [a-z]{2,}", said)
    assert "已是最新" in gridmgmt(toy_url, "db", "migrate").output
    assert gridmgmt(toy_url, "db", "check").output.endswith("：0 处差异\n")


def test_the_profiles_are_what_they_say() -> None:
    assert {tomllib.loads(path.read_text(encoding="utf-8"))["storage_srid"] for path in PROFILES.glob("*.toml")} == {4547, 4549, 32618}
