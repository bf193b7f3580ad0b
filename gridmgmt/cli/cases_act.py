"""``gridmgmt cases act | steps | pool | workflow | units | unit``: move a case, read how it moved, and print what may follow what."""

from __future__ import annotations

import datetime
import json
import zoneinfo
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from gridmgmt.cases import diagram, review_store, step_store, store
from gridmgmt.cases.model import CaseAction, CaseStep, HandlingUnit, Origin, SuspensionPool, UnitKind
from gridmgmt.cases.workflow import list_actions
from gridmgmt.city import store as city_store
from gridmgmt.city.model import Level
from gridmgmt.cli.session import city_today, transaction
from gridmgmt.cli.show_plan import console
from gridmgmt.dispatch.automatic import act_and_dispatch
from gridmgmt.errors import InvalidInputError

BY_PEOPLE = [action.value for action in CaseAction if action not in {CaseAction.REPORT, CaseAction.ASSIGN, CaseAction.SPLIT_OFF}]


@click.command("act")
@click.argument("case_no")
@click.argument("action", type=click.Choice(BY_PEOPLE))
@click.option("--actor", required=True, help="Who acts.")
@click.option("--reason", help="Why; some actions demand it.")
@click.option("--detail", "pairs", multiple=True, metavar="KEY=VALUE", help="What the action needs, such as unit_code=U1; repeatable.")
@click.option("--details", "written", help='The same as JSON, for lists: \'{"parts": [{"note": …}, {"note": …}]}\'.')
@click.option("--unit", help="The unit the actor speaks for.")
@click.option("--version", "expected", type=int, help="Act only when this is still the newest step of the case.")
@click.option("--request-id", help="Acts once however often it is sent.")
@click.option("--position", help="Where the actor is.")
def act_command(
    case_no: str, action: str, actor: str, reason: str | None, pairs: tuple[str, ...], written: str | None, unit: str | None,
    expected: int | None, request_id: str | None, position: str | None,
) -> None:  # fmt: skip
    """Do one thing to a case."""
    details = _details(written) | dict(_pair(pair) for pair in pairs)
    with transaction() as session:
        case = act_and_dispatch(
            session, case_no, CaseAction(action), actor=actor, now=datetime.datetime.now(datetime.UTC), reason=reason, details=details,
            expected_version=expected, client_request_id=request_id, origin=Origin("command", position=position), unit_code=unit,
        )  # fmt: skip
        parts = step_store.list_parts(session, case.id) if action == CaseAction.SPLIT.value else []
    click.echo(f"{case.case_no} {CaseAction(action).zh} → {case.state.zh}，第 {case.version} 步 ({case.state.value}, step {case.version})")
    for part in parts:
        click.echo(f"  子案 {part.case_no}（{part.state.zh}）")


@click.command("steps")
@click.argument("case_no")
def steps_command(case_no: str) -> None:
    """Show how a case moved, and what people may do with it now."""
    with transaction() as session:
        case, _ = store.get_case(session, case_no)
        zone = city_store.get_profile(session).zone
        steps, parts = store.list_steps(session, case.id), step_store.list_parts(session, case.id)
    click.echo(f"案卷 {case.case_no}（{case.state.zh}），承办单位 {case.unit_code or '—'}")
    for step in steps:
        click.echo(_line(step, zone))
    for part in parts:
        click.echo(f"子案 {part.case_no}（{part.state.zh}），承办单位 {part.unit_code or '—'}")
    click.echo(f"可办：{'、'.join(f'{action.zh} {action.value}' for action in list_actions(case.state)) or '—'}")


