"""The ways cases go in a lived-in city: what is done, after how long, by whom; every step is a line of the workflow table."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from gridmgmt.cases.clocks import ClockVerb, Stage, marks_of
from gridmgmt.cases.model import CaseAction as A
from gridmgmt.cases.model import CaseState as S
from gridmgmt.cases.workflow import FINAL_STATES, find_rule


@dataclasses.dataclass(frozen=True)
class Move:
    """One action, by a role, after so many minutes of the shift, or after a share of the time to handle.

    ``unit`` is the unit it goes to (1 or 2); ``days`` waits so many days (from, to).
    """

    action: A
    role: str
    minutes: float = 0
    share: float = 0
    days: tuple[int, int] | None = None
    reason: str | None = None
    unit: int | None = None


@dataclasses.dataclass(frozen=True)
class Line:
    """A move in its place: number, states, what it does to the clock of handling, whether it ends the case.

    ``unit`` is the unit that has the case then (1, 2, 0 nobody), ``by_unit`` the one it is about.
    """

    seq: int
    move: Move
    from_state: S | None
    to_state: S
    clock: tuple[ClockVerb, ...]
    ends: bool
    unit: int
    by_unit: int


@dataclasses.dataclass(frozen=True)
class Script:
    """A way a case goes; ``pace`` bounds how much of the limit is used, None leaves it to chance; ``source`` whose reports go so."""

    name: str
    weight: float
    moves: tuple[Move, ...]
    pace: tuple[float, float] | None = None
    inspector: bool | None = None

    def lines(self) -> list[Line]:
        """Return the moves with the states they lead through."""
        return list(_walk(self.moves))


def _walk(moves: Sequence[Move]) -> Iterator[Line]:
    state: S | None = None
    suspended_in, unit = S.HANDLING, 0
    for seq, move in enumerate(moves, 1):
        rule = find_rule(state, move.action)
        if rule is None:
            message = f"{move.action} is not possible in {state}"
            raise ValueError(message)
        suspended_in = state if move.action is A.SUSPEND and state else suspended_in
        to = rule.to or suspended_in
        by_unit = move.unit or unit
        unit = move.unit or (0 if move.action is A.RETURN_TO_DISPATCH else unit)
        clock = tuple(verb for verb, stage in marks_of(move.action, state, to) if stage is Stage.HANDLING)
        yield Line(seq, move, state, to, clock, to in FINAL_STATES and state not in FINAL_STATES, unit, by_unit)
        state = to


OPENED = (Move(A.REPORT, "reporter"), Move(A.ASSIGN, "system"))
FILED = (*OPENED, Move(A.FILE, "intake", 12))
VERIFIED = (*OPENED, Move(A.REQUEST_VERIFICATION, "intake", 10), Move(A.VERIFY, "checker", 45), Move(A.FILE, "intake", 8))
SENT = Move(A.DISPATCH, "dispatcher", 9, unit=1)
ACCEPTED = Move(A.ACCEPT, "handler", share=0.08)
HANDLED = Move(A.HANDLE, "handler", share=0.85, reason="已处置完毕")
CONFIRMED = Move(A.CONFIRM_HANDLED, "head", share=0.07)
CHECKED = Move(A.CHECK_PASSED, "checker", 110)
CLOSED = Move(A.CLOSE, "closer", 50)
DONE = (HANDLED, CONFIRMED, CHECKED, CLOSED)
RETURNED = Move(A.RETURN_TO_DISPATCH, "handler", share=0.1, reason="不属于本单位管辖范围")
EXTENDED = Move(A.REQUEST_EXTENSION, "handler", share=0.5, reason="需采购材料，申请延期")
ASKED_AGAIN = (
    Move(A.REQUEST_EXTENSION, "handler", share=0.1, reason="材料尚未到货，再次申请延期"),
    Move(A.REJECT_EXTENSION, "closer", 90, reason="已延期一次，请按期完成"),
)
NOTED = Move(A.NOTE, "handler", share=0.2, reason="已联系权属单位，约定进场时间")
SUSPENDED = Move(A.SUSPEND, "closer", share=0.3, reason="须结合道路改造统一实施")
APPEALED = Move(A.REQUEST_APPEAL, "head", 600, reason="连续降雨，无法施工")
SUPPORTED = (Move(A.SUPPORT_APPEAL, "reviewer", 400, reason="情况属实"), Move(A.SUPPORT_APPEAL, "second reviewer", 400, reason="同意"))
LATE = (1.05, 2.2)
# What follows filing, with its share of all cases.
AFTER_FILING: tuple[tuple[str, float, tuple[Move, ...], tuple[float, float] | None], ...] = (
    ("normal", 0.715, (SENT, ACCEPTED, *DONE), None),
    ("noted", 0.02, (SENT, ACCEPTED, NOTED, *DONE), None),
    ("rework", 0.045, (SENT, ACCEPTED, HANDLED, CONFIRMED, Move(A.REWORK, "checker", 110, reason="现场仍有残留，未达到结案条件"),
                       Move(A.HANDLE, "handler", share=0.3, reason="已返工清理"), *DONE[1:]), None),
    ("not handled", 0.01, (SENT, ACCEPTED, HANDLED, Move(A.REJECT_HANDLED, "head", share=0.05, reason="照片与位置不符"),
                           Move(A.HANDLE, "handler", share=0.2, reason="已重新处置并拍照"), *DONE[1:]), None),
    ("returned", 0.03, (SENT, RETURNED, Move(A.CORRECT, "dispatcher", 20, reason="权属已核对"),
                        Move(A.DISPATCH, "dispatcher", 5, unit=2), ACCEPTED, *DONE), None),
    ("sent again", 0.008, (SENT, RETURNED, Move(A.CORRECT, "dispatcher", 20, reason="权属已核对"),
                           Move(A.DISPATCH_AGAIN, "dispatcher", 5, reason="经核对属本单位职责", unit=1), ACCEPTED, *DONE), None),
    ("extended", 0.016, (SENT, ACCEPTED, EXTENDED, *DONE), (0.3, 1.4)),
    ("extended once, not twice", 0.004, (SENT, ACCEPTED, EXTENDED, *ASKED_AGAIN, *DONE), (0.3, 1.4)),
    ("suspended", 0.012, (SENT, ACCEPTED, SUSPENDED, Move(A.RESUME, "closer", days=(5, 60), reason="具备处置条件"), *DONE), None),
    ("suspended for long", 0.002, (SENT, ACCEPTED, SUSPENDED, Move(A.RESUME, "closer", days=(90, 400), reason="具备处置条件"), *DONE), None),
    ("supervised", 0.01, (SENT, ACCEPTED, Move(A.SUPERVISE, "closer", share=0.97, reason="群众多次反映，请限时办结"), *DONE), LATE),
    ("appeal upheld", 0.005, (SENT, ACCEPTED, *DONE, APPEALED, *SUPPORTED), LATE),
    ("appeal rejected", 0.003, (SENT, ACCEPTED, *DONE, APPEALED,
                                Move(A.REJECT_APPEAL, "reviewer", 400, reason="理由不充分，超时责任不予免除")), LATE),
    ("closed by force", 0.003, (SENT, ACCEPTED, Move(A.FORCE_CLOSE, "closer", share=1.0, reason="权属争议，转专题会议研究")), LATE),
    ("corrected", 0.005, (Move(A.RETURN_TO_INTAKE, "dispatcher", 10, reason="类别有误"), Move(A.CORRECT, "intake", 15, reason="已更正类别"),
                          Move(A.FILE, "intake", 5), SENT, ACCEPTED, *DONE), None),
)  # fmt: skip
MERGED = "merged"
_OF_INSPECTORS = (
    Script("on the spot", 0.075, (*OPENED, Move(A.HANDLE_ON_SPOT, "reporter", 6, reason="当场清理完毕"), CLOSED), inspector=True),
)
_OF_OTHERS = (
    Script(
        "unfounded", 0.03,
        (*OPENED, Move(A.REQUEST_VERIFICATION, "intake", 10), Move(A.VERIFY_UNFOUNDED, "checker", 45, reason="现场未发现所述问题"),
         Move(A.REFUSE, "intake", 20, reason="核实不属实")), inspector=False,
    ),
)  # fmt: skip
_OF_ALL = (
    Script("refused", 0.012, (*OPENED, Move(A.REFUSE, "intake", 15, reason="不属于城市管理部件事项范围"))),
    Script("voided", 0.004, (*OPENED, Move(A.VOID, "intake", 15, reason="测试上报"))),
    Script(MERGED, 0.018, (*OPENED, Move(A.MERGE, "intake", 8, reason="同一问题重复上报"))),
)
SCRIPTS: tuple[Script, ...] = (
    *(Script(name, weight, (*FILED, *moves), pace, inspector=True) for name, weight, moves, pace in AFTER_FILING),
    *(Script(name, weight, (*VERIFIED, *moves), pace, inspector=False) for name, weight, moves, pace in AFTER_FILING),
    *_OF_INSPECTORS, *_OF_OTHERS, *_OF_ALL,
)  # fmt: skip
TAKES_IN = frozenset(number for number, script in enumerate(SCRIPTS) if script.name == "normal")
