"""What a browser calls itself, in two words a person knows."""

from __future__ import annotations

# Each is looked for in this order: most browsers name others too.
BROWSERS = (
    ("MicroMessenger/", "微信"), ("Edg", "Edge"), ("OPR/", "Opera"), ("HuaweiBrowser/", "华为浏览器"), ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip
LONGEST = 40


def browser_name(agent: str | None) -> str:
    """Return such as "Chrome · Windows"; what is not known by name is shown as it is, cut short."""
    found = [next((name for mark, name in known if mark in (agent or "")), "") for known in (BROWSERS, SYSTEMS)]
    return " · ".join(name for name in found if name) or (agent or "—")[:LONGEST]