@click.command("pool")
@click.option("--pool", type=click.Choice([pool.value for pool in SuspensionPool]), help="Only one pool.")
@click.option("--due", is_flag=True, help="Only what has to be looked at again by today.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=200, show_default=True, help="How many, by the day of review.")
def pool_command(pool: str | None, due: bool, limit: int) -> None:
    """List suspended cases by the day on which somebody has to look at them again."""
    with transaction() as session:
        today = city_today(city_store.get_profile(session))
        chosen = SuspensionPool(pool) if pool else None
        found = review_store.list_suspended(session, pool=chosen, due_by=today if due else None, limit=limit)
    table = Table("案卷号", "复查日期", "类型", "承办单位", "理由", box=None, pad_edge=False)
    for case in found:
        table.add_row(case.case_no, case.review_on.isoformat(), case.pool.zh, case.unit_code or "—", Text(case.reason))
    console().print(table)
    click.echo(f"列出 {len(found)} 件挂账案卷 ({len(found)} suspended cases)")


@click.command("workflow")
@click.option("--mermaid", "form", flag_value="mermaid", help="Print the states as a Mermaid diagram.")
@click.option("--table", "form", flag_value="table", default="table", help="Print the whole table as Markdown (default).")
@click.option("--into", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Write both between the markers of a document.")
def workflow_command(form: str, into: Path | None) -> None:
    """Print which action leads from which state to which, who may do it and what it needs."""
    if into is not None:
        try:
            text = diagram.written_into(into.read_text(encoding="utf-8"))
        except ValueError as error:
            raise InvalidInputError("into", str(error), zh="文档中没有流程图的起止标记") from error
        into.write_text(text, encoding="utf-8")
        click.echo(f"已写入 {into} (written)")
        return
    click.echo(diagram.mermaid() if form == "mermaid" else diagram.markdown())


@click.command("units")
def units_command() -> None:
    """List the units that handle cases."""
    with transaction() as session:
        units = step_store.list_units(session)
    table = Table("编码", "名称", "类型", "范围", box=None, pad_edge=False)
    for unit in units:
        table.add_row(unit.code, Text(unit.name), unit.kind.zh, f"{unit.area[0].zh} {unit.area[1]}" if unit.area else "全市")
    console().print(table)
    click.echo(f"共 {len(units)} 个处置单位 ({len(units)} units)")


@click.command("unit")
@click.argument("code")
@click.argument("name")
@click.option("--kind", type=click.Choice([kind.value for kind in UnitKind]), default=UnitKind.DEPARTMENT.value, show_default=True)
@click.option("--area", metavar="LEVEL:CODE", help="Where it works, such as street_office:420102001; the whole city unless told.")
def unit_command(code: str, name: str, kind: str, area: str | None) -> None:
    """Store a unit that handles cases, or change the one stored under this code."""
    with transaction() as session:
        step_store.put_unit(session, HandlingUnit(code, name, UnitKind(kind), _area(area)))
    click.echo(f"已保存处置单位 {code} {name} (stored)")


def _area(given: str | None) -> tuple[Level, str] | None:
    if given is None:
        return None
    level, _, code = given.partition(":")
    if level not in set(Level) or not code:
        raise InvalidInputError(
            "area", f"{given!r} is not LEVEL:CODE; levels: {', '.join(Level)}", zh=f"范围应写作 级别:编码，级别为 {'、'.join(Level)}"
        )
    return Level(level), code


def _details(written: str | None) -> dict[str, Any]:
    if written is None:
        return {}
    try:
        details = json.loads(written)
    except ValueError as error:
        raise InvalidInputError("details", f"is not JSON: {error}", zh="不是有效的 JSON") from error
    if not isinstance(details, dict):
        raise InvalidInputError("details", "is not a JSON object", zh="不是 JSON 对象")
    return details


def _pair(pair: str) -> tuple[str, str]:
    name, equals, value = pair.partition("=")
    if not (name and equals):
        raise InvalidInputError("detail", f"{pair!r} is not KEY=VALUE", zh=f"{pair!r} 应写作 名称=值")
    return name, value


def _line(step: CaseStep, zone: zoneinfo.ZoneInfo) -> str:
    origin = " ".join(filter(None, (step.origin.channel, step.origin.ip, step.origin.position)))
    said = " · ".join(filter(None, (step.actor, step.reason, origin, json.dumps(step.details, ensure_ascii=False) if step.details else "")))
    return f"  {step.seq}. {step.at.astimezone(zone):%Y-%m-%d %H:%M:%S} {step.action.zh} → {step.to_state.zh} · {said}"
