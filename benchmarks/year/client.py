"""A client that asks at a fixed rate whatever the server does, and counts the wait from when it meant to ask (open loop)."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Callable, Sequence

MOST_AT_ONCE = 400
PATIENCE_S = 60.0


@dataclasses.dataclass(frozen=True)
class Ask:
    """One request: under which name it is counted, and its bytes."""

    name: str
    raw: bytes


@dataclasses.dataclass(frozen=True)
class Answer:
    """What came back, and after how long; status 0 when nothing did."""

    name: str
    status: int
    seconds: float
    size: int


def request(method: str, path: str, *, cookie: str = "", body: bytes = b"", headers: Sequence[str] = ()) -> bytes:
    """Return the bytes of a request to our own machine."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", f"Cookie: {cookie}", *headers]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def ask(port: int, what: Ask, meant: float) -> Answer:
    """Ask once; the time runs from ``meant``."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(what.raw)
        await writer.drain()
        head, size = await reader.readline(), 0
        while chunk := await reader.read(1 << 16):
            size += len(chunk)
        writer.close()
        status = int(head.split()[1])
    except (OSError, IndexError, ValueError):
        status, size = 0, 0
    return Answer(what.name, status, time.perf_counter() - meant, size)


async def ask_steadily(port: int, make: Callable[[int], Ask], *, rate: float, seconds: float) -> list[Answer]:
    """Ask ``rate`` times a second for a while; a slow server gets as many questions as a quick one."""
    began, gate = time.perf_counter() + 0.5, asyncio.Semaphore(MOST_AT_ONCE)

    async def one(number: int) -> Answer:
        meant = began + number / rate
        await asyncio.sleep(max(0.0, meant - time.perf_counter()))
        async with gate:
            return await asyncio.wait_for(ask(port, make(number), meant), PATIENCE_S)

    return list(await asyncio.gather(*(one(number) for number in range(int(rate * seconds)))))
