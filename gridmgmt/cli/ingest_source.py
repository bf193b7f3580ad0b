"""A source file on its way to a plan: read, mapped, its CRS questioned, placed."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from gridmgmt.city.model import CityProfile
from gridmgmt.cli.ingest_options import Said
from gridmgmt.ingest.layer import SourceLayer
from gridmgmt.ingest.mapping import apply_mapping, choose_mapping
from gridmgmt.ingest.mapping_store import find_mapping
from gridmgmt.ingest.place import place, source_crs
from gridmgmt.ingest.read_layer import read_layer


@dataclasses.dataclass(frozen=True)
class Source:
    """A layer ready to plan, the CRS it was read in, and the mapping used."""

    layer: SourceLayer
    crs: str
    mapping: Mapping[str, str]


def mapped_table(session: Session, said: Said, *, name: str, wanted: Sequence[str], required: Sequence[str]) -> Source:
    """Read a source and bring its columns to our fields; what was remembered for this file name is offered again."""
    layer = read_layer(said.file, layer=said.layer, encoding=said.encoding)
    remembered = find_mapping(session, source=said.file.name, layer=name)
    headers = [str(header) for header in layer.attributes.columns]
    mapping = choose_mapping(headers, wanted=wanted, required=required, given=said.given_mapping, remembered=remembered)
    return Source(apply_mapping(layer, mapping), layer.crs or "-", mapping)


def placed_layer(
    session: Session, said: Said, profile: CityProfile, *, name: str, wanted: Sequence[str], required: Sequence[str]
) -> Source:
    """Read and map a source, question its CRS against what is stored, and place it in the storage CRS."""
    source = mapped_table(session, said, name=name, wanted=wanted, required=required)
    crs = source_crs(source.layer, said.crs)
    layer = place(source.layer, crs=crs, shift=said.shift, profile=profile)
    return Source(layer, crs, source.mapping)
