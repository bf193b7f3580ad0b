"""People who report and act through HTTP, and send a request again until it is answered; they keep a ledger of what was accepted."""

from __future__ import annotations

import dataclasses
import datetime
import http.client
import json
import random
import threading
import time
import uuid
from collections import Counter
from typing import Any

from sqlalchemy.orm import Session

from gridmgmt import crs
from gridmgmt.accounts import role_store, token_store
from gridmgmt.accounts.add_account import add_account
from gridmgmt.accounts.model import NewAccount
from gridmgmt.cases import step_store
from gridmgmt.cases.model import HandlingUnit, UnitKind
from gridmgmt.messages import channel_store
from gridmgmt.messages.model import Channel, ChannelKind
from tests import toy_city, web_city
from tests.photos.pictures import picture

PEOPLE = {
    "inspector": ("inspector", None), "checker": ("inspector", None), "intake": ("intake_officer", None), "dispatcher": ("dispatcher", None),
    "handler1": ("handler", "U1"), "handler2": ("handler", "U2"), "supervisor": ("supervisor", None),
}  # fmt: skip
TO_THE_UNIT = [("intake", "file"), ("dispatcher", "dispatch"), ("handler1", "accept")]
HANDLED = [("handler1", "handle"), ("handler1", "confirm_handled")]
TO_THE_END = [("checker", "check_passed"), ("intake", "close")]
WAYS: tuple[list[tuple[str, str]], ...] = (
    [*TO_THE_UNIT, *HANDLED, *TO_THE_END],
    [*TO_THE_UNIT, *HANDLED, ("checker", "rework"), *HANDLED, *TO_THE_END],
    [*TO_THE_UNIT, ("handler1", "suspend"), ("dispatcher", "resume"), ("supervisor", "supervise"), *HANDLED, *TO_THE_END],
    [*TO_THE_UNIT, ("handler1", "return_to_dispatch"), ("dispatcher", "correct"), ("dispatcher", "dispatch2"), ("handler2", "accept")],
    [("intake", "request_verification"), ("inspector", "verify"), ("intake", "file"), ("supervisor", "force_close")],
    [("intake", "refuse")],
    [],
)  # fmt: skip
DETAILS: dict[str, dict[str, Any]] = {
    "dispatch": {"unit_code": "U1"}, "dispatch2": {"unit_code": "U2"}, "suspend": {"pool": "season", "review_on": "2099-03-01"},
}  # fmt: skip
LONGEST_S = 120.0


@dataclasses.dataclass
class Ledger:
    """What the people know: every request that was answered, and what was answered against all expectation."""

    reports: dict[str, str] = dataclasses.field(default_factory=dict)
    acts: dict[str, tuple[str, str]] = dataclasses.field(default_factory=dict)
    wrong: list[str] = dataclasses.field(default_factory=list)
    counted: Counter[str] = dataclasses.field(default_factory=Counter)
    longest_wait_s: float = 0.0
    lock: threading.Lock = dataclasses.field(default_factory=threading.Lock)


def prepare_city(session: Session) -> dict[str, str]:
    """Fill a migrated database: the toy city, two units, a webhook, an account with a token for each of the people; return the tokens."""
    toy_city.load(session)
    web_city.load(session)
    for unit in (HandlingUnit("U1", "市政所", UnitKind.DEPARTMENT), HandlingUnit("U2", "西街道", UnitKind.STREET_OFFICE)):
        step_store.put_unit(session, unit)
    channel_store.put_channel(session, Channel("hook", ChannelKind.GENERIC, "回调", per_minute=1_000_000))
    now = datetime.datetime.now(datetime.UTC)
    tokens = {}
    for name, (role, unit_code) in PEOPLE.items():
        wanted = NewAccount(name, name, (role,), everything=unit_code is None, unit_code=unit_code)
        account = add_account(session, wanted, password=None, now=now)
        allowed = role_store.permissions_of(session, role)
        tokens[name] = token_store.add_token(session, account.id, "load", allowed, expires_at=now + datetime.timedelta(days=1), now=now)
    return tokens


