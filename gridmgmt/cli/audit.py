"""``gridmgmt audit``: who did what, when, from where."""

from __future__ import annotations

import csv
import datetime
import json
import sys

import click

from gridmgmt.accounts import audit_store
from gridmgmt.accounts.audit_store import AuditFilter
from gridmgmt.city import store as city_store
from gridmgmt.cli.ingest_options import DAY, as_day
from gridmgmt.cli.session import transaction
from gridmgmt.csv_cells import safe_cells

COLUMNS = ("id", "at", "actor", "ip", "channel", "what", "about", "details")


@click.command()
@click.option("--actor", default="", help="Only of this account.")
@click.option("--what", default="", help="Only what begins so: sign_in, account, role, token, export, contact …")
@click.option("--about", default="", help="Only about this account, case …")
@click.option("--from", "since", type=DAY, help="From this day on.")
@click.option("--to", "until", type=DAY, help="Up to this day, itself included.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="How many of the newest.")
@click.option("--csv", "as_csv", is_flag=True, help="Print all of them as CSV.")
def audit(
    actor: str, what: str, about: str, since: datetime.datetime | None, until: datetime.datetime | None, limit: int, *, as_csv: bool
) -> None:
    """Print the audit log (审计日志), newest first."""
    with transaction() as session:
        zone = city_store.get_profile(session).zone
        days = [as_day(day) if day else None for day in (since, until)]
        first = datetime.datetime.combine(days[0], datetime.time(), zone) if days[0] else None
        last = datetime.datetime.combine(days[1] + datetime.timedelta(days=1), datetime.time(), zone) if days[1] else None
        wanted = AuditFilter(actor, what, about, first, last)
        if as_csv:
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow(COLUMNS)
            for entry in audit_store.stream_entries(session, wanted):
                details = json.dumps(dict(entry.details), ensure_ascii=False)
                at = entry.at.astimezone(zone).isoformat(timespec="seconds")
                writer.writerow(safe_cells([entry.id, at, entry.actor, entry.ip, entry.channel, entry.what, entry.about, details]))
            return
        for entry in audit_store.list_entries(session, wanted, limit=limit):
            details = json.dumps(dict(entry.details), ensure_ascii=False) if entry.details else ""
            fields = (
                f"{entry.at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
                entry.actor,
                entry.ip or "-",
                entry.what,
                entry.about or "-",
                details,
            )
            click.echo("  ".join(fields).rstrip())
