"""转人工: put the citizen in line for one of our own agents, or say honestly that nobody can come."""

from __future__ import annotations

from actions.talk import Events, Talk, remember
from desk.counter import Counter
from desk.inbox import HANDED_OVER
from desk.live import LEAVE, Closed, Waiting
from desk.present import FIRST, button

_HOURS = "现在不在本服务人工座席的时间（{hours}），没有座席能接。"
_NOBODY = "本服务的人工座席现在都不在线，没有座席能接（座席时间是{hours}）。"
_WORDS = (
    "要找人工，请直接拨打 12333（人社服务热线）。"
    "自助语音全天有；人工接听的时间各地不同，云南的时段我没有查到。\n"
    "也可以打您参保地经办机构的电话，或者把要反映的事登记下来，工作人员会答复您。"
)
_CALLED = (
    "已经在叫人工座席，{place}。轮到您时，座席会直接在这里回复。\n"
    "等的时候可以接着问我，也可以先把情况写下来，座席看得到。"
)
_SERVED = "座席正在为您服务，请直接写下要说的话。"
_LEFT = "好的，人工服务已经取消，我继续为您服务。"
_ENDED = "好的，人工服务已经结束，我继续为您服务。"
_NOT_WAITING = "您现在没有在等人工。还有什么想问的？"


def handoff(talk: Talk, counter: Counter) -> Events:
    """Call an agent and tell the place in line; where nobody can come, say how else to reach a person."""
    if talk.entity("value") == "leave":
        held = counter.live.holder(talk.sender_id)
        left = counter.live.leave(talk.sender_id)
        talk.say((_ENDED if held else _LEFT) if left else _NOT_WAITING, buttons=FIRST)
        return remember(misses=0)
    talk.outcome = HANDED_OVER
    place = counter.live.ask(talk.sender_id, talk.channel, talk.message_key)
    if isinstance(place, Closed):
        _say_closed(talk, place)
    else:
        talk.say(_waiting(place), buttons=[LEAVE] if place.position else [])
    return remember(misses=0)


def _waiting(place: Waiting) -> str:
    if not place.position:
        return _SERVED
    before = place.position - 1
    return _CALLED.format(place=f"您前面还有 {before} 位" if before else "您排在第 1 位")


def _say_closed(talk: Talk, closed: Closed) -> None:
    why = _HOURS if closed.reason == "hours" else _NOBODY
    talk.say(
        f"{why.format(hours=closed.hours)}\n{_WORDS}",
        card={
            "kind": "card",
            "title": "联系人工",
            "lines": ["拨打 12333，或者找经办机构。"],
            "phones": [{"name": "人社服务热线", "number": "12333"}],
        },
        buttons=[button("登记下来，让工作人员答复", "complaint"), button("找经办机构的电话", "office")],
    )


ACTIONS = {"action_handoff": handoff}
