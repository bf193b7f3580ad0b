"""The commission's decisions from a table: every row that says something becomes a ruling, every fault names row, field and reason."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from gridmgmt.city.model import CityProfile
from gridmgmt.crs import to_storage
from gridmgmt.csv_cells import as_typed
from gridmgmt.errors import GridError, InvalidInputError
from gridmgmt.siting.decide import Ruling
from gridmgmt.siting.scenario import Site, Verdict
from gridmgmt.siting.scenario_settings import FIRST_YEAR, LAST_YEAR

# The headers of our own export first, then what else they may be called.
HEADERS: Mapping[str, tuple[str, ...]] = {
    "rank": ("序号", "点位序号", "rank", "no"),
    "code": ("候选点编码", "编码", "code"),
    "verdict": ("审定结论", "结论", "审定意见", "verdict", "decision"),
    "reason": ("审定理由", "理由", "说明", "reason"),
    "x": ("移位经度或X", "移位经度", "移位X", "新经度", "新X", "new_x", "new_lon"),
    "y": ("移位纬度或Y", "移位纬度", "移位Y", "新纬度", "新Y", "new_y", "new_lat"),
    "year": ("计入年度", "审定年度", "counted_year", "decided_year"),
}
VERDICTS: Mapping[str, Verdict] = {
    **dict.fromkeys(("采纳", "同意", "通过", "accepted", "accept"), Verdict.ACCEPTED),
    **dict.fromkeys(("移位采纳", "移位", "调整", "moved", "move"), Verdict.MOVED),
    **dict.fromkeys(("不采纳", "不同意", "否决", "不通过", "refused", "refuse"), Verdict.REFUSED),
}
LONGEST_REASON = 500
Cells = Mapping[str, object]


class DecisionsError(GridError):
    """Some rows of a table of decisions cannot be taken; ``faults`` names each, nothing was changed."""

    code = "invalid_input"

    def __init__(self, faults: Sequence[InvalidInputError]) -> None:
        """Keep the faults; the sentences tell the first few."""
        few = faults[:3]
        super().__init__(
            f"{len(faults)} faults, nothing was changed: {'; '.join(map(str, few))}",
            zh=f"共 {len(faults)} 处错误，未作任何更改：{'；'.join(fault.zh for fault in few)}",
        )
        self.faults = tuple(faults)


@dataclasses.dataclass(frozen=True)
class Decisions:
    """What a table says: rulings with their row in the sheet, and how many rows are undecided yet."""

    rulings: tuple[tuple[int, Ruling], ...]
    undecided: int


def read_decisions(
    headers: Sequence[str], rows: Iterable[tuple[int, Cells]], sites: Sequence[Site], *, profile: CityProfile, crs: str | None
) -> Decisions:
    """Read rulings about the sites of a plan; a row without a verdict is undecided and left out.

    ``rows``: number in the sheet and cells by header; ``crs`` is that of the new places, needed where a site is moved. Raises DecisionsError
    with every fault: an unknown or repeated site, one decided before, a code that is another site's, an unknown verdict, a refusal without
    a reason, a move without a place in the city, a year that nobody named.
    """
    names = _columns(headers)
    by_rank, seen, faults, rulings, undecided = {site.rank: site for site in sites}, set[int](), list[InvalidInputError](), [], 0
    for number, cells in rows:
        texts = {field: _text(cells.get(name)) for field, name in names.items()}
        if not texts.get("verdict"):
            undecided += 1
            continue
        try:
            ruling = _ruling(number, texts, by_rank, profile, crs)
            if ruling.rank in seen:
                raise _fault(number, "rank", f"site {ruling.rank} stands twice in the table", f"第 {ruling.rank} 个点位在表中重复")
        except InvalidInputError as fault:
            faults.append(fault)
        else:
            seen.add(ruling.rank)
            rulings.append((number, ruling))
    if faults:
        raise DecisionsError(faults)
    return Decisions(tuple(rulings), undecided)


def _columns(headers: Sequence[str]) -> dict[str, str]:
    keys = {_key(header): header for header in reversed(headers)}
    found = {field: next((keys[_key(name)] for name in known if _key(name) in keys), None) for field, known in HEADERS.items()}
    for field in ("rank", "verdict"):
        if found[field] is None:
            raise DecisionsError([_fault(None, field, f"the column {HEADERS[field][0]} is missing", f"缺少“{HEADERS[field][0]}”列")])
    return {field: name for field, name in found.items() if name is not None}


def _ruling(number: int, texts: Mapping[str, str], by_rank: Mapping[int, Site], profile: CityProfile, crs: str | None) -> Ruling:
    site = _site(number, texts, by_rank)
    verdict = VERDICTS.get(texts["verdict"].lower())
    if verdict is None:
        known = "、".join(member.zh for member in Verdict)
        raise _fault(number, "verdict", f"{texts['verdict']!r} is none of {', '.join(Verdict)}", f"“{texts['verdict']}”不是{known}之一")
    reason = texts.get("reason", "")
    if verdict is Verdict.REFUSED and not reason:
        raise _fault(number, "reason", "a refusal needs a reason", "不采纳须说明理由")
    if len(reason) > LONGEST_REASON:
        raise _fault(number, "reason", f"is longer than {LONGEST_REASON} characters", f"超过 {LONGEST_REASON} 个字符")
    point = _point(number, verdict, texts, profile, crs)
    year = _year(number, texts.get("year", ""))
    if verdict is not Verdict.REFUSED and year is None and site.year is None:
        raise _fault(number, "year", "the plan has no years: say which year the site counts for", "该结果未分年度，请填写计入年度")
    return Ruling(site.rank, verdict, reason, point, year)


def _site(number: int, texts: Mapping[str, str], by_rank: Mapping[int, Site]) -> Site:
    rank = texts.get("rank", "")
    site = by_rank.get(int(rank)) if re.fullmatch(r"[0-9]{1,9}", rank) else None
    if site is None:
        raise _fault(number, "rank", f"the plan has no site {rank!r}", f"该结果没有序号为“{rank}”的点位")
    if site.verdict is not None:
        raise _fault(number, "rank", f"site {rank} was decided already", f"第 {rank} 个点位已审定")
    if texts.get("code") and texts["code"] != site.code:
        reason = f"{texts['code']!r} is not the code of site {rank} ({site.code}): were rows shifted?"
        raise _fault(number, "code", reason, f"“{texts['code']}”不是第 {rank} 个点位的编码（应为 {site.code}），行是否错位？")
    return site


def _point(number: int, verdict: Verdict, texts: Mapping[str, str], profile: CityProfile, crs: str | None) -> tuple[float, float] | None:
    x, y = texts.get("x", ""), texts.get("y", "")
    if verdict is not Verdict.MOVED:
        if x or y:
            raise _fault(number, "x", "only a moved site has a new place", "仅移位采纳的点位填写新坐标")
        return None
    try:
        place = float(x), float(y)
    except ValueError:
        raise _fault(
            number, "x" if not _is_number(x) else "y", f"{x!r}, {y!r} is no place", f"“{x}”、“{y}”不是坐标，移位须给出新坐标"
        ) from None
    if not crs:
        raise _fault(number, "crs", "name the coordinate system of the new places", "请指明新坐标的坐标系")
    try:
        return to_storage(*place, crs, profile)
    except InvalidInputError as error:
        raise _fault(number, "x", error.reason, error.zh_reason) from None


def _year(number: int, text: str) -> int | None:
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{4}", text) or not FIRST_YEAR <= int(text) <= LAST_YEAR:
        raise _fault(number, "year", f"{text!r} is no year", f"“{text}”不是年份")
    return int(text)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _text(cell: object) -> str:
    """Return a cell as text: 3.0 is 3, full-width signs are plain ones in what is read as a word or number."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return as_typed(unicodedata.normalize("NFC", str(cell)).strip().translate(WIDE))


WIDE = {0xFF10 + digit: str(digit) for digit in range(10)} | {0xFF0E: ".", 0xFF0D: "-", 0x3000: " "}


def _key(header: str) -> str:
    return re.sub(r"[\s()（）_*：:]", "", header).lower()


def _fault(row: int | None, field: str, reason: str, zh: str) -> InvalidInputError:
    return InvalidInputError(HEADERS[field][0] if field in HEADERS else "坐标系", reason, row=row, zh=zh)
