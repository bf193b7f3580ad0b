"""``gridmgmt siting plans | show | check | compare``: what was found, whether it still holds, and which is better."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
from rich.table import Table
from sqlalchemy.orm import Session

from gridmgmt.cli.language import label, say, tr
from gridmgmt.cli.session import transaction
from gridmgmt.cli.show_plan import console
from gridmgmt.siting import scenario_store
from gridmgmt.siting.check_answer import find_faults
from gridmgmt.siting.keep_plan import gather
from gridmgmt.siting.scenario import SavedPlan
from gridmgmt.siting.scenario_settings import Problem

GROUPS = (
    ("before_all", "现状（全部在用）", "before, all in service"),
    ("before_meets", "现状（达标）", "before, meeting the standard"),
    ("after", "规划后", "after"),
)
MOST_SITES = 10


@click.command("plans")
@click.argument("scenario_id", type=int, required=False)
def plans_command(scenario_id: int | None) -> None:
    """List the plans, newest first."""
    with transaction() as session:
        found = scenario_store.list_plans(session, scenario_id)
        names = {one.id: one.name for one in scenario_store.list_scenarios(session)}
    table = Table(
        *tr("编号 方案 问题 点数 值 界 差距 证明最优 用时", "id scenario problem sites value bound gap proved seconds").split(),
        box=None,
        pad_edge=False,
    )
    for one in found:
        bound = "—" if one.bound is None else f"{one.bound:,.0f}"
        proved = tr("是", "yes") if one.proved else tr("否", "no")
        row = (str(one.id), names[one.scenario_id], label(Problem(one.problem)), str(one.summary["sites"]), f"{one.value:,.0f}")
        table.add_row(*row, bound, _percent(one.gap), proved, f"{one.seconds:.1f}")
    console().print(table)


@click.command("show")
@click.argument("plan_id", type=int)
def show_command(plan_id: int) -> None:
    """Show a plan: its guarantee, people within the radius by both distances, years, the first sites."""
    with transaction() as session:
        show_plan(session, plan_id)


@click.command("check")
@click.argument("plan_id", type=int)
@click.pass_context
def check_command(ctx: click.Context, /, plan_id: int) -> None:
    """Recompute value, rules and bound of a saved plan without any solver; exit code 1 when something does not hold."""
    with transaction() as session:
        plan = scenario_store.get_plan(session, plan_id)
        material = gather(session, scenario_store.get_scenario(session, plan.scenario_id))
        faults = find_faults(material.question, material.network, Problem(plan.problem), plan.plan)
    for fault in faults:
        click.echo(f"  {fault}", err=True)
    if faults:
        say(f"校核未通过：{len(faults)} 处", f"does not hold: {len(faults)} faults", err=True)
        ctx.exit(1)
    say("校核通过：值、规则与界均已复算", "holds: value, rules and bound were recomputed")


@click.command("compare")
@click.argument("first_id", type=int)
@click.argument("second_id", type=int)
def compare_command(first_id: int, second_id: int) -> None:
    """Compare two plans: guarantee, people within the radius, sites in common."""
    with transaction() as session:
        plans = [scenario_store.get_plan(session, number) for number in (first_id, second_id)]
        codes = [{site.code for site in scenario_store.list_sites(session, plan.id)} for plan in plans]
    table = Table("", str(first_id), str(second_id), box=None, pad_edge=False)
    for zh, en, *values in _lines(*plans):
        table.add_row(tr(zh, en), *values)
    console().print(table)
    shared = len(codes[0] & codes[1])
    say(f"相同点位 {shared}，仅前者 {len(codes[0]) - shared}，仅后者 {len(codes[1]) - shared}",
        f"{shared} sites in common, {len(codes[0]) - shared} only in the first, {len(codes[1]) - shared} only in the second")  # fmt: skip


def show_plan(session: Session, plan_id: int) -> None:
    """Print a plan: the guarantee first."""
    plan = scenario_store.get_plan(session, plan_id)
    sites = scenario_store.list_sites(session, plan_id)
    show_guarantee(plan)
    for zh, en, value in _reached(plan.summary):
        say(f"  {zh}：{value}", f"  {en}: {value}")
    for year in plan.summary["by_year"]:
        zh, en = _year(year)
        say(
            f"  {year['year']} 年 {year['sites']} 处，新增 {year['adds']:,}{zh}",
            f"  {year['year']}: {year['sites']} sites add {year['adds']:,}{en}",
        )
    for site in sites[:MOST_SITES]:
        verdict = f"  {label(site.verdict)}" if site.verdict else ""
        click.echo(f"  {site.rank:4d}  {site.code}  {label(site.origin)}  +{site.adds:,.0f}{verdict}")
    if len(sites) > MOST_SITES:
        say(f"  … 另有 {len(sites) - MOST_SITES} 处", f"  … and {len(sites) - MOST_SITES} more")


def _year(year: Mapping[str, Any]) -> tuple[str, str]:
    """Return what is known at the end of a year: people within the radius by both distances, and how good the year's plan is."""
    zh = en = ""
    if year.get("straight") is not None:
        walking = "—" if year["walking"] is None else f"{year['walking']:,}"
        zh, en = (
            f"；累计直线 {year['straight']:,} 人，步行 {walking}",
            f"; {year['straight']:,} people in a straight line, {walking} walking",
        )
    if "bound" in year:
        zh, en = f"{zh}；差距 {_percent(year['gap'])}", f"{en}; gap {_percent(year['gap'])}"
    return zh, en


def show_guarantee(plan: SavedPlan) -> None:
    """Print what is promised: "optimal" only where the bound proves it."""
    value, bound = f"{plan.value:,.0f}", "—" if plan.bound is None else f"{plan.bound:,.0f}"
    lowest = plan.summary["unit"] != "weight"
    zh = f"结果 {plan.id}：{Problem(plan.problem).zh}，值 {value}；在这些规则下任何方案不能{'低于' if lowest else '超过'} {bound}（差距 {_percent(plan.gap)}）"
    en = f"plan {plan.id}: {Problem(plan.problem).en}, value {value}; none under these rules can {'fall below' if lowest else 'exceed'} {bound} (gap {_percent(plan.gap)})"
    say(zh + ("，已证明最优" if plan.proved else ""), en + (", proved optimal" if plan.proved else ""))


def _lines(first: SavedPlan, second: SavedPlan) -> list[tuple[str, str, str, str]]:
    rows = [
        ("点数", "sites", str(first.summary["sites"]), str(second.summary["sites"])),
        ("值", "value", f"{first.value:,.0f}", f"{second.value:,.0f}"),
        ("差距", "gap", _percent(first.gap), _percent(second.gap)),
    ]
    pairs = zip(_reached(first.summary), _reached(second.summary), strict=False)
    return rows + [(zh, en, one, other) for (zh, en, one), (_, _, other) in pairs]


def _reached(summary: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return people within the radius, the straight line and walking side by side."""
    people, radius, walking = max(1, summary["people"]), summary["radius_m"], summary["walking"]
    rows = []
    for key, zh, en in GROUPS:
        straight = f"{summary['straight'][key]:,} ({summary['straight'][key] / people:.2%})"
        on_foot = "—" if walking is None else f"{walking[key]:,} ({walking[key] / people:.2%})"
        both = tr(f"直线 {straight}，步行 {on_foot}", f"straight {straight}, walking {on_foot}")
        rows.append((f"{zh} {radius:g} m 内人口", f"people within {radius:g} m {en}", both))
    return rows


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{share:.4%}"
