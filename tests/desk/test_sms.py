from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy.engine import Engine

from desk.conversation import MessageRow, since
from desk.database import open_database
from desk.errors import Unavailable
from desk.sms import DemoSms, HttpSms
from tests.desk.databases import migrated
from tests.fakes.people import PHONE


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    migrated(url)
    return open_database(url)


def test_the_demo_shows_the_message_in_the_conversation_without_the_phone(engine: Engine) -> None:
    MessageRow.__table__.create(engine, checkfirst=True)
    DemoSms(engine).send(PHONE, "您的验证码是 123456", "web:a")
    body = since(engine, "web:a")[0].body
    assert body["kind"] == "demo_sms"
    assert "演示短信" in body["text"]
    assert "123456" in body["text"]
    assert PHONE not in body["text"]


class _Service(BaseHTTPRequestHandler):
    answer = 200
    delay = 0.0
    seen: list[tuple[dict[str, str], dict[str, str]]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).seen.append((dict(self.headers), body))
        time.sleep(self.delay)
        self.send_response(self.answer)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def service(answer: int, delay: float = 0) -> Iterator[tuple[str, type[_Service]]]:
    handler = type("Service", (_Service,), {"answer": answer, "delay": delay, "seen": []})
    server = HTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/send", handler
    server.shutdown()
    server.server_close()


def test_the_sms_service_gets_phone_and_text_with_its_token() -> None:
    with service(202) as (url, handler):
        HttpSms(url, "secret").send(PHONE, "您好", "web:a")
    headers, body = handler.seen[0]
    assert body == {"phone": PHONE, "text": "您好"}
    assert headers["Authorization"] == "Bearer secret"


@pytest.mark.parametrize(("answer", "delay"), [(500, 0), (302, 0), (404, 0), (200, 3)])
def test_an_sms_service_that_fails_or_is_slow_is_unavailable(answer: int, delay: float) -> None:
    with service(answer, delay) as (url, handler), pytest.raises(Unavailable) as failed:
        HttpSms(url, "secret").send(PHONE, "您好", "web:a")
    assert PHONE not in str(failed.value)
    assert len(handler.seen) == 1


def test_an_sms_service_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        HttpSms("http://127.0.0.1:9/send", "secret").send(PHONE, "您好", "web:a")
