"""Messages: topics, who is to know, where a message goes, how sending it went."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from typing import Any

from gridmgmt.city.model import Level
from gridmgmt.labels import LabelledEnum


class Topic(LabelledEnum):
    """What a message is about."""

    REPORTED = "reported", "新上报", "New report"
    VERIFY = "verify", "待核实", "To be verified"
    DISPATCHED = "dispatched", "派遣", "Dispatched"
    RETURNED = "returned", "退回", "Returned"
    CHECK = "check", "待核查", "To be checked"
    REWORK = "rework", "返工", "Rework"
    SUPERVISED = "supervised", "督办", "Supervision order"
    SUSPENDED = "suspended", "挂账", "Suspended"
    RESUMED = "resumed", "恢复办理", "Resumed"
    REVIEW_DUE = "review_due", "挂账复查", "Suspension to be reviewed"
    EXTENSION_ASKED = "extension_asked", "延期申请", "Extension asked for"
    EXTENSION_DECIDED = "extension_decided", "延期审批", "Extension decided"
    APPEAL_ASKED = "appeal_asked", "超时申诉", "Appeal to review"
    APPEAL_DECIDED = "appeal_decided", "申诉审核", "Appeal reviewed"
    DUE_SOON = "due_soon", "即将到期", "Due soon"
    OVERDUE = "overdue", "超期", "Overdue"
    CLOSED = "closed", "办结", "Closed"


# Sent by e-mail unless the person asked for something else: what cannot wait until the inbox is opened.
MAILED = frozenset({Topic.SUPERVISED, Topic.OVERDUE})


class ChannelKind(LabelledEnum):
    """What stands at the other end of a webhook."""

    WECOM = "wecom", "企业微信机器人", "Enterprise WeChat robot"
    DINGTALK = "dingtalk", "钉钉机器人", "DingTalk robot"
    GENERIC = "generic", "通用回调", "Signed webhook"


class DeliveryState(LabelledEnum):
    """How far a delivery is."""

    WAITING = "waiting", "待发送", "Waiting"
    SENT = "sent", "已发送", "Sent"
    DEAD = "dead", "发送失败", "Given up"


class AttemptState(LabelledEnum):
    """How one attempt ended; one that stays started was cut off: the other side may have received it."""

    STARTED = "started", "结果不明", "Cut off, outcome unknown"
    SENT = "sent", "成功", "Sent"
    FAILED = "failed", "失败", "Failed"


@dataclasses.dataclass(frozen=True)
class Audience:
    """Who is to know: the accounts for which everything said here holds.

    ``account`` is a log-in name, ``unit_code`` the unit an account speaks for, ``person_id`` the person it belongs to, ``permission``
    one it must hold, ``areas`` of which it must see one, or everything (None: wherever). Who names nothing but areas means nobody.
    """

    account: str | None = None
    unit_code: str | None = None
    person_id: int | None = None
    permission: str | None = None
    areas: tuple[tuple[Level, str], ...] | None = None

    def as_json(self) -> dict[str, Any]:
        """Return what the outbox keeps."""
        said = {"account": self.account, "unit_code": self.unit_code, "person_id": self.person_id, "permission": self.permission}
        areas = None if self.areas is None else [[level.value, code] for level, code in self.areas]
        return {key: value for key, value in {**said, "areas": areas}.items() if value is not None}

    @staticmethod
    def from_json(kept: Mapping[str, Any]) -> Audience:
        """Read what the outbox kept."""
        areas = tuple((Level(level), str(code)) for level, code in kept["areas"]) if "areas" in kept else None
        return Audience(kept.get("account"), kept.get("unit_code"), kept.get("person_id"), kept.get("permission"), areas)


@dataclasses.dataclass(frozen=True)
class Message:
    """A message as written: one sentence in each language; ``about`` is a case number."""

    id: int
    topic: Topic
    about: str | None
    zh: str
    en: str
    created_at: datetime.datetime

    def sentence(self, language: str = "zh") -> str:
        """Return the sentence in ``zh`` or ``en``."""
        return self.en if language == "en" else self.zh


@dataclasses.dataclass(frozen=True)
class Outgoing:
    """A message in the outbox: not told to anybody yet."""

    message: Message
    audiences: tuple[Audience, ...]
    by: str | None


@dataclasses.dataclass(frozen=True)
class InboxLine:
    """A message in somebody's inbox."""

    message: Message
    read_at: datetime.datetime | None


@dataclasses.dataclass(frozen=True)
class Reader:
    """An account that is to know, and how it wants to be told."""

    account_id: int
    name: str
    in_app: bool
    email: str | None


@dataclasses.dataclass(frozen=True)
class Channel:
    """A webhook: which messages go there, and how many a minute it takes; address and secret are settings, never stored.

    ``topics`` empty means all of them; ``unit_code`` only what is told to that unit.
    """

    code: str
    kind: ChannelKind
    name: str
    topics: tuple[Topic, ...] = ()
    unit_code: str | None = None
    per_minute: int = 20
    enabled: bool = True


@dataclasses.dataclass(frozen=True)
class Delivery:
    """A message on its way out of the house; ``key`` is the same at every attempt, so that a receiver can tell a repeat."""

    id: int
    message: Message
    channel: Channel | None
    email: str | None
    attempts: int

    @property
    def key(self) -> str:
        """Return what names this delivery at every attempt."""
        return f"delivery-{self.id}"


@dataclasses.dataclass(frozen=True)
class Attempt:
    """One attempt to send."""

    number: int
    at: datetime.datetime
    state: AttemptState
    words: str


@dataclasses.dataclass(frozen=True)
class DeadLetter:
    """A delivery that was given up, with every attempt."""

    delivery: Delivery
    given_up_at: datetime.datetime
    attempts: tuple[Attempt, ...]


@dataclasses.dataclass(frozen=True)
class Preference:
    """How an account wants to be told of a topic."""

    topic: Topic
    in_app: bool
    by_email: bool


class Rung(LabelledEnum):
    """Whom a rung of the escalation ladder tells."""

    UNIT = "unit", "承办单位", "Handling unit"
    DISPATCHER = "dispatcher", "派遣员", "Dispatcher"
    SUPERVISOR = "supervisor", "督办员", "Supervisor"


@dataclasses.dataclass(frozen=True)
class EscalationRule:
    """A rung of the ladder: so many minutes after a case is due (negative: before) these are told; for one class where named."""

    code: str
    after_minutes: int
    tells: Rung
    class_code: str | None = None