class Person(threading.Thread):
    """Somebody who reports an incident, sees it through one of the ways, and begins again, until told to stop."""

    def __init__(self, number: int, port: int, tokens: dict[str, str], ledger: Ledger, stop: threading.Event) -> None:
        """Make a person with a chance of its own."""
        super().__init__(daemon=True)
        self.port, self.tokens, self.ledger, self.stop = port, tokens, ledger, stop
        self.chance = random.Random(number)
        self.colour = f"#{number:06x}"

    def run(self) -> None:
        """Report and act."""
        try:
            photo = self._send_photo()
            while not self.stop.is_set():
                self._one_case(photo)
        except Exception as error:  # noqa: BLE001 - a client that breaks must show in the result
            self._wrong(f"client: {type(error).__name__}: {error}")

    def _one_case(self, photo: str) -> None:
        request_id = f"report-{uuid.UUID(int=self.chance.getrandbits(128))}"
        x, y = toy_city.point(self.chance.uniform(1, 199), self.chance.uniform(1, 199))
        lon, lat = crs.crs_to_crs([x], [y], "epsg:4547", crs.WGS84)
        body = {
            "lon": float(lon[0]), "lat": float(lat[0]), "crs": crs.WGS84, "managed_class": "matter:06010", "description": request_id,
            "client_request_id": request_id, "photos": [{"photo": photo, "role": "near"}],
        }  # fmt: skip
        answer = self._ask("inspector", "/api/reports", body)
        if answer is None:
            return
        case_no = str(answer["case_no"])
        with self.ledger.lock:
            self.ledger.reports[request_id] = case_no
        for who, action in self.chance.choice(WAYS):
            if not self._act(case_no, who, action, photo):
                return

    def _act(self, case_no: str, who: str, said: str, photo: str) -> bool:
        action = "dispatch" if said == "dispatch2" else said
        request_id = f"act-{uuid.UUID(int=self.chance.getrandbits(128))}"
        details = {**DETAILS.get(said, {}), **({"photos": [{"photo": photo, "role": "after"}]} if action == "handle" else {})}
        body = {"action": action, "reason": "压测", "details": details, "client_request_id": request_id}
        answer = self._ask(who, f"/api/cases/{case_no}/act", body)
        if answer is not None:
            with self.ledger.lock:
                self.ledger.acts[request_id] = (case_no, action)
        return answer is not None

    def _ask(self, who: str, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """Send a request until it is answered for good; None for a refusal, which is noted as wrong."""
        text = json.dumps(body).encode()
        status, answered = self._persist(
            "POST", path, text, {"Authorization": f"Bearer {self.tokens[who]}", "Content-Type": "application/json"}
        )
        if status >= http.HTTPStatus.BAD_REQUEST:
            self._wrong(f"{path} {body.get('action', '')}: {status} {answered[:300]!r}")
            return None
        said: dict[str, Any] = json.loads(answered)
        with self.ledger.lock:
            self.ledger.counted["repeated"] += bool(said.get("repeated"))
        return said

    def _send_photo(self) -> str:
        head = b'--frame\r\nContent-Disposition: form-data; name="photo"; filename="p.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
        body = head + picture((320, 240), colour=self.colour) + b"\r\n--frame--\r\n"
        headers = {"Authorization": f"Bearer {self.tokens['handler1']}", "Content-Type": "multipart/form-data; boundary=frame"}
        status, answered = self._persist("POST", "/photos", body, {**headers, "Accept": "application/json"})
        if status >= http.HTTPStatus.BAD_REQUEST:
            message = f"/photos: {status} {answered[:300]!r}"
            raise RuntimeError(message)
        return str(json.loads(answered)["photo"])

    def _persist(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        began = time.monotonic()
        while True:
            try:
                status, answered = self._once(method, path, body, headers)
            except (OSError, http.client.HTTPException):
                status, answered = 0, b""
            waited = time.monotonic() - began
            again = status == 0 or status >= http.HTTPStatus.INTERNAL_SERVER_ERROR or b"try again" in answered
            with self.ledger.lock:
                self.ledger.counted["requests"] += 1
                self.ledger.counted["sent again"] += again
                self.ledger.longest_wait_s = max(self.ledger.longest_wait_s, waited)
            if not again or waited > LONGEST_S:
                return status or 599, answered
            time.sleep(self.chance.uniform(0.05, 0.3))

    def _once(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def _wrong(self, words: str) -> None:
        with self.ledger.lock:
            self.ledger.wrong.append(words)
