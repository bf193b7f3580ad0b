"""E-mail by SMTP: TLS where the server is not this machine, the same Message-ID at every attempt."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit

from gridmgmt.errors import InvalidInputError
from gridmgmt.messages.model import Message
from gridmgmt.messages.outcome import Outcome, failed

TIMEOUT_S = 15.0
LASTING = 500  # SMTP answers from 500 on are final


@dataclasses.dataclass(frozen=True)
class MailServer:
    """Where e-mail is handed in; ``security`` is ``none``, ``starttls`` or ``tls``."""

    host: str
    port: int
    security: str
    sender: str
    user: str = ""
    password: str = dataclasses.field(default="", repr=False)


def read_mail_server(url: str, sender: str) -> MailServer | None:
    """Read ``smtp://user:password@host:587`` (STARTTLS), ``smtps://…`` (TLS) or ``smtp+plain://…`` (neither); "" is no e-mail.

    Raises InvalidInputError naming the variable.
    """
    if not url:
        return None
    parts = urlsplit(url)
    known = {"smtp": ("starttls", 587), "smtps": ("tls", 465), "smtp+plain": ("none", 25)}
    if parts.scheme not in known or not parts.hostname:
        reason = "is not smtp://…, smtps://… or smtp+plain://… with a host"
        raise InvalidInputError("GRIDMGMT_SMTP_URL", reason, zh="应为 smtp://、smtps:// 或 smtp+plain:// 开头并含主机名")
    if "@" not in parseaddr(sender)[1]:
        raise InvalidInputError("GRIDMGMT_MAIL_FROM", "is not an e-mail address", zh="不是电子邮件地址")
    security, port = known[parts.scheme]
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return MailServer(parts.hostname, parts.port or port, security, sender, user, password)


def send_mail(server: MailServer, to: str, message: Message, *, key: str, link: str, at: datetime.datetime) -> Outcome:
    """Hand one message in; a failure is an outcome, not an error."""
    try:
        with _connect(server) as connection:
            if server.security == "starttls":
                connection.starttls(context=_tls())
            if server.user:
                connection.login(server.user, server.password)
            connection.send_message(write_mail(server, to, message, key=key, link=link, at=at))
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        return failed(f"{code} {_text(words)}", lasting=code >= LASTING)
    except smtplib.SMTPResponseException as error:
        final = error.smtp_code >= LASTING and not isinstance(error, smtplib.SMTPAuthenticationError)
        return failed(f"{error.smtp_code} {_text(error.smtp_error)}", lasting=final)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return failed(f"{type(error).__name__}: {error}", lasting=isinstance(error, ValueError))
    return Outcome(sent=True, words=f"{server.host}:{server.port}")


def write_mail(server: MailServer, to: str, message: Message, *, key: str, link: str, at: datetime.datetime) -> EmailMessage:
    """Return the mail: the sentence in Chinese and English, and where to look."""
    mail = EmailMessage()
    mail["From"], mail["To"] = server.sender, to
    mail["Subject"] = " ".join(f"[{message.topic.zh}] {message.zh}".split())[:200]
    mail["Date"] = format_datetime(at)
    # The same at every attempt: a mail server that took it before the line broke can drop the second one.
    mail["Message-ID"] = f"<gridmgmt-{key}@{parseaddr(server.sender)[1].rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content("\n".join(filter(None, (message.zh, message.en, "", link))) + "\n")
    return mail


def _connect(server: MailServer) -> smtplib.SMTP:
    if server.security == "tls":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=_tls())
    return smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)


@functools.cache
def _tls() -> ssl.SSLContext:
    """Return what checks certificates; reading all that are trusted takes longer than a mail."""
    return ssl.create_default_context()


def _text(words: bytes | str) -> str:
    return words.decode(errors="replace") if isinstance(words, bytes) else words
