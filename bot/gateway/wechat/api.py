"""What we ask of WeChat: to send a message, to publish the menu, to hand over a voice message."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, TypeVar

import requests
import structlog
from sqlalchemy.engine import Engine

from bot.gateway.wechat.calls import call, download
from bot.gateway.wechat.refusals import LATER, NO_MENU, OPERATOR, STALE, Refused
from bot.gateway.wechat.token import TokenKeeper
from desk.database import utc_now
from desk.health import WECHAT, Health
from desk.sealing import Keys, derive
from desk.wechat_settings import WechatSettings

log = structlog.get_logger("gateway.wechat")
# In JSON they can be written as \u escapes only, which WeChat refuses (40033).
_CONTROLS = {code: None for code in range(32) if chr(code) not in "\n\r\t"}
_TOLD_AGAIN = timedelta(hours=1)
_Got = TypeVar("_Got")


class WechatApi:
    """Blocking calls, for threads. Each raises `Refused`, whose `then` says what to do with it.

    Nothing is tried again by itself but once after the token was renewed: only the caller knows whether
    a message that may have arrived should be sent again.
    """

    def __init__(
        self,
        settings: WechatSettings,
        keeper: TokenKeeper,
        http: requests.Session,
        health: Health,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._url = settings.api
        self._keeper = keeper
        self._http = http
        self._health = health
        self._now = now
        self._lock = Lock()
        self._told: dict[int, datetime] = {}
        # What it says below an error holds whole URLs, and WeChat wants the token in the URL.
        logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)

    def send_text(self, openid: str, text: str) -> None:
        """Send a 客服消息 (at most 2,048 bytes)."""
        self._post(
            "message/custom/send",
            {"touser": openid, "msgtype": "text", "text": {"content": text.translate(_CONTROLS)}},
        )

    def send_template(self, openid: str, template_id: str, data: Mapping[str, str]) -> None:
        """Send a 模板消息; `data` is what each field of the template shows."""
        fields = {name: {"value": value.translate(_CONTROLS)} for name, value in data.items()}
        self._post("message/template/send", {"touser": openid, "template_id": template_id, "data": fields})

    def menu(self) -> dict[str, Any] | None:
        """Return the menu as it is published, `{"button": […]}`; None where there is none."""

        def ask(token: str) -> dict[str, Any] | None:
            try:
                found = call(self._http, "GET", self._at("menu/get"), {"access_token": token})
            except Refused as refused:
                if refused.errcode == NO_MENU:
                    return None
                raise
            menu = found.get("menu")
            return menu if isinstance(menu, dict) else None

        return self._with_token(ask)

    def publish_menu(self, menu: Mapping[str, Any]) -> None:
        """Put `{"button": […]}` in the place of the published menu."""
        self._post("menu/create", menu)

    def media(self, media_id: str) -> bytes:
        """Return a file that a person sent, at most 4 MB; WeChat keeps it for three days."""
        url = self._at("media/get")
        return self._with_token(
            lambda token: download(self._http, url, {"access_token": token, "media_id": media_id})
        )

    def _post(self, path: str, body: Mapping[str, Any]) -> None:
        url = self._at(path)
        self._with_token(lambda token: call(self._http, "POST", url, {"access_token": token}, body))

    def _at(self, path: str) -> str:
        return f"{self._url}/cgi-bin/{path}"

    def _with_token(self, ask: Callable[[str], _Got]) -> _Got:
        try:
            answer = self._asked(ask)
        except Refused as refused:
            self._tell(refused)
            raise
        self._health.note("", is_open=False)
        return answer

    def _asked(self, ask: Callable[[str], _Got]) -> _Got:
        token = self._token(self._keeper.get)
        try:
            return ask(token)
        except Refused as refused:
            if refused.errcode not in STALE:
                raise
        return ask(self._token(lambda: self._keeper.renew(token)))

    def _token(self, get: Callable[[], str]) -> str:
        """A token; without one nothing was asked for, whatever became of the call for the token."""
        try:
            return get()
        except Refused as refused:
            refused.perhaps = False
            raise

    def _tell(self, refused: Refused) -> None:
        """Note how the account is doing; log what staff can do something about, each code once an hour."""
        if refused.then not in {OPERATOR, LATER}:
            self._health.note("", is_open=False)  # a person cannot be reached, the account is well
            return
        self._health.note(f"{refused.errcode}：{refused.words}", is_open=refused.then == OPERATOR)
        with self._lock:
            before, now = self._told.get(refused.errcode), self._now()
            if before and now - before < _TOLD_AGAIN:
                return
            self._told[refused.errcode] = now
        log.error("wechat refused", errcode=refused.errcode, then=refused.then, words=refused.words)


def open_api(engine: Engine, settings: WechatSettings, secret: Keys) -> WechatApi:
    """Return the API of the account; `secret` is the installation's (`Settings.secret`)."""
    http = requests.Session()
    keeper = TokenKeeper(engine, settings, derive(secret, "wechat token"), http)
    return WechatApi(settings, keeper, http, Health(engine, WECHAT))
