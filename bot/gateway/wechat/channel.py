"""Takes what WeChat delivers, up to three times each, and answers every message once.

WeChat's clock for one message, in seconds: 0 first delivery, 5 it lets go and delivers again, 10 the third,
15 it gives up. A delivery is held while the turn runs, so the first one after the turn's end has the reply.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bot.gateway.inbox import DONE, Inbox, Incoming
from bot.gateway.pace import TOO_FAST, Pace
from bot.gateway.turns import Turns
from bot.gateway.wechat.courier import Courier
from bot.gateway.wechat.envelope import Envelope
from bot.gateway.wechat.followers import Followers
from bot.gateway.wechat.ledger import Ledger
from bot.gateway.wechat.meaning import Meaning, Reader, Said, Told, Unknown
from bot.gateway.wechat.replies import Replies
from bot.gateway.wechat.speech import Speech
from bot.gateway.wechat.wording import asks_for_more, asks_for_news, has_no_matter
from desk.database import utc_now
from desk.erasure import Erasure
from desk.errors import Conflict
from desk.live import Live
from desk.sealing import Keys

# Past the five seconds: a reply that comes while WeChat lets go is fetched by the next delivery.
_HOLD = 6.0
# Within the five seconds: after it something is said in any case.
_LAST_HOLD = 4.5
THIRD = timedelta(seconds=8)  # a second delivery never comes so long after the first

_NEWS = "回复“结果”就能看到。"
_WORKING = f"还在办，您的话已经记下。过一会儿{_NEWS}着急请拨打 12333。"
_WORKING_SENT = "还在办，您的话已经记下，结果出来就发给您。着急请拨打 12333。"
_NO_NEWS = "现在没有新的消息。想问什么请直接说。"
_NO_MORE = "没有更多了。想问别的请直接说。"
_LATER = f"\n（有了结果，{_NEWS}）"
_TO_THE_AGENT = f"已经转给座席。座席说了什么，{_NEWS}"

log = structlog.get_logger("gateway.wechat")


@dataclass(frozen=True)
class Channel:
    """One account's way in. `secret` makes the keys of messages, which hide whose they are.

    `courier` is None where the account may send nothing by itself: then people have to ask for what is new.
    `sends`: it may send answers, so that nobody has to wait for one without a word.
    """

    followers: Followers
    replies: Replies
    reader: Reader
    turns: Turns
    inbox: Inbox
    live: Live
    courier: Courier | None
    sends: bool
    ledger: Ledger
    erasure: Erasure
    speech: Speech | None
    pace: Pace
    secret: Keys

    async def take(self, envelope: Envelope, last: bool = False) -> str | None:
        """Return the reply to one delivery, or None for none: nothing to say, or not yet.

        After the `last` delivery nobody asks again: then something is said in any case.
        """
        if envelope.event == "unsubscribe":
            await self._leave(envelope)
            return None
        if envelope.event == "templatesendjobfinish":
            # Whatever became of it, the words themselves come with the next reply.
            log.info("template message", status=envelope.fields.get("Status", "")[:40])
            return None
        key = await asyncio.to_thread(self._key, envelope)
        given = await asyncio.to_thread(self.replies.given, key)
        if given is not None:
            return given if await asyncio.to_thread(self._same, envelope, key) else None
        if await asyncio.to_thread(self.followers.left_after, envelope.openid, envelope.created_at):
            return None  # one more delivery of what somebody wrote who has left
        meaning = await self._meaning(envelope, key)
        if isinstance(meaning, Unknown):
            await asyncio.to_thread(self.ledger.unusable, "unknown", envelope.event or envelope.kind, 0)
            meaning = meaning.told
        return await self._reply(envelope, key, meaning, last) if meaning else None

    async def late(self, envelope: Envelope) -> None:
        """Note that a reply came when WeChat had hung up: if no retry fetches it, it waits again."""
        await asyncio.to_thread(lambda: self.replies.late(self._key(envelope)))

    async def fetched(self, envelope: Envelope) -> None:
        """Note that a retry gets the reply in time."""
        await asyncio.to_thread(lambda: self.replies.fetched(self._key(envelope)))

    async def watch(self) -> None:
        """Forget again whoever could not be forgotten at once. Runs for ever."""
        while True:
            for sender_id in await asyncio.to_thread(self.followers.forgetting):
                await self._forget(sender_id)
            await asyncio.sleep(60)

    async def _meaning(self, envelope: Envelope, key: str) -> Meaning:
        if self.speech and envelope.kind == "voice" and not envelope.fields.get("Recognition", "").strip():
            return self.reader.spoken(await self.speech.words(key, envelope.fields.get("MediaId", "")))
        return self.reader.meaning(envelope)

    def _same(self, envelope: Envelope, key: str) -> bool:
        """Whether this has the words that were answered under its key; nobody hears a voice message twice."""
        meaning, kept = self.reader.meaning(envelope), self.inbox.find(key)
        if kept is None or envelope.kind == "voice" or not isinstance(meaning, (Said, Told)):
            return True
        payload = meaning.payload if isinstance(meaning, Said) else None
        try:
            self.inbox.known(Incoming(key, "wechat", kept.sender_id, meaning.shown, payload))
        except Conflict:
            self._refuse_other_words()
            return False
        return True

    def _refuse_other_words(self) -> None:
        log.warning("other words under a known id")
        self.ledger.unusable("conflict", "text", 0)

    def _key(self, envelope: Envelope) -> str:
        """The key of the message; the one under which it came before, when the secret has changed since."""
        key, *former = (envelope.key(each) for each in self.secret.ring)
        return next((each for each in former if self.inbox.find(each)), key)

    async def _reply(self, envelope: Envelope, key: str, meaning: Said | Told, last: bool) -> str | None:
        wrote = envelope.kind != "event"
        sender_id = await asyncio.to_thread(self.followers.heard, envelope.openid, envelope.account, wrote)
        first = await asyncio.to_thread(self.inbox.find, key)
        wait = self.pace.wait(sender_id) if first is None else 0
        if wait:
            return TOO_FAST.format(seconds=wait)
        incoming = Incoming(key, "wechat", sender_id, meaning.shown)
        if isinstance(meaning, Told):
            return await self._settle(incoming, meaning)
        if meaning.payload:
            incoming = Incoming(key, "wechat", sender_id, meaning.shown, meaning.payload)
        elif (first is None or first.state == DONE) and (text := await self._fetched(incoming)):
            return text
        third = last or (first is not None and utc_now() - first.received_at >= THIRD)
        return await self._answer(incoming, third)

    async def _settle(self, incoming: Incoming, told: Told) -> str | None:
        """Answer from here; while an agent holds the conversation, he sees it and answers."""
        held = await asyncio.to_thread(self.live.holder, incoming.sender_id)
        await asyncio.to_thread(self.inbox.settle, incoming, [] if held else [told.body])
        return await asyncio.to_thread(self.replies.give, incoming.key, incoming.sender_id)

    async def _fetched(self, incoming: Incoming) -> str | None:
        """What a message gets that is only there to get something: 更多, 结果, or a bare word while an
        answer is owed. It is not carried out, because its sender has not seen what it would answer.
        """
        key, sender_id, words = incoming.key, incoming.sender_id, incoming.shown
        if asks_for_more(words):
            await asyncio.to_thread(self.inbox.settle, incoming, [])
            part = await asyncio.to_thread(self.replies.more, key, sender_id)
            return part or await self._news(key, sender_id, _NO_MORE)
        owed = await asyncio.to_thread(self._owed, sender_id)
        if not asks_for_news(words) and not (owed and has_no_matter(words)):
            return None
        await asyncio.to_thread(self.inbox.settle, incoming, [])
        return await self._news(key, sender_id, self._working() if owed else _NO_NEWS)

    async def _news(self, key: str, sender_id: str, without: str) -> str | None:
        """All that is untold, or `without`: kept, so that a second delivery gets it as well."""
        return await asyncio.to_thread(self.replies.give, key, sender_id, otherwise={"text": without})

    def _owed(self, sender_id: str) -> bool:
        """Whether an earlier message has no answer yet, or one that has not been given."""
        waits = self.inbox.oldest_unfinished(sender_id)
        told_so = timedelta(seconds=_LAST_HOLD) if self.sends else THIRD
        slow = waits is not None and utc_now() - waits >= told_so
        return slow or self.replies.owed(sender_id)

    async def _answer(self, incoming: Incoming, third: bool) -> str | None:
        """Wait for the turn as long as this delivery may: the third one is the last."""
        key, sender_id = incoming.key, incoming.sender_id
        try:
            hold = _LAST_HOLD if third or self.sends else _HOLD
            said = await self.turns.take(incoming, hold, lambda: self.replies.told(sender_id))
        except Conflict:
            await asyncio.to_thread(self._refuse_other_words)
            return None
        # Kept as given, so that the courier leaves the answer to no later delivery.
        for_now = {"text": _WORKING_SENT} if said is None and self.sends else None
        text = await asyncio.to_thread(self.replies.give, key, sender_id, otherwise=for_now)
        if said is None:
            return self._for_now(text, third)
        return text or await self._to_the_agent(sender_id)

    def _for_now(self, text: str | None, third: bool) -> str | None:
        """What is said when the turn goes on: a notice, or that it takes long; else the retry gets it."""
        if text:
            return text + (_LATER if self.courier is None else "")
        return self._working() if third else None

    def _working(self) -> str:
        return _WORKING if self.courier is None else _WORKING_SENT

    async def _to_the_agent(self, sender_id: str) -> str | None:
        """Silence while an agent is there, but where his words cannot be sent: how to get them."""
        if self.courier is not None:
            return None
        held = await asyncio.to_thread(self.live.holder, sender_id)
        return _TO_THE_AGENT if held else None

    async def _leave(self, envelope: Envelope) -> None:
        sender_id = await asyncio.to_thread(self.followers.leave, envelope.openid, envelope.created_at)
        if sender_id:
            await self._forget(sender_id)

    async def _forget(self, sender_id: str) -> None:
        """Delete everything about a person who has left, when the turn that may be running is over."""
        async with self.turns.alone(sender_id):
            try:
                await asyncio.to_thread(self.erasure.forget, sender_id)
                await asyncio.to_thread(self.followers.forgotten, sender_id)
            except Exception as error:  # a database that is away: `watch` does it again
                log.error("not forgotten yet", error=type(error).__name__)
