"""What to say when a message leaves doubt: ask which of two, offer what is near, and then a person."""

from __future__ import annotations

import re
from collections.abc import Sequence

from actions import guide, offices
from actions.complaint_answers import story_of
from actions.talk import CALL, Events, Talk, go_on_with, remember, wants_to_complain
from desk.counter import Counter
from desk.doubt import Verdict, judge
from desk.guide import Answer, Question
from desk.inbox import ASKED_BACK, NOT_UNDERSTOOD
from desk.present import FIRST, button, card_button
from desk.workdays import today

_WHICH = "您是想问“{}”，还是“{}”？"
_NOT_UNDERSTOOD = "我没有听懂这句话。您是不是想问："
NOTHING_NEAR = (
    "我没有听懂这句话。我能答昆明失业保险的材料、步骤、机构、金额和期限，也能查进度、记投诉。"
    "您可以换个说法，或者从下面选一个。\n"
    "别的事可以问：养老、工伤、社保卡12333，医保12393，公积金12329，不知道找谁12345。"
)
_NEITHER = button("都不是", "nlu_fallback")
GIVE_UP = "还是没能听懂您的意思，对不起。您可以转人工，或者拨打 12333，有人接听的时候能直接问。"
_NONE_OF_THEM = "好的，都不是。请换个说法再问一次，说说是什么事、办到哪一步；也可以转人工，或者拨打 12333。"
_UPSET = re.compile(
    r"气死|气人|火大|恼火|发火|烦死|恨死|受够|欺负人|糊弄|坑人|坑爹|骗人|骗子|不要脸|不讲理|"
    r"[妈奶]的|他妈|去死|滚|废物|饭桶|垃圾|混蛋|王八|狗屁|放屁|傻[逼叉Xx]|脑残|什么鬼|老子|"
    r"破(?:玩意|东西|机器|系统|平台|软件|网站|程序|地方|单位)|什么(?:玩意|东西|破)"
)
_CALM = "听得出您心里有气。是哪件事没办好？您说一说，我来查；也可以登记成投诉，或者让工作人员跟您说。"
MISSES_BEFORE_A_PERSON = 2
_NEAREST = 3
_LONGEST_BARE_PLACE = 8
_FOR_WHOM = re.compile(
    r"(?:我)?(?:说|问|讲|办)的?是?(?:我)?(?:家)?(?:妈妈?|爸爸?|母亲|父亲|老公|老婆|爱人|媳妇|对象|儿子|女儿|娃娃?|姐姐?|妹妹?|哥哥?|弟弟?|"
    r"婆婆|公公|岳父|岳母|亲戚|朋友|同事|工友|家里人|别人)(?:的|呢|家)?(?:事|情况)?[。！!]?"
)
_SAME_RULE = "好的，替别人问也是同样的规定，按参保人本人的情况来看："
_ADDS = re.compile(r"(?:我)?(?:还|再|要|想|得)*补充")
# A day or years alone go on with the question that they matter for.
_GOES_ON = {"date": frozenset({"review_time"}), "years_paid": frozenset({"amount_duration"})}


def fallback(talk: Talk, counter: Counter) -> Events:
    """Act on what is certain all the same; else ask back, and the second time offer a person."""
    if talk.pressed:
        # Choices that do not fit are our miss already counted, and no reason to give up.
        talk.outcome = NOT_UNDERSTOOD
        talk.say(_NONE_OF_THEM, buttons=[CALL, *FIRST[:3]])
        return []
    verdict = judge(talk.guesses) if talk.guesses else Verdict("far", ())
    certain = _certain(talk, counter, verdict)
    if certain is not None:
        return certain
    misses = int(talk.slot("misses") or 0) + 1
    person = [] if "human" in verdict.labels else [CALL]
    talk.outcome = NOT_UNDERSTOOD
    if misses >= MISSES_BEFORE_A_PERSON:
        give_up(talk)
    elif verdict.kind == "between":
        first, second = (counter.topic_names[label] for label in verdict.labels)
        choices = [_choice(talk, counter, label) for label in verdict.labels]
        talk.outcome = ASKED_BACK
        talk.say(_WHICH.format(first, second), buttons=[*choices, _NEITHER, *person])
    elif near := _near(talk, counter, verdict.labels):
        talk.outcome = ASKED_BACK
        talk.say(_NOT_UNDERSTOOD, buttons=[*near, *person])
    elif not calmed(talk):
        talk.say(NOTHING_NEAR, buttons=[*FIRST, CALL])
    return [*remember(misses=misses), *_kept(talk, verdict)]


