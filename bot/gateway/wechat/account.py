"""Puts one account together from its settings: how it reads, answers, and what runs beside."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

import requests

from bot.gateway.inbox import Inbox
from bot.gateway.pace import Pace
from bot.gateway.turns import Turns
from bot.gateway.wechat.api import WechatApi, open_api
from bot.gateway.wechat.channel import Channel
from bot.gateway.wechat.courier import Courier
from bot.gateway.wechat.envelope import Envelopes
from bot.gateway.wechat.followers import Followers
from bot.gateway.wechat.ledger import Ledger
from bot.gateway.wechat.meaning import Reader
from bot.gateway.wechat.menu import load_menu
from bot.gateway.wechat.pushes import Pushes
from bot.gateway.wechat.replies import Replies
from bot.gateway.wechat.speech import Speech
from bot.gateway.wechat.template import load_template
from desk import conversation
from desk.counter import Counter
from desk.database import utc_now
from desk.settings import derive
from desk.wechat_settings import WechatSettings


@dataclass(frozen=True)
class Account:
    """One account as the door uses it; `watches` run as long as the gateway does, `notes` are being
    written of deliveries: what became of their replies.
    """

    envelopes: Envelopes
    channel: Channel
    ledger: Ledger
    pushes: Pushes
    watches: tuple[Callable[[], Awaitable[None]], ...]
    notes: set[asyncio.Task[None]] = field(default_factory=set)


def open_account(
    settings: WechatSettings, counter: Counter, turns: Turns, inbox: Inbox, pace: Pace
) -> Account:
    """Put the account together; nothing is asked of WeChat yet."""
    followers = Followers(counter.engine, derive(counter.settings.secret, "wechat"))
    replies = Replies(counter.engine, settings.links)
    ledger = Ledger(counter.engine)
    api = open_api(counter.engine, settings, counter.settings.secret)
    pushes = Pushes(counter.engine, replies)
    courier = _courier(settings, counter, followers, replies, pushes, api)
    speech = None
    if settings.speech_url:
        speech = Speech(settings.speech_url, settings.speech_token, api, requests.Session())
    reader = Reader(load_menu(counter.settings.data / "wechat" / "menu.yml"), counter.offices)
    channel = Channel(
        followers,
        replies,
        reader,
        turns,
        inbox,
        counter.live,
        courier,
        settings.customer_service,
        ledger,
        counter.erasure,
        speech,
        pace,
        derive(counter.settings.secret, "wechat messages"),
    )
    watches = (ledger.watch, channel.watch, *((courier.watch,) if courier else ()))
    return Account(Envelopes(settings, utc_now), channel, ledger, pushes, watches)


def _courier(
    settings: WechatSettings,
    counter: Counter,
    followers: Followers,
    replies: Replies,
    pushes: Pushes,
    api: WechatApi,
) -> Courier | None:
    """Who sends; None where the account may send nothing by itself."""
    if not settings.customer_service and not settings.template_id:
        return None
    path = counter.settings.data / "wechat" / "template.yml"
    template = load_template(path) if settings.template_id else None
    newest = partial(conversation.newest_seq, counter.engine)
    may, template_id = settings.customer_service, settings.template_id
    return Courier(followers, replies, pushes, api, newest, may, template, template_id)
