"""The two doors that only our own processes know: whatever is posted there, no answer is a 5xx."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from actions.__main__ import _ROOMS
from tests.actions.server import Server
from tests.assistant import free_port
from tests.fuzz.cases import JSON_VALUES, LONGEST_TURN, door
from tests.fuzz.document import ROOT
from tests.fuzz.line import Answer, Line
from tests.fuzz.wire import BODIES, HEADERS, METHODS, objects, targets, written
from tests.gateway.door import until

TOKEN = "token-of-the-loopback"
_ACTIONS = st.sampled_from(sorted(name for room in _ROOMS for name in room.ACTIONS))
# Who checks a form's answers has nothing to say where there are none, and what follows a form nothing after
# one that was left, which said so.
_ENDS = {
    "action_claim_show",
    "action_complaint_file",
    "action_ticket_file_facts",
    "action_ticket_file_verdict",
}
_LOOPBACK = ["/webhooks/loopback/" + name for name in ("message", "parse", "ready", "healthz", "metrics")]
_PARTS = ["sender_id", "slots", "latest_message", "events", "active_loop", "paused", "latest_action_name"]
_TOKEN = (b"x-desk-token", TOKEN.encode())


@pytest.fixture(scope="module")
def actions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("actions"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def rasa() -> Iterator[Line]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "tests.fuzz.loopback", str(port), TOKEN], cwd=ROOT)
    line = Line(port)

    def there() -> bool:
        try:
            return line.ask(b"GET", b"/webhooks/loopback/healthz").status == 200
        except OSError:
            return False

    until(there, 300)  # it imports Rasa
    yield line
    process.kill()
    process.wait()


def no_fault(answer: Answer) -> None:
    assert answer.status < 500, answer
    assert answer.seconds < LONGEST_TURN, answer


def called(server: Server, body: bytes, *headers: tuple[bytes, bytes]) -> Answer:
    """What the action server says to a body, with its token."""
    token = (b"x-desk-token", server.settings.loopback_token.encode())
    return Line(server.settings.actions_port).ask(b"POST", b"/webhook", [token, *headers], body)


@door("action server, a call", 0.03)
@given(action=_ACTIONS, tracker=st.dictionaries(st.sampled_from(_PARTS), JSON_VALUES), more=JSON_VALUES)
@example(action="action_greet", tracker={"latest_message": {"entities": 1, "intent": [], "text": 3}}, more={})
@example(action="action_claim_show", tracker={}, more=None)
@example(action="action_greet", tracker={"slots": {"region": {"a": 1}}, "events": [{}]}, more=None)
def test_any_call_of_an_action_is_answered(
    actions: Server, action: str, tracker: dict[str, Any], more: Any
) -> None:
    tracker.setdefault("sender_id", "web-a")
    answer = called(actions, written({"next_action": action, "tracker": tracker, "domain": more}))
    no_fault(answer)
    assert answer.status in (200, 400)
    silent = action.startswith("validate_") or action in _ENDS
    assert answer.status == 400 or silent or json.loads(answer.body)["responses"]


@door("action server, any body", 0.03)
@given(body=BODIES | objects(["next_action", "tracker", "domain", "sender_id"]), headers=HEADERS)
def test_any_body_is_answered_by_the_action_server(
    actions: Server, body: bytes, headers: list[tuple[bytes, bytes]]
) -> None:
    no_fault(called(actions, body, *headers))


@door("action server, any request", 0.02)
@given(method=METHODS, target=targets(["/webhook", "/healthz", "/metrics", "/actions"]), headers=HEADERS)
def test_any_request_is_answered_by_the_action_server(
    actions: Server, method: bytes, target: bytes, headers: list[tuple[bytes, bytes]]
) -> None:
    no_fault(Line(actions.settings.actions_port).ask(method, target, headers))


@door("Rasa's channel, a message", 0.03)
@given(
    fields=st.dictionaries(st.sampled_from(["sender", "text", "message_id", "rest", "again"]), JSON_VALUES)
)
@example(fields={"sender": "\ud800", "text": "x", "message_id": "\udfff"})
def test_any_message_is_answered_by_the_channel(rasa: Line, fields: dict[str, Any]) -> None:
    whole = {"sender": "web-a", "text": "你好", "message_id": "m", **fields}
    answer = rasa.ask(b"POST", b"/webhooks/loopback/message", [_TOKEN], written(whole))
    no_fault(answer)
    assert answer.status in (200, 400)
    no_fault(rasa.ask(b"POST", b"/webhooks/loopback/parse", [_TOKEN], written(fields)))


@door("Rasa's channel, any request", 0.04)
@given(method=METHODS, target=targets(_LOOPBACK), headers=HEADERS, body=BODIES, known=st.booleans())
@example(method=b"GET", target=b"/webhooks/loopback/ready", headers=[], body=b"", known=True)
@example(
    method=b"GET",
    target=b"/webhooks/loopback/message",
    headers=[(b"accept", b"\x00")],
    body=b"",
    known=False,
)
def test_any_request_is_answered_by_the_channel(
    rasa: Line, method: bytes, target: bytes, headers: list[tuple[bytes, bytes]], body: bytes, known: bool
) -> None:
    no_fault(rasa.ask(method, target, [*headers, *([_TOKEN] if known else [])], body))
    rasa.close()


@pytest.mark.parametrize("token", [b"", b"\xff\xfe", b"\xed\xa0\x80", "口令".encode(), TOKEN.encode() + b"x"])
def test_a_token_that_is_none_is_refused(actions: Server, rasa: Line, token: bytes) -> None:
    headers = [(b"x-desk-token", token)]
    assert rasa.ask(b"POST", b"/webhooks/loopback/message", headers, b"{}").status == 401
    assert Line(actions.settings.actions_port).ask(b"POST", b"/webhook", headers, b"{}").status == 401


def test_after_all_that_the_action_server_has_no_error_of_its_own(actions: Server) -> None:
    assert "Traceback" not in actions.log.read_text()
    assert "call failed" not in actions.log.read_text()