def give_up(talk: Talk) -> None:
    """Offer a person, after what was not understood twice."""
    talk.outcome = NOT_UNDERSTOOD
    if not calmed(talk):
        talk.say(GIVE_UP, buttons=[CALL, *FIRST[:3]])


def calmed(talk: Talk) -> bool:
    """Answer anger that names no matter: to be told of not being understood makes it worse."""
    if not _UPSET.search(talk.text):
        return False
    talk.say(_CALM, buttons=[*FIRST[3:], CALL])
    return True


def told_for_whom(talk: Talk, counter: Counter) -> Events | None:
    """Answer 我说的是我妈的 with the card that was just told: the same rule holds for whoever is insured."""
    found = _FOR_WHOM.fullmatch(talk.text.strip())
    topic = talk.slot("topic")
    if not found or topic not in counter.guide.topics:
        return None
    talk.say(_SAME_RULE)
    return guide.tell_again(talk, counter)


def _certain(talk: Talk, counter: Counter, verdict: Verdict) -> Events | None:
    """What can be answered although the classifier has doubts; None when nothing can."""
    if talk.entity("ticket_number"):
        return go_on_with("action_ticket_status")
    if _ADDS.match(talk.text) and counter.tickets.mine(talk.sender_id):
        return go_on_with("action_ticket_add")
    if wants_to_complain(talk.text):
        return go_on_with("action_complaint_start")
    topic = talk.slot("topic")
    if any(topic in topics and talk.entity(kind) for kind, topics in _GOES_ON.items()):
        return guide.answer_about(talk, counter, str(topic))
    told = told_for_whom(talk, counter) or guide.second_look(talk, counter, verdict)
    if told is not None:
        return told
    bare_place = len(talk.text) <= _LONGEST_BARE_PLACE
    if (bare_place or verdict.labels[:1] == ("office",)) and counter.offices.names_a_place(talk.text):
        return offices.answer(talk, counter)
    if verdict.kind != "between":
        return None
    first, second = _in_order(talk, verdict)
    if not _settled(talk, counter, first, second):
        return None
    answered = guide.answer_about(talk, counter, first, _choice(talk, counter, second))
    return [*_kept(talk, verdict), *answered]


def _kept(talk: Talk, verdict: Verdict) -> Events:
    """What may be a complaint is kept: to press its button goes on with it."""
    return (
        remember(complaint_story=story_of(talk.whole_text) or None) if "complaint" in verdict.labels else []
    )


def _in_order(talk: Talk, verdict: Verdict) -> tuple[str, str]:
    """The two topics as they were asked, where both are asks of the message; else the likelier first."""
    first, second = verdict.labels
    asked = [label for label in talk.also_asked if label in verdict.labels]
    return (second, first) if asked[:1] == [second] and first in asked else (first, second)


def _settled(talk: Talk, counter: Counter, first: str, second: str) -> bool:
    """Whether the first of two topics may be answered, with the other as a button."""
    if {first, second} <= set(talk.also_asked):
        return first in counter.guide.topics
    return counter.guide.settles(first, second, talk.heard, guide.region_of(talk, counter), today())


def _near(talk: Talk, counter: Counter, labels: Sequence[str]) -> list[dict[str, str]]:
    """At most three questions as buttons: of the likeliest topics, then of cards that share words."""
    found = [_fitting(talk, counter, label) or _choice(talk, counter, label) for label in labels]
    buttons = [card_button(one) if isinstance(one, Answer) else one for one in found]
    cards = counter.guide.search(talk.heard, guide.region_of(talk, counter), today())
    buttons += map(card_button, cards)
    return list({b["payload"]: b for b in buttons}.values())[:_NEAREST]


def _choice(talk: Talk, counter: Counter, label: str) -> dict[str, str]:
    """A topic by its name; to press it is to ask what was said, so that nobody has to say it again."""
    name = counter.topic_names[label]
    if label == "office" and counter.offices.names_a_place(talk.text):
        return button(name, label, value=talk.text)
    if label == "complaint":
        return button(name, label, value="anyway")
    fitting = _fitting(talk, counter, label)
    return button(name, label, aspect=fitting.aspect) if fitting else button(name, label)


def _fitting(talk: Talk, counter: Counter, label: str) -> Answer | None:
    """The card of a topic that fits the words best; None for a room that has no cards."""
    if label not in counter.guide.topics:
        return None
    found = counter.guide.answer(Question(label, None, talk.heard, guide.region_of(talk, counter), today()))
    return found if isinstance(found, Answer) and found.topic == label else None
