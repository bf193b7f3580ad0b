"""A source file on its way to a plan: read, mapped, its CRS questioned, placed."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import click
from sqlalchemy.orm import Session

from gridmgmt.city.model import CityProfile, Level
from gridmgmt.cli.ingest_options import Said
from gridmgmt.cli.language import language, say
from gridmgmt.errors import ConflictError
from gridmgmt.ingest.aliases import level_headers
from gridmgmt.ingest.claim import Claim, check_claim
from gridmgmt.ingest.claim_words import ReadingKind, short
from gridmgmt.ingest.layer import SourceLayer
from gridmgmt.ingest.mapping import apply_mapping, choose_mapping
from gridmgmt.ingest.mapping_store import find_mapping
from gridmgmt.ingest.place import place, source_crs
from gridmgmt.ingest.read_layer import read_layer
from gridmgmt.ingest.reference import load_reference


@dataclasses.dataclass(frozen=True)
class Source:
    """A layer ready to plan, the CRS it was read in, the mapping used, and whether it would lie better in another CRS."""

    layer: SourceLayer
    crs: str
    mapping: Mapping[str, str]
    suspicious: bool = False


def mapped_table(session: Session, said: Said, *, name: str, wanted: Sequence[str], required: Sequence[str]) -> Source:
    """Read a table and bring its columns to our fields; what was remembered for this file name is offered again."""
    return _mapped(session, said, _read(said), name=name, wanted=wanted, required=required)


def placed_layer(
    session: Session,
    said: Said,
    profile: CityProfile,
    *,
    name: str,
    wanted: Sequence[str],
    required: Sequence[str],
    level: Level | None = None,
) -> Source:
    """Read and map a source, question its CRS against what is stored, and place it in the storage CRS.

    Says what was measured. Raises ConflictError on a commit of a layer that fits better elsewhere, unless the operator insists.
    """
    raw = _read(said)
    crs = source_crs(raw, said.crs)
    likely = level_headers(raw.attributes.columns, level, profile.parent_level(level)) if level else {}
    source = _mapped(session, said, raw, name=name, wanted=wanted, required=required, likely=likely)
    reference = load_reference(session, profile)
    claim = check_claim(raw, crs=crs, reference=reference, profile=profile, shift=said.shift, swap=said.swap_axes)
    suspicious = _question(claim, said)
    layer = place(source.layer, crs=crs, shift=said.shift, profile=profile, swap=said.swap_axes)
    return Source(layer, crs, source.mapping, suspicious)


def _read(said: Said) -> SourceLayer:
    return read_layer(said.file, layer=said.layer, encoding=said.encoding)


def _mapped(
    session: Session,
    said: Said,
    raw: SourceLayer,
    *,
    name: str,
    wanted: Sequence[str],
    required: Sequence[str],
    likely: Mapping[str, str] | None = None,
) -> Source:
    remembered = find_mapping(session, source=said.file.name, layer=name) or likely
    headers = [str(header) for header in raw.attributes.columns]
    mapping = choose_mapping(headers, wanted=wanted, required=required, given=said.given_mapping, remembered=remembered)
    return Source(apply_mapping(raw, mapping), raw.crs or "-", mapping)


def _question(claim: Claim, said: Said) -> bool:
    """Say whether the claim holds; return whether it is still in doubt, and refuse a commit then."""
    say(f"坐标系：{claim.verdict_zh}", f"CRS: {claim.verdict}")
    if claim.suspicious:
        for reading in claim.readings:
            click.echo(f"    {reading.label(language())}: {reading.figures(language())}")
    remedy = _remedy(claim, said.shift)
    if claim.suspicious:
        say(f"    建议：{remedy}", f"    try: {remedy}")
    if claim.suspicious and said.commit and not said.crs_is_right:
        message = f"nothing was committed: {claim.verdict}; try {remedy}, or insist with --crs-is-right"
        zh = f"未提交：{claim.verdict_zh}；请改用 {remedy} 重试，确认原声明无误时用 --crs-is-right"
        raise ConflictError(message, zh=zh)
    return claim.suspicious and not said.crs_is_right


def _remedy(claim: Claim, given: tuple[float, float]) -> str:
    """Return the flag that would read the layer as it fits best."""
    kind, (east, north) = claim.best.kind, claim.best.shift
    if kind is ReadingKind.SWAPPED:
        return "--swap-axes"
    if kind is ReadingKind.SHIFTED:
        return f"--shift {given[0] + east:.1f} {given[1] + north:.1f}"
    return "--crs, --swap-axes, --shift" if kind is ReadingKind.CLAIMED else f"--crs {short(claim.best.crs)}"
