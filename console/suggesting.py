"""Words on their way to the suggestion room: Rasa is asked first, but never waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from sanic import Request

from desk.counter import Counter
from desk.guide import Answer
from desk.privacy import redact
from desk.regions import Source
from desk.suggest import Offer, Suggester, Suggestion, Understood
from desk.workdays import today

# A topic that is answered in another room: what the agent does now.
_ROOMS: Mapping[str, str] = {
    "office": "问清参保的区（县），写进框里，旁边就有经办机构。",
    "status": "进度只给本人看：请本人在对话页面说“查进度”，用身份证号、姓名和短信验证码查。",
    "complaint": "登记一张工单，告诉编号和答复日期。",
    "complaint_followup": "请报工单编号，在“工单”页查。",
    "human": "要找的是人：您就在。先问清是什么事。",
}


async def suggest(request: Request, words: str, place: str = "") -> tuple[Suggestion, bool]:
    """Return what fits `words`, and whether the trained model answered."""
    kept = redact(words).text
    understood: Understood | None = await request.app.ctx.brain.understand(kept) if kept.strip() else None
    return await asyncio.to_thread(look_up, request, kept, understood, place), understood is not None


def look_up(request: Request, words: str, understood: Understood | None, place: str = "") -> Suggestion:
    """Return what fits redacted `words` in the region of this installation."""
    region = request.app.ctx.settings.region
    found: Suggestion = _suggester(request).suggest(words, understood, region, today(), place or None)
    return found


def card(request: Request, topic: str, aspect: str, region: str) -> Offer | None:
    """Return one card as it holds today in `region`, by default ours; None where there is none."""
    atlas = request.app.ctx.counter.atlas
    reached = region if region in atlas.regions else request.app.ctx.settings.region
    return _suggester(request).card(topic, aspect, reached, today())


def rooms(counter: Counter, found: Suggestion) -> list[tuple[str, str]]:
    """Return name and way of each likely room, without the office where it is on the screen already."""
    shown = [room for room in found.rooms if not (room == "office" and found.office)]
    return [(counter.topic_names[room], _ROOMS[room]) for room in shown]


def source_line(source: Source) -> str:
    """Return `社会保险法 第四十五条（主席令第35号）`."""
    number = f"（{source.number}）" if source.number else ""
    return f"{source.title} {source.clause}".strip() + number


def shown_offer(offer: Offer) -> dict[str, Any]:
    """Return a card for the templates: the answer, its mark and its sources in one line each."""
    answer: Answer = offer.answer
    return {
        "answer": answer,
        "possible": offer.possible,
        "sources": [source_line(source) for source in answer.sources],
    }


def _suggester(request: Request) -> Suggester:
    found: Suggester = request.app.ctx.suggester
    return found
