"""The optional way from a voice message to its words: the bureau's own speech service over HTTP."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import requests
import structlog

from bot.gateway.wechat.api import WechatApi
from bot.gateway.wechat.refusals import Refused

_PATIENCE = 4.0  # of the five seconds that WeChat waits
_TIMEOUT = (1.0, 3.0)
_LONGEST = 2000
_MOST = 8  # voice messages at a time; one more is answered as one that nobody can hear

log = structlog.get_logger("gateway.wechat")


class Speech:
    """Posts the sound to `url` as it came from WeChat; the answer is JSON `{"text": "..."}`."""

    def __init__(self, url: str, token: str, api: WechatApi, http: requests.Session) -> None:
        self._url = url
        self._headers = {"authorization": f"Bearer {token}"} if token else {}
        self._api = api
        self._http = http
        self._running: dict[str, asyncio.Future[str]] = {}
        # Its own, so that a service that hangs keeps nobody waiting but who spoke.
        self._threads = ThreadPoolExecutor(_MOST, "wechat-speech")

    async def words(self, key: str, media_id: str) -> str:
        """Return what was said in one message; empty when that cannot be told in four seconds.

        Deliveries of the same message share one call.
        """
        task = self._running.get(key)
        if task is None:
            if len(self._running) >= _MOST:
                return ""
            loop = asyncio.get_running_loop()
            task = asyncio.ensure_future(loop.run_in_executor(self._threads, self._recognise, media_id))
            self._running[key] = task
            task.add_done_callback(lambda _: self._running.pop(key, None))
        done, _ = await asyncio.wait({task}, timeout=_PATIENCE)
        return task.result() if done else ""

    def _recognise(self, media_id: str) -> str:
        try:
            sound = self._api.media(media_id)
            answer = self._http.post(self._url, data=sound, headers=self._headers, timeout=_TIMEOUT)
            answer.raise_for_status()
            text = answer.json()["text"]
            return text[:_LONGEST] if isinstance(text, str) else ""
        except (requests.RequestException, Refused, ValueError, KeyError, TypeError) as error:
            log.warning("speech failed", error=type(error).__name__)
            return ""
