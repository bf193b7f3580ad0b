"""The bound of a plan, recomputed from its certificate by whole numbers alone; shares no code with the solvers."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
SAFE = 2.0**61
FREE, OUT, IN = -1, 0, 1


class UnsoundError(Exception):
    """The certificate proves nothing: why."""


@dataclasses.dataclass(frozen=True)
class Rest:
    """What is left of a covering problem: pairs (row, site), what first and second cover of a row are worth, linear rules, what is fixed.

    ``ids`` are the lowest demand points of the rows, rising. ``rules`` are (sites, factors, limit). All sites are numbered as given first;
    ``fix`` says which are FREE.
    """

    row: Ints
    site: Ints
    ids: Ints
    first: Ints
    second: Ints
    price: int
    most: int
    rules: list[tuple[Ints, Ints, int]]
    base: int
    fix: Ints

    def merged(self) -> Rest:
        """Return the same with fixed sites carried into the base and rows that the same free sites cover made one."""
        count = np.bincount(self.row[self.fix[self.site] == IN], minlength=len(self.ids))
        inside = np.flatnonzero(self.fix == IN)
        base = self.base + int(self.first[count > 0].sum() + self.second[count > 1].sum()) - self.price * len(inside)
        first = np.where(count > 1, 0, np.where(count > 0, self.second, self.first))
        second = np.where(count > 0, 0, self.second)
        free = self.fix[self.site] == FREE
        row, site = self.row[free], self.site[free]
        ends = np.searchsorted(row, np.arange(len(self.ids) + 1))
        groups: dict[tuple[bool, bytes], list[int]] = {}
        for one in np.flatnonzero((np.diff(ends) > 0) & (first + second > 0)).tolist():
            groups.setdefault((bool(second[one] > 0), site[ends[one] : ends[one + 1]].tobytes()), []).append(one)
        leaders = [members[0] for members in groups.values()]  # rows rise, so the first is the lowest, and groups rise by it
        sizes = np.diff(ends)[leaders]
        parts = [site[ends[one] : ends[one + 1]] for one in leaders]
        rules = [(sites, factors, limit - int(factors[self.fix[sites] == IN].sum())) for sites, factors, limit in self.rules]
        left = [(sites[self.fix[sites] == FREE], factors[self.fix[sites] == FREE], limit) for sites, factors, limit in rules]
        once, twice = (np.array([worth[members].sum() for members in groups.values()], np.int64) for worth in (first, second))
        return dataclasses.replace(
            self,
            row=np.repeat(np.arange(len(leaders)), sizes),
            site=np.concatenate(parts) if parts else np.empty(0, np.int64),
            ids=self.ids[leaders],
            first=once,
            second=twice,
            most=self.most - len(inside),
            rules=left,
            base=base,
            fix=np.where(self.fix == FREE, FREE, OUT),
        )


@dataclasses.dataclass(frozen=True)
class By:
    """Multipliers in steps of one part / fraction, and the odd cuts they speak of.

    ``hold_cut``, ``hold_site`` and ``factor`` list what each site counts in each cut: half the rows of the cut that it covers, rounded up.
    """

    fraction: int
    row: Ints
    cut: Ints
    side: Ints
    cuts: list[Ints]
    hold_cut: Ints
    hold_site: Ints
    factor: Ints


def read(entry: Mapping[str, Any], rest: Rest) -> By:
    """Return multipliers and cuts; raise UnsoundError when they do not fit what is left or are of the wrong sign."""
    rows, sizes = _numbers(entry["cut_rows"]), _numbers(entry["cut_sizes"])
    row, cut, side = (_numbers(entry[name]) for name in ("row", "cut", "side"))
    cuts = np.split(rows, np.cumsum(sizes)[:-1]) if len(sizes) else []
    fits = len(row) == len(rest.ids) and len(cut) == len(cuts) and len(side) == len(rest.rules) and sizes.sum() == len(rows)
    if not fits or int(entry["fraction"]) < 1:
        raise UnsoundError("the multipliers do not fit the problem")
    starts, held = np.searchsorted(rest.row, np.arange(len(rest.ids) + 1)), []
    for number, chosen in enumerate(cuts):
        inside = len(chosen) % 2 == 1 and chosen.min() >= 0 and chosen.max() < len(rest.ids)
        if not inside or len(np.unique(chosen)) != len(chosen) or rest.second[chosen].any():
            raise UnsoundError("a cut is not an odd set of rows")
        sites, hits = np.unique(np.concatenate([rest.site[starts[one] : starts[one + 1]] for one in chosen]), return_counts=True)
        held.append(np.stack([np.full(len(sites), number), sites, (hits + 1) // 2]))
    holds = np.concatenate(held, axis=1) if held else np.empty((3, 0), np.int64)
    by = By(int(entry["fraction"]), row, cut, side, cuts, *holds)
    _check_signs(by, rest)
    return by


def _check_signs(by: By, rest: Rest) -> None:
    if min((int(values.min(initial=0)) for values in (by.row, by.cut, by.side)), default=0) < 0:
        raise UnsoundError("a multiplier is negative")
    deep = 1.0 + np.bincount(rest.row, minlength=1).max(initial=0)
    heavy = max([1.0, *(float(np.abs(factors).sum() + abs(limit)) for _, factors, limit in rest.rules)])
    sums = [float(values.astype(float).sum()) for values in (by.row, by.cut, by.side, rest.first, rest.second)]
    longest = max([1.0, *(float(len(cut)) for cut in by.cuts)])
    worth = (sums[3] + sums[4] + abs(rest.base) + rest.price * len(rest.fix)) * by.fraction
    if worth + sums[0] * deep + sums[1] * deep * longest + sums[2] * heavy > SAFE:
        raise UnsoundError("the numbers are too large for exact arithmetic")


def bound(rest: Rest, by: By, fix: Ints) -> tuple[int, Ints, int]:
    """Return (bound in steps, gain of each site, number of sites that may still be chosen) of the choices that keep ``fix``.

    For any multipliers and any choice x with counts c: its worth is at most ``sum(max(first, l + m) - l + max(0, second - l)) + sum(l * c)``
    over rows (l of the row, m of the cuts through it), plus what cuts and rules add, each multiplied by what x keeps of it.
    """
    count = np.bincount(rest.row[fix[rest.site] == IN], minlength=len(rest.ids))
    lam = np.where((count > 1) | (count > 0) & (rest.second == 0), 0, by.row)
    through, gain = np.zeros(len(lam), np.int64), np.zeros(len(fix), np.int64)
    constant = rest.base * by.fraction
    np.add.at(gain, rest.site, lam[rest.row])
    np.add.at(gain, by.hold_site, by.factor * by.cut[by.hold_cut])
    for cut, value in zip(by.cuts, by.cut.tolist(), strict=True):
        through[cut] += value
        constant -= value * ((len(cut) + 1) // 2)
    for (sites, factors, limit), value in zip(rest.rules, by.side.tolist(), strict=True):
        gain[sites] -= value * factors
        constant += value * limit
    gain -= rest.price * by.fraction
    first, second = rest.first * by.fraction, rest.second * by.fraction
    constant += int((np.maximum(first, lam + through) - lam + np.maximum(0, second - lam)).sum())
    room = rest.most - int((fix == IN).sum())
    best = np.sort(gain[fix == FREE])[::-1][: max(0, room)]
    return constant + int(gain[fix == IN].sum()) + int(best[best > 0].sum()), gain, room


def narrowed(found: tuple[int, Ints, int], fix: Ints, target: int) -> Ints:
    """Return ``fix`` with every site that no choice of ``target`` steps or more can hold, or can do without.

    Taking in a site outside the best ``room`` costs at least the difference to the last of them; leaving one out, that to the next.
    """
    steps, gain, room = found
    free, after = np.flatnonzero(fix == FREE), fix.copy()
    if room <= 0:
        after[free] = OUT
        return after
    ranked = np.append(np.sort(np.maximum(0, gain[free]))[::-1], np.zeros(room + 1, np.int64))
    after[free[steps - (ranked[room - 1] - gain[free]) < target]] = OUT
    after[free[steps - (gain[free] - ranked[room]) < target]] = IN
    return after


def proved(rest: Rest, certificate: Mapping[str, Any], value: int) -> int:
    """Return the least number of parts that a certificate proves no choice exceeds; ``value`` is what the plan itself is worth.

    Raises UnsoundError when the certificate is malformed.
    """
    try:
        return _proved(rest.merged(), certificate, value)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, binascii.Error, zlib.error) as error:
        raise UnsoundError(f"the certificate cannot be read: {error!r}") from error


def _proved(rest: Rest, certificate: Mapping[str, Any], value: int) -> int:
    least = rest.base + int(rest.first.sum() + rest.second.sum())
    for entry in certificate["trunk"]:
        by = read(entry, rest)
        found = bound(rest, by, rest.fix)
        least = min(least, found[0] // by.fraction)
        if int(entry["beats"]) > value:
            raise UnsoundError("sites were fixed to beat more than the plan is worth")
        fix = narrowed(found, rest.fix, (int(entry["beats"]) + 1) * by.fraction)
        rest = dataclasses.replace(rest, fix=fix).merged()
    if certificate["tree"] is not None:
        least = min(least, _cases(rest, certificate["tree"], value))
    return max(value, least)


def _cases(rest: Rest, tree: Mapping[str, Any], value: int) -> int:
    """Return the worst bound of all leaves; a branch has both cases of one site, so nothing is left out."""
    start, worst = read(tree["start"], rest), value
    open_cases = [(tree["cases"], rest.fix)]
    numbers = np.flatnonzero(rest.fix == FREE)
    while open_cases:
        case, fix = open_cases.pop()
        own = case["by"]
        by = dataclasses.replace(
            start, row=start.row + _numbers(own["row"]), cut=start.cut + _numbers(own["cut"]), side=start.side + _numbers(own["side"])
        )
        _check_signs(by, rest)
        found = bound(rest, by, fix)
        if found[2] < 0:
            continue
        if "branch" not in case:
            worst = max(worst, found[0] // by.fraction)
            continue
        fix = narrowed(found, fix, (value + 1) * by.fraction)
        site = int(numbers[case["branch"]])
        for choice, name in ((OUT, "out"), (IN, "in")):
            if fix[site] in {FREE, choice}:
                below = fix.copy()
                below[site] = choice
                open_cases.append((case[name], below))
    return worst


def _numbers(text: str) -> Ints:
    return np.frombuffer(zlib.decompress(base64.b64decode(text, validate=True)), "<i8").astype(np.int64)
