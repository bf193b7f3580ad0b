"""Send one delivery by the way it asks for."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping

from gridmgmt.messages.mail import MailServer, send_mail
from gridmgmt.messages.model import Delivery
from gridmgmt.messages.outcome import Outcome, failed
from gridmgmt.messages.webhook import Endpoint, send_webhook


@dataclasses.dataclass(frozen=True)
class Ways:
    """The ways out of the house, from the settings: the mail server, where each channel is, what links begin with."""

    mail: MailServer | None = None
    endpoints: Mapping[str, Endpoint] = dataclasses.field(default_factory=dict)
    public_url: str = ""
    allow_private: bool = False

    def link(self, case_no: str | None) -> str:
        """Return where a case is read; empty where the settings do not say under which address people reach us."""
        return f"{self.public_url.rstrip('/')}/cases/{case_no}" if self.public_url and case_no else ""


def send(delivery: Delivery, ways: Ways, *, at: datetime.datetime) -> Outcome:
    """Send one delivery and say how it ended."""
    link = ways.link(delivery.message.about)
    if delivery.email is not None:
        if ways.mail is None:
            return failed("GRIDMGMT_SMTP_URL is not set")
        return send_mail(ways.mail, delivery.email, delivery.message, key=delivery.key, link=link, at=at)
    if delivery.channel is None or (endpoint := ways.endpoints.get(delivery.channel.code)) is None:
        code = delivery.channel.code if delivery.channel else "?"
        return failed(f"GRIDMGMT_WEBHOOK_{code.upper()}_URL is not set")
    return send_webhook(
        delivery.channel.kind, endpoint, delivery.message, key=delivery.key, link=link, at=at, allow_private=ways.allow_private
    )
