"""One guarded HTTP POST: only to addresses of the open internet unless told otherwise, no redirects, a limit on time and size."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from urllib.parse import urlsplit

TIMEOUT_S = 10.0  # for the whole exchange, however slowly the other side drips
LARGEST_ANSWER = 64 * 1024


@dataclasses.dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    retry_after_s: float = 0.0


class RefusedAddressError(OSError):
    """The address may not be asked: it is not http(s), or it leads into a private network."""


class NoAnswerError(OSError):
    """No whole answer came in time."""


def post(url: str, body: bytes, headers: Mapping[str, str], *, allow_private: bool = False, timeout_s: float = TIMEOUT_S) -> Answer:
    """Post bytes and return the answer.

    The name is looked up once and the very address that was checked is asked, so that a name which changes between check and use leads
    nowhere. Raises RefusedAddressError, or NoAnswerError; neither names the path, which may hold a key.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        message = "the address is not http or https"
        raise RefusedAddressError(message)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = _resolve(parts.hostname, port, allow_private=allow_private)
    connection = _Pinned(parts.hostname, port, address, tls=parts.scheme == "https", timeout_s=timeout_s)
    guard = threading.Timer(timeout_s, connection.cut)
    guard.daemon = True
    guard.start()
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body=body, headers={**headers, "User-Agent": "gridmgmt", "Connection": "close"})
        answer = connection.getresponse()
        return Answer(answer.status, answer.read(LARGEST_ANSWER), _seconds(answer.getheader("Retry-After")))
    except (OSError, http.client.HTTPException, ValueError) as error:
        message = f"no answer from {parts.hostname}: {type(error).__name__}"
        raise NoAnswerError(message) from error
    finally:
        guard.cancel()
        connection.close()


def is_open_address(address: str) -> bool:
    """Say whether an IP address belongs to the open internet: not to this machine, a private network or anything special."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(parsed, "ipv4_mapped", None) or getattr(parsed, "sixtofour", None)
    return parsed.is_global and not parsed.is_multicast and (inner is None or inner.is_global)


def _resolve(host: str, port: int, *, allow_private: bool) -> str:
    try:
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except OSError as error:
        message = f"the name {host} is not known"
        raise NoAnswerError(message) from error
    if not allow_private and not all(map(is_open_address, found)):
        message = f"{host} leads into a private network"
        raise RefusedAddressError(message)
    return found[0]


class _Pinned(http.client.HTTPConnection):
    """A connection to one address under a name, which TLS checks."""

    def __init__(self, host: str, port: int, address: str, *, tls: bool, timeout_s: float) -> None:
        super().__init__(host, port, timeout=timeout_s)
        self._address, self._tls = address, tls

    def connect(self) -> None:
        """Connect to the address that was checked."""
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._tls:
            self.sock = _tls().wrap_socket(self.sock, server_hostname=self.host)

    def cut(self) -> None:
        """Break off an exchange that takes too long; called from another thread."""
        if self.sock is not None:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


@functools.cache
def _tls() -> ssl.SSLContext:
    """Return what checks certificates; reading all that are trusted takes longer than a call."""
    return ssl.create_default_context()


def _seconds(given: str | None) -> float:
    return float(given) if given and given.isdecimal() else 0.0
