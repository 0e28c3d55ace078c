"""Sends a short message to a phone: through the bureau's SMS service, or, in the demo, onto the page."""

from __future__ import annotations

from typing import Any, Protocol

import requests
from sqlalchemy.engine import Engine

from desk import conversation
from desk.errors import Unavailable
from desk.privacy import MOBILE, mask

_TIMEOUT = (1, 2.5)  # seconds to connect and to wait for an answer


class SmsSender(Protocol):
    """Whatever can bring `text` to `phone`; `sender_id` is the conversation it belongs to."""

    def send(self, phone: str, text: str, sender_id: str) -> None:
        """Send once; raise `Unavailable` when the message was not taken over."""


class DemoSms:
    """Shows the message in the conversation itself, marked as a demo; no phone is involved."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def send(self, phone: str, text: str, sender_id: str) -> None:
        """Append a notice of kind `demo_sms` to the conversation."""
        shown = f"【演示短信】发往 {mask(MOBILE, phone)}：{text}"
        body: dict[str, Any] = {"kind": "demo_sms", "text": shown, "card": None, "buttons": []}
        with self._engine.begin() as connection:
            conversation.say(connection, sender_id, conversation.NOTICE, body)


class HttpSms:
    """Posts `{"phone", "text"}` as JSON to `url` with a bearer token; any 2xx means taken over."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._token = token

    def send(self, phone: str, text: str, sender_id: str) -> None:
        """Post once, without retry: a person who gets two codes does not know which one to type."""
        try:
            answer = requests.post(
                self._url,
                json={"phone": phone, "text": text},
                headers={"Authorization": f"Bearer {self._token}"},
                timeout=_TIMEOUT,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise Unavailable("sms") from error
        if not 200 <= answer.status_code < 300:
            raise Unavailable("sms")
