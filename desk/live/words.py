"""The sentences that a citizen reads when a person comes or goes, and the button that ends the waiting."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from desk.present import FIRST, button
from desk.privacy import redact

LEAVE = button("不等了", "human", value="leave")
END = "结束人工服务"
_FILE = button("登记下来，让工作人员答复", "complaint")
_BARE_WISH = re.compile(r"^.{0,6}(?:人工|真人|座席|客服|12333).{0,6}$")


def came(shown_name: str) -> dict[str, Any]:
    """Say that an agent has joined."""
    return _notice(
        f"{shown_name}（工作人员）已经接入，下面由{shown_name}回复您，机器人先不说话。要结束就发“{END}”。"
    )


def gone(shown_name: str) -> dict[str, Any]:
    """Say that the agent has given the conversation back."""
    return _notice(f"{shown_name}已经结束服务，机器人继续为您服务。", FIRST)


def silent() -> dict[str, Any]:
    """Say that the conversation was given back because nothing was said for long."""
    return _notice(
        "有一阵没有新的话，人工服务先结束了，机器人继续为您服务。要再找人工，随时说“转人工”。", FIRST
    )


def lost(shown_name: str) -> dict[str, Any]:
    """Say that the agent has lost the connection, and that another one is called for."""
    return _notice(
        f"{shown_name}的连接断了，正在请别的座席接着办，您排在最前面。这段时间机器人先回答您。", [LEAVE]
    )


def nobody() -> dict[str, Any]:
    """Say that no agent is there any more, and what can be done instead."""
    text = "对不起，座席都不在线了，没能等到。您可以登记下来，工作人员会答复；着急的话请拨打 12333。"
    return _notice(text, [_FILE])


def telling(texts: Iterable[str]) -> str:
    """Return the first of `texts` (newest first) that says more than 转人工; the first one when none does."""
    every = list(texts)
    return next((text for text in every if not bare(text)), every[0] if every else "")


def bare(text: str) -> bool:
    """Tell whether a citizen's words are no more than the wish for a person."""
    return bool(_BARE_WISH.match(text))


def without_numbers(text: str, public: Mapping[str, str]) -> str:
    """Return an agent's `text` without personal numbers; those of offices (digits -> as written) stay."""
    found = redact(text)
    kept = found.text
    for one in found.found:
        if one.value in public:
            kept = kept.replace(one.placeholder, public[one.value])
    return kept


def _notice(text: str, buttons: Iterable[dict[str, str]] = ()) -> dict[str, Any]:
    return {"kind": "text", "text": text, "card": None, "buttons": list(buttons)}
