"""Rasa's channel by itself, with an agent that answers all: `python -m tests.fuzz.loopback PORT TOKEN`."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.shared.core.domain import Domain
from sanic import Sanic

from bot.nlu.channel import LoopbackInput
from bot.nlu.stores import QueueingLockStore


class _Nothing:
    async def retrieve(self, _sender_id: str) -> None:
        """No conversation has been before."""


class _Processor:
    tracker_store: object = None

    async def handle_message(self, message: UserMessage) -> None:
        await _answer(message)


class _Agent(SimpleNamespace):
    def is_ready(self) -> bool:
        return True

    async def parse_message(self, text: str) -> dict[str, Any]:
        return {"heard": text, "label_ranking": []}


async def _answer(message: UserMessage) -> None:
    await message.output_channel.send_text_message(message.sender_id, f"收到：{message.text}")


def main() -> None:
    """Serve until stopped."""
    app = Sanic("loopback", configure_logging=False)
    app.ctx.agent = _Agent(
        tracker_store=_Nothing(),
        lock_store=QueueingLockStore(),
        model_id="fake",
        processor=_Processor(),
        domain=Domain.empty(),
    )
    app.blueprint(LoopbackInput(sys.argv[2]).blueprint(_answer), url_prefix="/webhooks/loopback")
    app.run("127.0.0.1", int(sys.argv[1]), workers=1, motd=False, access_log=False)


if __name__ == "__main__":
    main()
