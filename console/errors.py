"""What staff read when something is refused or fails: one map for the whole door."""

from __future__ import annotations

import secrets

import structlog
from sanic import Request
from sanic.exceptions import SanicException
from sanic.response import HTTPResponse
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from console.render import page
from console.wording import reason_sentence
from desk.errors import Conflict, DeskError, InvalidInput, NotAllowed, NotFound, Unavailable
from desk.learning import Clash, Forbidden, Unfit
from desk.logs import place

_SENTENCES = {
    "forged": (403, "这个页面太旧了，或者请求不是从本系统的页面发出的。请刷新页面再试一次。"),
    "no_permission": (403, "您的账号没有这个权限。需要的话请找运维人员调整角色。"),
    "not_found": (404, "没有这个页面或记录，也可能不在您能看的范围里。"),
    "conflict": (409, "别人刚刚改动了这条记录，您的操作没有生效。请刷新看看现在的情况，再决定怎么办。"),
    "unavailable": (503, "数据库暂时没有回应，操作可能没有完成。请过一会儿刷新看看，没有的话再做一次。"),
    "bad_request": (400, "请求看不懂，请刷新页面再试。"),
    "method": (405, "这个地址不能这样访问。"),
    "too_large": (413, "提交的内容太长了，请删短一些。"),
}
_STATUS = {400: "bad_request", 404: "not_found", 405: "method", 413: "too_large"}

log = structlog.get_logger("console")


def refused(request: Request, reason: str) -> HTTPResponse:
    """Answer with one of the sentences above."""
    status, sentence = _SENTENCES[reason]
    return _answer(request, status, sentence)


def answer_error(request: Request, error: Exception) -> HTTPResponse:
    """Turn an error into a sentence; nothing of the error itself is shown."""
    if isinstance(error, (Unfit, Forbidden)):
        return _answer(request, 422, error.sentence)
    if isinstance(error, Clash):
        return _answer(request, 409, "".join(error.sentences))
    if isinstance(error, (NotAllowed, InvalidInput)):
        return _answer(request, 422, reason_sentence(error.reason))
    if isinstance(error, DeskError):
        names = {NotFound: "not_found", Conflict: "conflict", Unavailable: "unavailable"}
        return refused(request, names.get(type(error), "unavailable"))
    if isinstance(error, (DBAPIError, NoConnection)):
        log.error("request failed", path=request.path, error=type(error).__name__, at=place(error))
        return refused(request, "unavailable")
    status = _status(request, error)
    if 400 <= status < 500:
        answer = refused(request, _STATUS.get(status, "bad_request"))
        # Sanic's own say more in a header: after 405 stands which methods there are.
        answer.headers.update(getattr(error, "headers", {}))
        return answer
    number = secrets.token_hex(4)
    seen = {"path": request.path, "error": type(error).__name__, "at": place(error), "number": number}
    log.error("request failed", **seen)
    return _answer(request, 500, f"系统出了点问题，操作可能没有完成。请把编号 {number} 告诉运维人员。")


def _status(request: Request, error: Exception) -> int:
    """What Sanic calls it; some nonsense of a client it does not tell from a fault of ours."""
    if isinstance(error, SanicException):
        return int(error.status_code)
    if request.path.startswith("/static/"):  # a folder, or a name that no file can have
        return 404
    return 400 if request.method == "NONE" else 500  # NONE: Sanic could not read what came as a request


def _answer(request: Request, status: int, sentence: str) -> HTTPResponse:
    if "hx-request" in request.headers:
        # A part of a page stays as it is; the sentence goes to the line for notices.
        words = page(request, "parts/notice.html", sentence=sentence, bad=True)
        words.status = status
        words.headers.update({"hx-retarget": "#notice", "hx-reswap": "innerHTML"})
        return words
    answer = page(request, "error.html", sentence=sentence, status=status)
    answer.status = status
    return answer
