"""The worker's timetable: what is done, and how often."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Mapping

from sqlalchemy.orm import Session

from gridmgmt.accounts import failure_store, rate_store, signed_in_store
from gridmgmt.cases import escalation_store, partition_store
from gridmgmt.cases.escalate import announce_reviews, escalate
from gridmgmt.city import store as city_store
from gridmgmt.cli.worker_loop import Job
from gridmgmt.evaluation import day_store
from gridmgmt.labels import Words
from gridmgmt.messages import outbox_store
from gridmgmt.settings import Settings

KEEP_MESSAGES = datetime.timedelta(days=180)
KEEP_SIGNED_IN = datetime.timedelta(days=1)  # longer than any idle time; the guard asks the exact one
MOST_FORGOTTEN = 10_000
MINUTE, HOUR, DAY = datetime.timedelta(minutes=1), datetime.timedelta(hours=1), datetime.timedelta(days=1)


def jobs(settings: Settings) -> Mapping[str, Job]:
    """Return every job by name."""
    return {
        "deadlines": Job(MINUTE, _deadlines),
        "reviews": Job(HOUR, _reviews),
        "forget_marks": Job(DAY, _forget_marks),
        "forget_messages": Job(HOUR, _forget_messages),
        "sign_ins": Job(HOUR, _sign_ins),
        "partitions": Job(DAY, _partitions),
        "days": Job(HOUR, _days),
        "retention": Job(DAY, functools.partial(_retention, settings)),
        "index": Job(MINUTE, functools.partial(_index, settings)),
    }


def _partitions(session: Session, now: datetime.datetime) -> Words:
    made = partition_store.ensure_months(session, partition_store.months_ahead(_today(session, now)))
    return Words(f"{len(made)} months made", zh=f"新建 {len(made)} 个月")


def _days(session: Session, now: datetime.datetime) -> Words:
    zone = city_store.get_profile(session).time_zone
    days = day_store.roll_up_missing(session, today=_today(session, now), time_zone=zone)
    if days is None:
        return Words("no day to sum up", zh="没有需要汇总的日期")
    return Words(f"days {days[0]} to {days[1]} summed up", zh=f"已汇总 {days[0]} 至 {days[1]}")


def _today(session: Session, now: datetime.datetime) -> datetime.date:
    return city_store.get_profile(session).day_of(now)


def _retention(settings: Settings, session: Session, now: datetime.datetime) -> Words:
    from gridmgmt.cli.retention import keep_to_retention  # noqa: PLC0415 - the command brings pandas along, once a day is enough

    done = keep_to_retention(session, now, settings, actor="worker")
    return Words(
        f"{done.contacts} contacts and {done.photos} unused photos deleted",
        zh=f"删除联系方式 {done.contacts} 条、未用照片 {done.photos} 张",
    )


def _index(settings: Settings, session: Session, now: datetime.datetime) -> Words:
    from gridmgmt.responsibility import city_index  # noqa: PLC0415 - brings numba along

    built = city_index.refresh_city_index(session, settings.var_dir / city_index.FOLDER, on=_today(session, now))
    return Words("the bulk index was built", zh="已重建归属索引") if built else Words("the bulk index is of today", zh="归属索引已是最新")


def _deadlines(session: Session, now: datetime.datetime) -> Words:
    told = escalate(session, now=now)
    return Words(f"{told} cases announced", zh=f"提醒案卷 {told} 件")


def _reviews(session: Session, now: datetime.datetime) -> Words:
    told = announce_reviews(session, now=now)
    return Words(f"{told} reviews announced", zh=f"提醒复查 {told} 件")


def _forget_marks(session: Session, _now: datetime.datetime) -> Words:
    escalation_store.forget_marks(session)
    return Words("marks of deadlines that ended are forgotten", zh="已清理到期标记")


def _forget_messages(session: Session, now: datetime.datetime) -> Words:
    gone = outbox_store.forget_messages(session, before=now - KEEP_MESSAGES, most=MOST_FORGOTTEN)
    return Words(f"{gone} messages forgotten", zh=f"清理消息 {gone} 条")


def _sign_ins(session: Session, now: datetime.datetime) -> Words:
    gone = signed_in_store.clean_up(session, now=now, idle=KEEP_SIGNED_IN)
    gone += failure_store.clean_up(session, now=now) + rate_store.clean_up(session, now=now)
    return Words(f"{gone} lines of sessions and limits cleaned up", zh=f"清理登录与限流记录 {gone} 条")
