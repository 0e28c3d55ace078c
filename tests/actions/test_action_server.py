"""The action server: a process of its own that always answers a sentence and gives nothing away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from tests.actions.server import PLANTED, Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("server"))
    yield running
    running.stop()


def test_a_turn_answers_with_what_it_says(server: Server) -> None:
    answer = server.run("action_greet")
    assert answer.status_code == 200
    assert answer.json()["responses"][0]["text"].startswith("您好")


def test_a_turn_that_fails_answers_a_sentence_marked_for_a_person(server: Server) -> None:
    answer = server.run("action_ticket_status")
    assert answer.status_code == 200
    body = answer.json()
    assert body["events"] == []
    assert body["responses"][0]["text"].startswith("这一步没有办成")
    assert body["responses"][1]["custom"] == {"failed": True, "with_text": True}
    assert PLANTED not in answer.text


def test_what_a_failing_turn_had_said_before_is_taken_back(server: Server) -> None:
    spoken = [message["text"] for message in server.run("action_ticket_urge").json()["responses"]]
    assert len([text for text in spoken if text]) == 1


def test_an_action_that_does_not_exist_is_not_found(server: Server) -> None:
    answer = server.run("action_nonesuch")
    assert answer.status_code == 404
    assert answer.json() == {"error": "no such action", "action_name": "action_nonesuch"}


@pytest.mark.parametrize(
    "body",
    [
        None,
        [PLANTED],
        PLANTED,
        {"next_action": "action_greet", "tracker": PLANTED},
        {"next_action": "action_greet", "tracker": {"slots": PLANTED}},
        {"next_action": "action_greet", "sender_id": PLANTED},
        {"next_action": [PLANTED], "tracker": {"sender_id": PLANTED}},
    ],
)
def test_a_call_that_makes_no_sense_is_refused_without_an_echo(server: Server, body: object) -> None:
    answer = server.call(body)
    assert answer.status_code in {200, 400, 404, 500}
    assert PLANTED not in answer.text or answer.status_code == 404
    assert "Traceback" not in answer.text
    assert server.run("action_greet").status_code == 200


def test_text_that_is_not_json_is_refused_without_an_echo(server: Server) -> None:
    headers = {"x-desk-token": server.settings.loopback_token}
    answer = requests.post(f"{server.url}/webhook", data=f"{{{PLANTED}", headers=headers, timeout=20)
    assert answer.status_code >= 400
    assert PLANTED not in answer.text


@pytest.mark.parametrize("token", ["", "wrong", "x" * 64])
def test_without_the_token_nothing_runs(server: Server, token: str) -> None:
    answer = server.call({"next_action": "action_greet", "sender_id": "a", "tracker": {}}, token)
    assert answer.status_code == 401
    assert "您好" not in answer.text


def test_health_and_metrics_are_open_and_hold_no_words(server: Server) -> None:
    server.run("action_greet")
    server.run("action_ticket_status")
    metrics = requests.get(f"{server.url}/metrics", timeout=5).text
    assert 'desk_actions_total{action="action_greet",outcome="done"}' in metrics
    assert 'desk_actions_total{action="action_ticket_status",outcome="failed"}' in metrics
    assert PLANTED not in metrics
    assert requests.get(f"{server.url}/healthz", timeout=5).json() == {"status": "ok"}
    assert requests.get(f"{server.url}/actions", timeout=5).status_code == 401


def test_the_log_names_what_failed_and_holds_no_words(server: Server) -> None:
    server.run("action_ticket_status")
    written = server.log.read_text()
    assert "action_ticket_status" in written
    assert PLANTED not in written
