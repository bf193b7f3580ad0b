"""How bad each kind of fault is: what keeps a file out, what an operator may accept, and what accepting means."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from gridmgmt.errors import InvalidInputError
from gridmgmt.ingest.layer import Fault, FaultKind

# The feature cannot be stored as it is. Accepted: it is left out, and what is stored under its code stays as it is.
LEFT_OUT = frozenset(
    {
        FaultKind.UNREADABLE,
        FaultKind.UNCLOSED_RING,
        FaultKind.EMPTY,
        FaultKind.WRONG_TYPE,
        FaultKind.INVALID,
        FaultKind.MISSING_VALUE,
        FaultKind.BAD_VALUE,
        FaultKind.OUTSIDE_CITY,
    }
)
# What can be stored but contradicts others, or is hardly meant. Accepted: it is written as it is; answers stay deterministic (lowest code).
STORED_ANYWAY = frozenset({FaultKind.OVERLAP, FaultKind.OUTSIDE_PARENT, FaultKind.MASS_REMOVAL})
# All others that block concern codes, which everything else refers to.
ACCEPTABLE = LEFT_OUT | STORED_ANYWAY


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What the faults of a source mean: kinds that block with their counts, and accepted kinds with theirs."""

    blocking: Mapping[FaultKind, int]
    accepted: Mapping[FaultKind, int]
    warnings: Mapping[FaultKind, int]


def parse_accepted(names: Iterable[str]) -> frozenset[FaultKind]:
    """Return the kinds an operator accepts; raise InvalidInputError for an unknown or a fatal one."""
    accepted = set()
    for name in names:
        if name not in set(ACCEPTABLE):
            kinds = ", ".join(sorted(ACCEPTABLE))
            raise InvalidInputError("accept", f"{name!r} cannot be accepted; {kinds} can", zh=f"{name!r} 不可接受；可接受的有 {kinds}")
        accepted.add(FaultKind(name))
    return frozenset(accepted)


def judge(faults: Iterable[Fault], accepted: Collection[FaultKind]) -> Verdict:
    """Sort the faults into blocking, accepted and warnings, counted by kind."""
    faults = list(faults)
    blocking = Counter(fault.kind for fault in faults if fault.blocking)
    return Verdict(
        blocking={kind: count for kind, count in blocking.items() if kind not in accepted},
        accepted={kind: count for kind, count in blocking.items() if kind in accepted},
        warnings=dict(Counter(fault.kind for fault in faults if not fault.blocking)),
    )


def features_left_out(faults: Iterable[Fault]) -> frozenset[int]:
    """Return the numbers of the features that cannot be stored."""
    return frozenset(fault.feature for fault in faults if fault.blocking and fault.kind in LEFT_OUT)
