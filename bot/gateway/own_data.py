"""What is kept about a person, told and deleted in the chat: 看我的信息, 删除我的信息.

The gateway does this itself: it needs no understanding, works while Rasa is away, and Rasa's own memory can
only be deleted while no turn runs.
"""

from __future__ import annotations

import json
import re
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Engine

from desk import conversation
from desk.buttons import button
from desk.conversation import MessageRow
from desk.database import reading
from desk.erasure import Erasure
from desk.present import FIRST
from desk.tickets import Tickets

_INTENT = "own_data"
_SEE = button("看存了我什么", _INTENT, value="see")
_ASK = button("删除我的信息", _INTENT, value="ask")
_DELETE = button("确认删除", _INTENT, value="delete")
_KEEP = button("不删了", _INTENT, value="keep")
_MINE = "(?:我的|本人的?)(?:全部|所有)?(?:个人)?(?:信息|资料|数据|聊天记录|对话记录?|记录)"
_WISHES = {
    "ask": re.compile(
        rf"(?:请|帮我|我要|我想|麻烦|把)*(?:删除|删掉|清除|清空|注销)(?:一下)?{_MINE}(?:吧|了)?"
    ),
    "see": re.compile(
        rf"(?:请|帮我|我要|我想)*(?:看|查看|看看|看一下)(?:一下)?{_MINE}|(?:你|你们|这里)?(?:存|记|保存|留)了?我的?(?:什么|哪些)(?:个人)?(?:信息|资料|数据)"
    ),
}
_TAKEN_BACK = re.compile(
    r"把(?:我的|本人的?)(?:全部|所有)?(?:个人)?(?:信息|资料|数据|聊天记录|记录)(?:都|全部)?(?:删除|删掉|删了|清除|清空)(?:吧|掉)?"
)
_KEPT = "好的，没有删除。"
_GONE = (
    "已经删除：这个对话里说过的话、记下的号码都删了，助手也不再记得。"
    "{tickets}以后还想问什么，随时再发，就当是新来的。"
)
_STAYS = (
    "没办完的诉求会照常办理和留档（法律要求答复），但已经不和您关联：这里查不到，也不会再通知。"
    "编号：{numbers}，请记下，可以打 12333 查询。"
)


class OwnData:
    """Answers the two wishes. Blocking: call it from a thread."""

    def __init__(self, engine: Engine, tickets: Tickets, erasure: Erasure) -> None:
        self._engine = engine
        self._tickets = tickets
        self._erasure = erasure

    @staticmethod
    def wish(text: str, payload: str | None) -> str:
        """Return see, ask, delete or keep; empty for a message about anything else."""
        if payload:
            intent, _, entities = payload.lstrip("/").partition("{")
            return str(json.loads("{" + entities)["value"]) if intent == _INTENT else ""
        words = text.rstrip("。！!？?")
        if _TAKEN_BACK.fullmatch(words):
            return "ask"
        return next((wish for wish, pattern in _WISHES.items() if pattern.fullmatch(words)), "")

    def answer(self, wish: str, sender_id: str) -> dict[str, Any]:
        """Return what is said to a wish other than delete."""
        if wish == "keep":
            return {"text": _KEPT, "buttons": list(FIRST)}
        told, numbers = self._told(sender_id), self._numbers(sender_id)
        kept = f"{told}\n诉求：{'、'.join(numbers) or '没有'}。"
        if wish == "see":
            return {"text": kept, "buttons": [_ASK]}
        return {
            "text": f"{kept}\n{self._consequence(numbers)}确定要删除吗？删了找不回来。",
            "buttons": [_KEEP, _DELETE],
        }

    def delete(self, sender_id: str, key: str) -> None:
        """Forget the person and say so, as the one thing that is left, in answer to the message `key`.

        Call it while no turn of the conversation runs.
        """
        numbers = self._numbers(sender_id)
        self._erasure.forget(sender_id)
        tickets = _STAYS.format(numbers="、".join(numbers)) if numbers else ""
        body = {"text": _GONE.format(tickets=tickets), "buttons": list(FIRST)}
        with self._engine.begin() as connection:
            conversation.say(connection, sender_id, conversation.NOTICE, body, key)

    def _numbers(self, sender_id: str) -> list[str]:
        return [ticket.public_no for ticket in self._tickets.mine(sender_id)]

    def _told(self, sender_id: str) -> str:
        mine = MessageRow.sender_id == sender_id
        with reading(self._engine) as connection:
            count = connection.scalar(select(func.count()).select_from(MessageRow).where(mine))
        return (
            f"这里存着这个对话的 {count} 条消息（身份证号、手机号、卡号在收到时就换成了代号，"
            "原号码加密保存，30 分钟内删除）。"
        )

    @staticmethod
    def _consequence(numbers: list[str]) -> str:
        return "诉求会照常办理，但删除以后这里查不到、也不会再通知您，请先记下编号。" if numbers else ""
