"""The talk around the matter: greeting, thanks, small talk, and what to say when nothing was understood."""

from __future__ import annotations

from collections.abc import Sequence

from actions import guide, offices
from actions.complaint_answers import story_of
from actions.talk import CALL, Events, Talk, go_on_with, remember, wants_to_complain
from desk.counter import Counter
from desk.doubt import Verdict, judge
from desk.guide import Answer, Question
from desk.present import button, card_button
from desk.workdays import today

_FIRST = (
    button("要带什么材料", "materials"),
    button("怎么申领", "process"),
    button("找经办机构", "office"),
    button("查我的进度", "status"),
    button("投诉和建议", "complaint"),
)
_GREETING = (
    "您好，我是昆明市失业保险助手（机器人）。领失业保险金要什么材料、怎么办、去哪里办、办到哪一步，"
    "还有投诉和建议，都可以问我。直接打字就行。"
)
_SMALL_TALK = "我只会办失业保险的事，聊天不太在行。您要是遇到失业、领金方面的事，尽管问我。"
_WHICH = "您是想问“{}”，还是“{}”？"
_NOT_UNDERSTOOD = "我没有听懂这句话。您是不是想问："
NOTHING_NEAR = (
    "我没有听懂这句话。我能答昆明失业保险的材料、步骤、机构、金额和期限，也能查进度、记投诉。"
    "您可以换个说法，或者点下面的按钮。\n"
    "别的事可以问：养老、工伤、社保卡12333，医保12393，公积金12329，不知道找谁12345。"
)
_NEITHER = button("都不是", "nlu_fallback")
_GIVE_UP = "还是没能听懂您的意思，对不起。您可以转人工，或者拨打 12333，有人接听的时候能直接问。"
_MISSES_BEFORE_A_PERSON = 2
_NEAREST = 3
_LONGEST_BARE_PLACE = 8
_SURE = 0.5  # for words that undo something


def greet(talk: Talk, counter: Counter) -> Events:
    """Say who this is and what it does."""
    talk.say(_GREETING, buttons=_FIRST)
    return []


def thanks(talk: Talk, counter: Counter) -> Events:
    """Answer thanks."""
    talk.say("不客气。还有失业保险的事，随时来问。")
    return []


def goodbye(talk: Talk, counter: Counter) -> Events:
    """Answer a goodbye."""
    talk.say("再见，祝您顺利。在公用电脑上用完，请点下面的“清除对话”。")
    return []


def chitchat(talk: Talk, counter: Counter) -> Events:
    """Bring small talk back to the matter, kindly."""
    if (looked := guide.second_look(talk, counter)) is not None:
        return looked
    misses = int(talk.slot("misses") or 0) + 1
    if misses >= _MISSES_BEFORE_A_PERSON:
        talk.say(_GIVE_UP, buttons=[CALL, *_FIRST[:3]])
    else:
        talk.say(_SMALL_TALK, buttons=_FIRST)
    return remember(misses=misses)


def affirm(talk: Talk, counter: Counter) -> Events:
    """Take a yes as the answer to what was just offered."""
    offer = talk.slot("offer")
    if offer:
        return go_on_with(str(offer))
    talk.say("好的。您接着说，想办哪件事？", buttons=_FIRST)
    return []


def deny(talk: Talk, counter: Counter) -> Events:
    """Take a no as the answer to what was just offered."""
    if not talk.pressed and talk.confidence < _SURE and not talk.slot("offer"):
        return fallback(talk, counter)
    talk.say("好的，那就不办了。还有别的事可以接着问。", buttons=_FIRST)
    return remember(offer=None)


def cancel(talk: Talk, counter: Counter) -> Events:
    """Cancel outside of a form: there is nothing to cancel."""
    talk.say("好的。现在没有正在办的事，您随时可以接着问。", buttons=_FIRST)
    return remember(offer=None)


def correct(talk: Talk, counter: Counter) -> Events:
    """A correction outside of a form: usually of the place that was asked about."""
    if (looked := guide.second_look(talk, counter)) is not None:
        return looked
    if talk.entities("place"):
        return offices.answer(talk, counter)
    talk.say("您要改哪一处？请把正确的说一遍，例如：不是五华区，是西山区。")
    return []


