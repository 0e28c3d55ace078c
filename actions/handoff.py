"""转人工: how to reach a person now."""

from __future__ import annotations

from actions.talk import Events, Talk, remember
from desk.counter import Counter
from desk.inbox import HANDED_OVER
from desk.present import button

_WORDS = (
    "要找人工，请直接拨打 12333（人社服务热线）。"
    "自助语音全天有；人工接听的时间各地不同，云南的时段我没有查到。\n"
    "也可以打您参保地经办机构的电话，或者把要反映的事登记下来，工作人员会答复您。"
)


def handoff(talk: Talk, counter: Counter) -> Events:
    """Say how to reach a person, and offer to write the matter down."""
    talk.outcome = HANDED_OVER
    talk.say(
        _WORDS,
        card={
            "kind": "card",
            "title": "联系人工",
            "lines": ["拨打 12333，或者找经办机构。"],
            "phones": [{"name": "人社服务热线", "number": "12333"}],
        },
        buttons=[button("登记下来，让工作人员答复", "complaint"), button("找经办机构的电话", "office")],
    )
    return remember(misses=0)


ACTIONS = {"action_handoff": handoff}
