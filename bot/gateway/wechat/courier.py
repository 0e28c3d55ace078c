"""Sends what nobody is waiting for: late answers, ticket news, an agent's words.

A message that WeChat does not take now stays untold and comes with the person's next message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.gateway.wechat.api import WechatApi
from bot.gateway.wechat.followers import Follower, Followers
from bot.gateway.wechat.pushes import Push, Pushes
from bot.gateway.wechat.refusals import KEEP, LATER, NOBODY, OPERATOR, Refused
from bot.gateway.wechat.replies import Replies
from bot.gateway.wechat.template import Template
from desk.conversation import OUT_OF_ORDER
from desk.database import utc_now

_LOOK_SECONDS = 1.0
_AT_ONCE = 4
_FIRST_RETRY, _LONGEST_RETRY = timedelta(seconds=5), timedelta(minutes=10)

log = structlog.get_logger("gateway.wechat")


class Courier:
    """Looks for untold messages, in any number of gateways: whoever claims a person sends."""

    def __init__(
        self,
        followers: Followers,
        replies: Replies,
        pushes: Pushes,
        api: WechatApi,
        newest_seq: Callable[[], int],
        customer_service: bool,
        template: Template | None = None,
        template_id: str = "",
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """Take the rooms; `template` is None where no 模板消息 may be sent."""
        self._followers = followers
        self._replies = replies
        self._pushes = pushes
        self._api = api
        self._newest_seq = newest_seq
        self._customer_service = customer_service
        self._template = template
        self._template_id = template_id
        self._now = now
        # Its own, so that a slow WeChat keeps no citizen waiting.
        self._threads = ThreadPoolExecutor(_AT_ONCE, "wechat-courier")

    async def watch(self) -> None:
        """Send whatever can be sent. Runs for ever."""
        seen = 0
        while True:
            newest = await asyncio.to_thread(self._newest_seq)
            waiting = await asyncio.to_thread(self._waiting, max(0, seen - OUT_OF_ORDER))
            await self._push_all(waiting)
            seen = newest
            await asyncio.sleep(_LOOK_SECONDS)

    def _waiting(self, after: int) -> list[str]:
        """The conversations with something new, something to be tried again, or that did not arrive.

        Without those whose reply a delivery may still fetch, at whichever gateway it is.
        """
        lost, due = [*self._pushes.lost(), *self._replies.take_back_late()], self._followers.due()
        may_be_fetched, was_not = self._replies.not_fetched()
        waiting = dict.fromkeys((*lost, *due, *was_not, *self._replies.waiting(after)))
        return [each for each in waiting if each not in may_be_fetched]

    async def _push_all(self, waiting: list[str]) -> None:
        loop = asyncio.get_running_loop()
        pushes = [loop.run_in_executor(self._threads, self.push, each) for each in waiting]
        await asyncio.gather(*pushes)

    def push(self, sender_id: str) -> None:
        """Send one person what is untold, as far as WeChat lets us. Blocking."""
        follower = self._followers.claim(sender_id)
        if follower is None:
            return
        became: dict[str, Any] = {"next_try_at": None}
        try:
            if self._customer_service and follower.sends_left > 0:
                became |= self._send(follower)
            else:
                self._pushes.give_up(sender_id)
            if self._template and became["next_try_at"] is None:
                became |= self._nudge(follower, self._template)
        finally:
            self._followers.release(follower, **became)

    def _send(self, follower: Follower) -> dict[str, Any]:
        """Send everything untold in one message; return what changes for the person."""
        push = self._pushes.begin(follower.sender_id)
        if push is None:
            return {}
        try:
            self._api.send_text(follower.openid, push.text)
        except Refused as refused:
            return self._not_sent(push, refused, follower)
        self._pushes.arrived(push)
        return {"sends_left": follower.sends_left - 1, "attempts": 0}

    def _not_sent(self, push: Push, refused: Refused, follower: Follower) -> dict[str, Any]:
        if not refused.perhaps:
            self._pushes.refused(push, later=refused.then in (LATER, OPERATOR))
            return self._after(refused, follower)
        self._pushes.unanswered(push)
        if push.again:  # a third time could be a third copy: it comes when the person writes
            return {"sends_left": 0, "attempts": 0}
        return {**self._after(refused, follower), "sends_left": follower.sends_left - 1}

    def _nudge(self, follower: Follower, template: Template) -> dict[str, Any]:
        """Tell of the newest news that is still untold, once; the words come with the next message."""
        untold = self._replies.untold(follower.sender_id)
        news = [(each.seq, template.data(each.body, each.created_at)) for each in untold]
        told = [(seq, data) for seq, data in news if data and seq > follower.nudged_seq]
        if not told:
            return {}
        seq, data = told[-1]
        try:
            self._api.send_template(follower.openid, self._template_id, data)
        except Refused as refused:
            return self._after(refused, follower)
        return {"nudged_seq": seq}

    def _after(self, refused: Refused, follower: Follower) -> dict[str, Any]:
        log.info("not sent", errcode=refused.errcode, then=refused.then)
        if refused.then == NOBODY:
            return {"following": False}
        if refused.then == KEEP:
            return {"sends_left": 0, "attempts": 0}
        attempts = min(follower.attempts + 1, 10)
        pause = _FIRST_RETRY * 2**attempts if refused.then == LATER else _LONGEST_RETRY
        return {"attempts": attempts, "next_try_at": self._now() + min(pause, _LONGEST_RETRY)}
