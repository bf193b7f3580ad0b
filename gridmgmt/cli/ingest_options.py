"""Options that the commands importing layers share, and what they mean."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from gridmgmt.errors import InvalidInputError
from gridmgmt.ingest.corrections import Correction, read_corrections
from gridmgmt.ingest.layer import FaultKind
from gridmgmt.ingest.mapping import parse_map_flags, read_mapping_file
from gridmgmt.ingest.severity import ACCEPTABLE, parse_accepted

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
ROOT = Path(__file__).resolve().parents[2]
CORRECTIONS = ROOT / "geodata" / "corrections.csv"
DAY = click.DateTime(["%Y-%m-%d"])


@dataclasses.dataclass(frozen=True)
class Said:
    """What the operator said on the command line about a source and its import."""

    file: Path
    commit: bool
    crs: str | None = None
    crs_is_right: bool = False
    swap_axes: bool = False
    shift: tuple[float, float] = (0.0, 0.0)
    layer: str | None = None
    encoding: str | None = None
    maps: tuple[str, ...] = ()
    mapping: Path | None = None
    accept: tuple[str, ...] = ()
    report: Path | None = None
    corrections: Path = CORRECTIONS

    @property
    def given_mapping(self) -> dict[str, str]:
        """The mapping of the file, overruled by the flags."""
        return (read_mapping_file(self.mapping) if self.mapping else {}) | parse_map_flags(self.maps)

    @property
    def accepted(self) -> Mapping[FaultKind, str]:
        """The kinds accepted, each with its reason."""
        return accepted_kinds(self.accept)

    def read_corrections(self) -> list[Correction]:
        """Read the corrections file; the product's own may be absent, one that was named may not."""
        return [] if self.corrections == CORRECTIONS and not CORRECTIONS.exists() else read_corrections(self.corrections)

    def for_the_record(self) -> dict[str, Any]:
        """Return what goes into the record of the import."""
        return {
            "crs_is_right": self.crs_is_right,
            "swap_axes": self.swap_axes,
            "shift": list(self.shift),
            "encoding": self.encoding,
            "reasons": {kind.value: reason for kind, reason in self.accepted.items()},
        }


def accepted_kinds(flags: tuple[str, ...]) -> dict[FaultKind, str]:
    """Read ``KIND=REASON`` flags; raise InvalidInputError for a kind that cannot be accepted, or without a reason."""
    reasons = {}
    for flag in flags:
        kind, _, reason = flag.partition("=")
        (accepted,) = parse_accepted([kind.strip()])
        if not reason.strip():
            raise InvalidInputError("accept", f"{kind}: say why, {kind}=REASON", zh=f"{kind}：请注明理由，写作 {kind}=理由")
        reasons[accepted] = reason.strip()
    return reasons


def _stack(*options: Callable[[Decorated], Decorated]) -> Callable[[Decorated], Decorated]:
    def decorate(command: Decorated) -> Decorated:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


table_options = _stack(
    click.argument("file", type=click.Path(path_type=Path)),
    click.option("--map", "maps", multiple=True, metavar="FIELD=HEADER", help="Which column is which field; remembered for this file name."),
    click.option("--mapping", type=click.Path(path_type=Path, dir_okay=False), help="TOML file of FIELD = HEADER lines."),
    click.option("--encoding", help="Encoding of the text; otherwise as declared, UTF-8, or GBK guessed and said."),
    click.option("--layer", help="Which layer, sheet or shapefile, where the source holds several."),
    click.option(
        "--accept", multiple=True, metavar="KIND=REASON",
        help=f"Accept a kind of fault for a reason that is kept; one of {', '.join(sorted(ACCEPTABLE))}.",
    ),
    click.option("--report", type=click.Path(path_type=Path, file_okay=False), help="Folder of the fault report; beside the source otherwise."),
    click.option("--corrections", type=click.Path(path_type=Path, dir_okay=False), default=CORRECTIONS, help="Corrections file.", show_default="geodata/corrections.csv"),
    click.option("--commit", is_flag=True, help="Write; without it nothing is changed."),
)  # fmt: skip
place_options = _stack(
    click.option("--crs", help="wgs84, gcj02, bd09 or EPSG:number; required unless the file declares one, and overrules it."),
    click.option("--crs-is-right", is_flag=True, help="Import although the layer would fit better in another system."),
    click.option("--swap-axes", is_flag=True, help="The source gives y before x (latitude before longitude)."),
    click.option(
        "--shift", nargs=2, type=float, default=(0.0, 0.0), metavar="DX DY", help="Metres east and north to add after conversion."
    ),
)
edition_options = _stack(
    click.option("--edition-from", type=DAY, help="First day of the edition; that of the newest edition corrects it in place."),
    click.option("--edition-name", help="Name of the edition; its first day otherwise."),
    click.option("--under", metavar="CODE", help="The source holds only what lies below this area; the rest stays."),
    click.option("--partial", is_flag=True, help="The source holds only some areas; codes it does not list stay."),
)


def as_day(moment: datetime.datetime | None) -> datetime.date | None:
    """Return the day of click's moment."""
    return moment.date() if moment else None
