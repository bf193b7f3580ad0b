"""Invented staff of the demo city, an account for every role, and where each of them starts (从哪里开始)."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping

from sqlalchemy.orm import Session

from gridmgmt.accounts import account_store
from gridmgmt.accounts.add_account import add_account
from gridmgmt.accounts.change_account import By, set_password
from gridmgmt.accounts.model import NewAccount
from gridmgmt.accounts.password import make_password
from gridmgmt.cases import step_store
from gridmgmt.city.model import Level
from gridmgmt.demo import people_store
from gridmgmt.demo.desk import fill_desks
from gridmgmt.demo.people_store import Workplace
from gridmgmt.demo.units import demo_units
from gridmgmt.errors import NotReadyError
from gridmgmt.roads.model import Post


@dataclasses.dataclass(frozen=True)
class Start:
    """What one of the staff does first: the page, and a sentence in both languages. ``zh_post`` names the post."""

    role: str
    path: str
    zh_post: str
    en_post: str
    zh: str
    en: str


# By the first word of the log-in name, in the order of the way of a case.
STARTS: Mapping[str, Start] = {
    "cjy": Start("inspector", "/inspector", "采集员", "Inspector", "手机上报问题、核实市民上报、自行处置", "Report by phone, verify what the public reported, handle on the spot"),
    "slzx": Start("intake_officer", "/intake", "受理员", "Intake officer", "派核实、立案或不予立案、并案", "Ask for verification, file or refuse, merge duplicates"),
    "pqy": Start("dispatcher", "/dispatch", "派遣员", "Dispatcher", "看建议单位和依据，派遣、改派、挂账、拆分", "See which unit and why, dispatch, override, suspend, split"),
    "czry": Start("handler", "/unit", "处置人员", "Handler", "接收、退回、延期、带照片反馈", "Accept, return, extend, feed back with photos"),
    "fzr": Start("handler", "/unit", "处置部门负责人", "Head of a unit", "确认处置结果、退回重办、超时申诉", "Confirm what was handled, send it back, appeal"),
    "hcy": Start("inspector", "/inspector", "核查员", "Checking inspector", "到现场核查，通过或返工", "Check on the spot, pass or rework"),
    "lz": Start("road_chief", "/road-chief/mine", "路长", "Road chief", "我的责任区、巡查、门前三包、月报", "My zone, patrols, frontages, the month"),
    "louz": Start("building_head", "/road-chief/mine", "楼长", "Building head", "巡查、上报", "Patrol, report"),
    "dz": Start("shop_head", "/road-chief/mine", "店长", "Shop head", "门前三包检查", "Check frontages"),
    "jdy": Start("supervisor", "/board", "督办员", "Supervisor", "看板、督办、延期审批、申诉、结案", "Board, orders of supervision, extensions, appeals, closing"),
    "ghy": Start("planner", "/siting", "规划员", "Planner", "设施选址、设施覆盖、看板、派遣规则", "Siting with proof, coverage of facilities, board, rules"),
    "gly": Start("administrator", "/accounts", "管理员", "Administrator", "账号、角色、审计", "Accounts, roles, audit"),
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class DemoPerson:
    """An account of the demo city and where its holder starts."""

    name: str
    shown_name: str
    start: Start


def list_people(session: Session) -> list[DemoPerson]:
    """Return the demo accounts there are, in the order of the way of a case."""
    found = [
        DemoPerson(name, shown, STARTS[name.partition("-")[0]]) for name, shown in people_store.list_demo_names(session, tuple(STARTS))
    ]
    return sorted(found, key=lambda person: (list(STARTS.values()).index(person.start), person.name))


def make_accounts(session: Session, known: Mapping[str, str], *, now: datetime.datetime) -> dict[str, str]:
    """Make the demo accounts, with work on their desks, and return the passwords of all, by log-in name.

    ``known`` are passwords made before; an account whose password is not among them gets a new one. Raises NotReadyError for a city
    without street offices.
    """
    there = [person.name for person in list_people(session)]
    passwords: dict[str, str] = {}
    if not there:
        for wanted in _wanted(session, now.date()):
            passwords[wanted.name] = make_password()
            add_account(session, wanted, password=passwords[wanted.name], now=now, is_generated=True)
        people_store.add_colleagues(session, now=now)
        fill_desks(session, now=now)
        return passwords
    for name in there:
        passwords[name] = known.get(name) or _new_password(session, name, now)
    return passwords


def _wanted(session: Session, today: datetime.date) -> list[NewAccount]:
    place = people_store.find_workplace(session)
    if place is None:
        raise NotReadyError("the demo city is not loaded", zh="尚未装载演示城市")
    _make_units(session, place)
    office, district = place.office_code, place.district_code
    street, team, clean = [(Level.STREET_OFFICE, office)], f"JD-{office}", f"HW-{district}"
    around = [(Level.DISTRICT, district)]
    return [
        _account(f"cjy-{office}", f"{place.office_name}采集员", areas=street),
        _account("slzx-1", "受理中心受理员", everything=True),
        _account(f"pqy-{district}", f"{place.district_name}派遣员", areas=around),
        _account("pqy-city", "市级派遣员（可改派遣规则）", everything=True),
        _account(f"czry-{team.lower()}", f"{place.office_name}综合执法中心处置人员", unit=team),
        _account(f"czry-{clean.lower()}", f"{place.district_name}环卫所处置人员", unit=clean),
        _account(f"fzr-{team.lower()}", f"{place.office_name}综合执法中心负责人", unit=team),
        _account(f"hcy-{office}", f"{place.office_name}核查员", areas=street),
        *_posts(session, place, today),
        _account(f"jdy-{district}", f"{place.district_name}督办员", areas=around),
        _account("jdy-city", "市级督办员", everything=True),
        _account("ghy-city", "规划员", everything=True),
        _account("gly-city", "系统管理员", everything=True),
    ]


def _posts(session: Session, place: Workplace, today: datetime.date) -> list[NewAccount]:
    """Return accounts for who holds the posts of "1+2+N" in the street office, by their own names; posts nobody holds are left out."""
    made = []
    for word, post in (("lz", Post.ROAD_CHIEF), ("louz", Post.BUILDING_HEAD), ("dz", Post.SHOP_HEAD)):
        holder = people_store.find_holder(session, place.office_code, post.value, on=today)
        if holder is not None:
            areas = [(Level.STREET_OFFICE, place.office_code)] if post is Post.BUILDING_HEAD else []  # the others have zone or segment
            made.append(_account(f"{word}-{place.office_code}", f"{holder.name}({post.zh})", areas=areas, person=holder.code))
    return made


def _account(
    name: str, shown: str, *, everything: bool = False, areas: list[tuple[Level, str]] | None = None, unit: str | None = None,
    person: str | None = None,
) -> NewAccount:  # fmt: skip
    role = STARTS[name.partition("-")[0]].role
    return NewAccount(
        name, shown, (role,), everything, tuple(areas or ()), (unit,) if unit else (), person_code=person, unit_code=unit
    )  # fmt: skip


def _make_units(session: Session, place: Workplace) -> None:
    """Store the units the staff work for where the city was loaded without them."""
    there = {unit.code for unit in step_store.list_units(session)}
    for unit in demo_units([(place.district_code, place.district_name)], [(place.office_code, place.office_name)]):
        if unit.code not in there:
            step_store.put_unit(session, unit)


def _new_password(session: Session, name: str, now: datetime.datetime) -> str:
    account, password = account_store.find_account(session, name), make_password()
    if account is not None:
        set_password(session, account, password, now=now, by=By("demo"), must_change=False)
    return password
