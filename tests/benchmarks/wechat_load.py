"""`python -m tests.benchmarks.wechat_load [--citizens 20] [--messages 400]` measures WeChat's webhook.

The real processes with the trained model; a closed loop of citizens who each wait for the reply, in safe
mode: signing, encryption, inbox, turn, reply. WeChat's own interface is a fake that nobody waits for.
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from tests.assistant import Assistant
from tests.benchmarks.understanding import read_questions
from tests.fakes.wechat.account import SAFE, FakeAccount
from tests.fakes.wechat.delivery import deliver
from tests.fakes.wechat_api import FakeWechatApi
from tests.gateway.wechat_house import AES_KEY, APP_ID, SECRET, account_settings

_FILE = Path("tests/data/understanding_chat.tsv")
_TURNS = 5  # a usual conversation


@dataclass(frozen=True)
class Spans:
    """How long each message took from the first delivery to the reply, in ms, and what went wrong."""

    milliseconds: list[int]
    retried: int
    unanswered: int
    wall: float


def run(webhook: str, account: FakeAccount, texts: list[str], citizens: int) -> Spans:
    """Let `citizens` at a time say all the texts, five each."""
    talks = [texts[start : start + _TURNS] for start in range(0, len(texts), _TURNS)]

    def talk(words: list[str]) -> list[tuple[int, int, bool]]:
        openid = f"o{secrets.token_hex(13)}"
        found = [deliver(webhook, account, account.text(openid, text)) for text in words]
        return [(each.milliseconds, each.tries, bool(each.text)) for each in found]

    started = time.perf_counter()
    with ThreadPoolExecutor(citizens) as pool:
        every = [one for talked in pool.map(talk, talks) for one in talked]
    wall = time.perf_counter() - started
    return Spans(
        [one[0] for one in every],
        sum(one[1] > 1 for one in every),
        sum(not one[2] for one in every),
        wall,
    )


def main(arguments: list[str]) -> int:
    """Print p50, p95, the longest and the load of the machine."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.wechat_load")
    parser.add_argument("--citizens", type=int, default=20)
    parser.add_argument("--messages", type=int, default=400)
    given = parser.parse_args(arguments)
    texts = [question.text for question in read_questions(_FILE)]
    texts = (texts * (given.messages // len(texts) + 1))[: given.messages]
    account = FakeAccount(APP_ID, "tokenoftest", AES_KEY, SAFE)
    api = FakeWechatApi(APP_ID, SECRET)
    api.start()
    with tempfile.TemporaryDirectory() as folder:
        assistant = Assistant(Path(folder), **account_settings(account, api.url))
        assistant.prepare()
        assistant.start()
        try:
            assistant.wait()
            run(f"{assistant.url}/wechat", account, texts[:20], 2)
            spans = run(f"{assistant.url}/wechat", account, texts, given.citizens)
        finally:
            assistant.stop()
            api.stop()
    p = quantiles(spans.milliseconds, n=100)
    print(
        f"{len(spans.milliseconds)} messages of {given.citizens} citizens at a time: p50 {p[49]:.0f} ms, "
        f"p95 {p[94]:.0f} ms, longest {max(spans.milliseconds)} ms, {len(texts) / spans.wall:.0f}/s; "
        f"{spans.retried} delivered again, {spans.unanswered} without a reply; "
        f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
