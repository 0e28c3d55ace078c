"""How WeChat delivers a packet: it waits five seconds, hangs up, and sends it again, three times in all."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass

import requests

from tests.fakes.wechat.account import FakeAccount
from tests.fakes.wechat.packets import Packet
from tests.fakes.wechat.replies import BadReply

# What WeChat writes into the chat when the account's server failed.
UNAVAILABLE = "该公众号提供的服务出现故障，请稍后再试"
_NO_ANSWER = "没有在时限内应答"
_NO_SERVER = "连不上，或者话没说完就断了"


@dataclass(frozen=True)
class Delivered:
    """What came of one packet: `text` the person sees, None for no reply; delivery number `tries` ended it.

    `unavailable`: the person sees the sentence `UNAVAILABLE` instead, because of `reason`. `milliseconds`
    passed since the first delivery.
    """

    text: str | None
    tries: int
    unavailable: bool
    reason: str = ""
    milliseconds: int = 0


def deliver(
    webhook_url: str, account: FakeAccount, packet: Packet, *, tries: int = 3, patience: float = 5.0
) -> Delivered:
    """Deliver a packet by WeChat's rule; `patience` is how many seconds each of the `tries` waits.

    Each delivery has the same packet and signature, nonce, time and encryption of its own. A wrong answer is
    final; only silence makes WeChat try again.
    """
    begun = time.monotonic()
    reason = ""
    for attempt in range(1, tries + 1):
        try:
            text = account.read(_post(webhook_url, *account.request(packet), patience), packet)
            return Delivered(text, attempt, False, milliseconds=_since(begun))
        except BadReply as error:
            return Delivered(None, attempt, True, str(error), _since(begun))
        except requests.Timeout:
            reason = _NO_ANSWER
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
            reason = _NO_SERVER
    return Delivered(None, tries, True, reason, _since(begun))


def verify(webhook_url: str, account: FakeAccount, *, patience: float = 5.0) -> bool:
    """Say whether the address echoes what WeChat asks when it is entered on the account's page."""
    echostr = str(secrets.randbits(63))
    try:
        with direct_session() as session:
            response = session.get(webhook_url, params=account.echo(echostr), timeout=patience)
    except requests.RequestException:
        return False
    return response.status_code == 200 and response.content == echostr.encode()


def direct_session() -> requests.Session:
    """Return a session that asks no proxy: everything here is on the loopback."""
    session = requests.Session()
    session.trust_env = False
    return session


def _post(url: str, query: dict[str, str], body: bytes, patience: float) -> requests.Response:
    """Post once, on a connection of its own, which is closed when the patience is over."""
    with direct_session() as session:
        headers = {"content-type": "text/xml", "user-agent": "Mozilla/4.0"}
        return session.post(
            url, params=query, data=body, headers=headers, timeout=patience, allow_redirects=False
        )


def _since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)