def form_over(talk: Talk, counter: Counter) -> Events:
    """Answer a button of a form that has ended, or a name or number that nobody asked for."""
    talk.say("收到了，不过现在没有正在办的事，这些用不上。要查进度，还是要投诉？", buttons=_FIRST[3:])
    return []


def start_over(talk: Talk, counter: Counter) -> Events:
    """Forget what the conversation was about and begin again."""
    if not talk.pressed and talk.confidence < _SURE:
        return fallback(talk, counter)
    talk.say("好的，我们重新开始。", buttons=_FIRST)
    return remember(topic=None, aspect=None, region=None, office_row=None, offer=None, misses=0)


def fallback(talk: Talk, counter: Counter) -> Events:
    """Ask which of two was meant, or offer what is near; when nothing was understood twice, a person."""
    if talk.entity("ticket_number"):
        return go_on_with("action_ticket_status")
    if wants_to_complain(talk.text):
        return go_on_with("action_complaint_start")
    verdict = judge(talk.guesses) if talk.guesses else Verdict("far", ())
    if (looked := guide.second_look(talk, counter, verdict)) is not None:
        return looked
    bare_place = len(talk.text) <= _LONGEST_BARE_PLACE
    if (bare_place or verdict.labels[:1] == ("office",)) and counter.offices.names_a_place(talk.text):
        return offices.answer(talk, counter)
    misses = int(talk.slot("misses") or 0) + 1
    # What may be a complaint is kept: to press the button goes on with it.
    told = {"complaint_story": story_of(talk.whole_text) or None} if "complaint" in verdict.labels else {}
    kept = remember(misses=misses, **told)
    if misses >= _MISSES_BEFORE_A_PERSON:
        talk.say(_GIVE_UP, buttons=[CALL, *_FIRST[:3]])
        return kept
    if verdict.kind == "between" and _settled(talk, counter, *verdict.labels):
        other = _choice(talk, counter, verdict.labels[1])
        return [*remember(**told), *guide.answer_about(talk, counter, verdict.labels[0], other)]
    if verdict.kind == "between":
        first, second = (counter.topic_names[label] for label in verdict.labels)
        choices = [_choice(talk, counter, label) for label in verdict.labels]
        person = [] if "human" in verdict.labels else [CALL]
        talk.say(_WHICH.format(first, second), buttons=[*choices, _NEITHER, *person])
        return kept
    near = _near(talk, counter, verdict.labels)
    if near:
        talk.say(_NOT_UNDERSTOOD, buttons=[*near, CALL])
    else:
        talk.say(NOTHING_NEAR, buttons=[*_FIRST, CALL])
    return kept


def _settled(talk: Talk, counter: Counter, first: str, second: str) -> bool:
    """Whether the likelier of two topics may be answered, with the other as a button."""
    if first == "office":
        return False
    return counter.guide.settles(first, second, talk.heard, _region(talk, counter), today())


def _near(talk: Talk, counter: Counter, labels: Sequence[str]) -> list[dict[str, str]]:
    """At most three questions as buttons: of the likeliest topics, then of cards that share words."""
    found = [_fitting(talk, counter, label) or _choice(talk, counter, label) for label in labels]
    buttons = [card_button(one) if isinstance(one, Answer) else one for one in found]
    cards = counter.guide.search(talk.heard, _region(talk, counter), today())
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
    found = counter.guide.answer(Question(label, None, talk.heard, _region(talk, counter), today()))
    return found if isinstance(found, Answer) and found.topic == label else None


def _region(talk: Talk, counter: Counter) -> str:
    return str(talk.slot("region") or counter.settings.region)


ACTIONS = {
    "action_greet": greet,
    "action_thanks": thanks,
    "action_goodbye": goodbye,
    "action_chitchat": chitchat,
    "action_affirm": affirm,
    "action_deny": deny,
    "action_cancel": cancel,
    "action_correct": correct,
    "action_start_over": start_over,
    "action_form_over": form_over,
    "action_fallback": fallback,
}
