"""All checks of a level's areas, in the order in which their answers make sense."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping, Sequence

from gridmgmt.city.model import CityProfile
from gridmgmt.hierarchy.model import Area, RetiredCode
from gridmgmt.ingest.area_layer import AreaLayer
from gridmgmt.ingest.checks_codes import check_codes, check_names, check_retired
from gridmgmt.ingest.checks_coverage import check_gaps, check_outside_parent, check_siblings
from gridmgmt.ingest.checks_shapes import Tolerance, check_envelope, check_slivers, check_validity
from gridmgmt.ingest.layer import Fault
from gridmgmt.ingest.severity import features_left_out

EXACT_DEFAULT = Tolerance()


@dataclasses.dataclass(frozen=True)
class Surroundings:
    """What a source is checked against: areas of the level that stay, the level above, retired codes, the first day of the edition."""

    stays: Sequence[Area]
    parents: Mapping[str, Area]
    retired: Mapping[str, RetiredCode]
    edition_from: datetime.date | None = None


def check_areas(
    layer: AreaLayer, around: Surroundings, profile: CityProfile, *, tolerance: Tolerance = EXACT_DEFAULT, fix: bool = False
) -> tuple[AreaLayer, list[Fault]]:
    """Run every check; return the layer less what cannot be stored (repaired where ``fix``), and the faults by feature.

    Shapes are compared only where they are valid and inside the envelope, so that one bad polygon is one fault and not twenty.
    """
    layer, faults = check_validity(layer, fix=fix)
    layer = layer.without(features_left_out(faults))
    faults += check_envelope(layer, profile)
    layer = layer.without(features_left_out(faults))
    numbered = list(zip(layer.numbers.tolist(), layer.areas, strict=True))
    faults += check_codes(numbered, layer.level, profile, parent_codes=around.parents.keys())
    faults += check_retired(numbered, around.retired, edition_from=around.edition_from)
    faults += check_names(numbered)
    shaped = layer.without(number for number, area in numbered if area.shape is None)
    faults += check_slivers(shaped, tolerance)
    faults += check_siblings(shaped, around.stays, tolerance)
    faults += check_outside_parent(shaped, around.parents, tolerance)
    faults += check_gaps(shaped, around.stays, around.parents, tolerance)
    return layer, sorted(faults, key=lambda fault: (fault.feature, fault.kind))
