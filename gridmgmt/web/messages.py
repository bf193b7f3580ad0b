"""The inbox of who is signed in, how one wants to be told, and what could not be sent."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Flask, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.exc import SQLAlchemyError

from gridmgmt.accounts import account_store
from gridmgmt.errors import InvalidInputError, NotFoundError
from gridmgmt.messages import channel_store, delivery_store, inbox_store, job_store, ladder_store, outbox_store
from gridmgmt.messages.model import Topic
from gridmgmt.web.csv_stream import csv_response
from gridmgmt.web.door import door, now, profile, session, today, transaction
from gridmgmt.web.guard import needs, principal
from gridmgmt.web.language import choose
from gridmgmt.web.noted import note
from gridmgmt.web.params import choice_of, id_of, query, text_of
from gridmgmt.web.words import moment

pages = Blueprint("messages", __name__)

PAGE, EXPORT_PAGE = 50, 500
JOBS = {
    "deadlines": lazy_gettext("到期提醒与升级"), "reviews": lazy_gettext("挂账复查提醒"), "forget_marks": lazy_gettext("清理到期标记"),
    "forget_messages": lazy_gettext("清理旧消息"), "sign_ins": lazy_gettext("清理过期登录"), "partitions": lazy_gettext("预建月份"),
    "days": lazy_gettext("每日汇总"), "retention": lazy_gettext("个人信息到期清理"), "index": lazy_gettext("更新归属索引"),
}  # fmt: skip


@pages.get("/messages")
@needs("message.own")
def get_inbox() -> ResponseReturnValue:
    """Show one's messages, newest first."""
    found = inbox_store.list_inbox(session(), _mine(), limit=PAGE + 1, **_wanted())
    lines = found[:PAGE]
    return render_template(
        "messages.html", city=profile(), lines=lines, topics=list(Topic), unread=inbox_store.count_unread(session(), _mine()),
        next_cursor=lines[-1].message.id if len(found) > PAGE else None,
    )  # fmt: skip


@pages.get("/messages.csv")
@needs("message.own")
def get_inbox_export() -> ResponseReturnValue:
    """Send what the inbox shows as CSV."""
    return csv_response([_("时间"), _("主题"), _("案卷"), _("内容"), _("已读")], _rows(), f"messages-{today():%Y%m%d}.csv")


@pages.get("/messages/<int:message_id>")
@needs("message.own")
def get_message(message_id: int) -> ResponseReturnValue:
    """Go to what a message is about; it is read then."""
    line = inbox_store.find_line(session(), _mine(), message_id)
    if line is None:
        raise NotFoundError(f"there is no message {message_id}", zh=f"没有消息 {message_id}")
    with transaction() as opened:
        inbox_store.mark_read(opened, _mine(), at=now(), message_id=message_id)
    return redirect(f"/cases/{line.message.about}" if line.message.about else "/messages", 303)


@pages.post("/messages/read")
@needs("message.own")
def post_read() -> ResponseReturnValue:
    """Mark one message as read, or all up to the newest that was shown."""
    one, up_to = id_of(request.form, "message"), id_of(request.form, "up_to")
    if one is None and up_to is None:
        raise InvalidInputError("message", "names no message", zh="未指明消息")
    with transaction() as opened:
        inbox_store.mark_read(opened, _mine(), at=now(), message_id=one, up_to=up_to)
    return redirect("/messages" + ("?unread=1" if text_of(request.form, "unread") else ""), 303)


@pages.get("/messages/settings")
@needs("message.own")
def get_settings() -> ResponseReturnValue:
    """Show how one is told of each topic."""
    return render_template(
        "message_settings.html", city=profile(), wishes=channel_store.list_preferences(session(), _mine()), email=_email(),
        sends_mail=bool(door().settings.smtp_url), saved=bool(query().get("saved")),
    )  # fmt: skip


@pages.post("/messages/settings")
@needs("message.own")
def post_settings() -> ResponseReturnValue:
    """Store how one wants to be told of each topic."""
    wishes = {topic: (f"in_app:{topic.value}" in request.form, f"by_email:{topic.value}" in request.form) for topic in Topic}
    with transaction() as opened:
        channel_store.put_preferences(opened, _mine(), wishes)
    return redirect("/messages/settings?saved=1", 303)


@pages.get("/messages/dead")
@needs("message.admin")
def get_dead() -> ResponseReturnValue:
    """Show what could not be sent with every attempt, what waits, the channels, the ladder and the worker's timetable."""
    before = id_of(query(), "after")
    found = delivery_store.list_dead(session(), before=before, limit=PAGE + 1)
    return render_template(
        "messages_dead.html", city=profile(), letters=found[:PAGE], next_cursor=found[PAGE - 1].delivery.id if len(found) > PAGE else None,
        outgoing=outbox_store.count_outgoing(session()), counts=delivery_store.count_by_state(session()),
        jobs=job_store.list_jobs(session()), channels=channel_store.list_channels(session()), job_names=JOBS,
        ladder=[(rung, datetime.timedelta(minutes=rung.after_minutes)) for rung in ladder_store.list_rules(session())],
        known=set(door().settings.webhooks), sends_mail=bool(door().settings.smtp_url),
    )  # fmt: skip


@pages.post("/messages/dead/retry")
@needs("message.admin")
def post_retry() -> ResponseReturnValue:
    """Let one delivery, or all that were given up, be sent again; that somebody did is noted."""
    delivery_id = None if text_of(request.form, "all") else id_of(request.form, "delivery")
    if delivery_id is None and not text_of(request.form, "all"):
        raise InvalidInputError("delivery", "names no delivery", zh="未指明要重发的消息")
    with transaction() as opened:
        count = delivery_store.retry_dead(opened, now=now(), delivery_id=delivery_id)
        note(opened, "message.retry", details={"delivery": delivery_id, "count": count})
    return redirect("/messages/dead", 303)


def unread_messages() -> int:
    """Return how many messages who asks has not read, for the head of every page; 0 for the public."""
    account_id = principal().account_id
    if account_id is None or not principal().may("message.own"):
        return 0
    try:
        return inbox_store.count_unread(session(), account_id)
    except SQLAlchemyError:  # an error page is shown although the database is away
        return 0


def register(app: Flask) -> None:
    """Give templates the number of unread messages."""
    app.context_processor(lambda: {"unread_messages": unread_messages})


def _mine() -> int:
    account_id = principal().account_id
    if account_id is None:
        raise NotFoundError("only accounts have messages", zh="未登录，没有消息")
    return account_id


def _email() -> str:
    account = account_store.find_account(session(), principal().name)
    return (account.email if account else None) or ""


def _wanted() -> dict[str, Any]:
    topic = text_of(query(), "topic")
    wanted = choice_of(topic, "topic", Topic) if topic else None
    return {"unread_only": text_of(query(), "unread") == "1", "topic": wanted, "before": id_of(query(), "after")}


def _rows() -> Iterator[tuple[object, ...]]:
    wanted = _wanted()
    while found := inbox_store.list_inbox(session(), _mine(), limit=EXPORT_PAGE, **wanted):
        for line in found:
            message = line.message
            read = _("是") if line.read_at else _("否")
            yield moment(message.created_at), message.topic.label(choose()), message.about, message.sentence(choose()), read
        wanted["before"] = found[-1].message.id
