"""One account for the tests of what we ask of WeChat: its settings, a keeper and an API over a fake."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import requests
from sqlalchemy.engine import Engine

from bot.gateway.wechat.api import WechatApi
from bot.gateway.wechat.token import TokenKeeper
from desk.health import WECHAT, Health
from desk.sealing import Keys
from desk.wechat_settings import WechatSettings, wechat_from_env
from tests.fakes.wechat_api import FakeWechatApi

APP_ID, APP_SECRET = "wx0123456789abcdef", "not-a-real-app-secret"
KEYS = Keys.of(bytes(range(32)))


def environment(url: str) -> dict[str, str]:
    """The variables of an account whose API is at `url`."""
    return {
        "DESK_WECHAT_APP_ID": APP_ID,
        "DESK_WECHAT_TOKEN": "token0",
        "DESK_WECHAT_SECRET": APP_SECRET,
        "DESK_WECHAT_API": url,
    }


def account(url: str) -> WechatSettings:
    faults: list[str] = []
    settings = wechat_from_env(environment(url), faults)
    assert settings and not faults
    return settings


def keeper(
    engine: Engine, wechat: FakeWechatApi, now: Callable[[], datetime], keys: Keys = KEYS
) -> TokenKeeper:
    """A keeper with its own connections, as another process would have."""
    return TokenKeeper(engine, account(wechat.url), keys, requests.Session(), now)


def api(engine: Engine, wechat: FakeWechatApi, now: Callable[[], datetime]) -> WechatApi:
    return WechatApi(
        account(wechat.url), keeper(engine, wechat, now), requests.Session(), Health(engine, WECHAT), now
    )
