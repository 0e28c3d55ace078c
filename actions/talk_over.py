"""The talk around the matter: greeting, thanks, small talk, yes and no, and starting over."""

from __future__ import annotations

from actions import guide, offices
from actions.doubt import MISSES_BEFORE_A_PERSON, calmed, fallback, give_up, told_for_whom
from actions.talk import PERSONAL, Events, Talk, go_on_with, remember
from desk.counter import Counter
from desk.present import FIRST

_GREETING = (
    "您好，我是昆明市失业保险助手（机器人）。领失业保险金要什么材料、怎么办、去哪里办、办到哪一步，"
    "还有投诉和建议，都可以问我。直接打字就行。"
)
_SMALL_TALK = "我只会办失业保险的事，聊天不太在行。您要是遇到失业、领金方面的事，尽管问我。"
_SURE = 0.5  # for words that undo something


def greet(talk: Talk, counter: Counter) -> Events:
    """Say who this is and what it does."""
    talk.say(_GREETING, buttons=FIRST)
    return []


def thanks(talk: Talk, counter: Counter) -> Events:
    """Answer thanks."""
    talk.say("不客气。还有失业保险的事，随时来问。")
    return []


def goodbye(talk: Talk, counter: Counter) -> Events:
    """Answer a goodbye; what an open form still held of the person goes with it."""
    talk.say("再见，祝您顺利。用的是公用电脑的话，走之前请清除对话。")
    return _forget() if talk.pressed or talk.confidence >= _SURE else []


def chitchat(talk: Talk, counter: Counter) -> Events:
    """Bring small talk back to the matter, kindly."""
    if (told := told_for_whom(talk, counter)) is not None:
        return told
    if (looked := guide.second_look(talk, counter)) is not None:
        return looked
    misses = int(talk.slot("misses") or 0) + 1
    if misses >= MISSES_BEFORE_A_PERSON:
        give_up(talk)
    elif not calmed(talk):
        talk.say(_SMALL_TALK, buttons=FIRST)
    return remember(misses=misses)


def affirm(talk: Talk, counter: Counter) -> Events:
    """Take a yes as the answer to what was just offered."""
    if talk.slot("complaint_confirmed") is True:
        # All was confirmed and the answer of the filing got lost: once that is told, nothing of it is left.
        return go_on_with("action_complaint_file")
    offer = talk.slot("offer")
    if offer:
        return go_on_with(str(offer))
    talk.say("好的。您接着说，想办哪件事？", buttons=FIRST)
    return []


def deny(talk: Talk, counter: Counter) -> Events:
    """Take a no as the answer to what was just offered."""
    if not talk.pressed and talk.confidence < _SURE and not talk.slot("offer"):
        return fallback(talk, counter)
    talk.say("好的，那就不办了。还有别的事可以接着问。", buttons=FIRST)
    return remember(offer=None, complaint_claim=None)


def cancel(talk: Talk, counter: Counter) -> Events:
    """Cancel outside of a form: there is nothing to cancel but what a form has kept for later."""
    talk.say("好的。现在没有正在办的事，您随时可以接着问。", buttons=FIRST)
    return [*remember(offer=None), *_forget()]


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
    talk.say("收到了，不过现在没有正在办的事，这些用不上。要查进度，还是要投诉？", buttons=FIRST[3:])
    return []


def start_over(talk: Talk, counter: Counter) -> Events:
    """Forget what the conversation was about and begin again."""
    if not talk.pressed and talk.confidence < _SURE:
        return fallback(talk, counter)
    talk.say("好的，我们重新开始。", buttons=FIRST)
    about = remember(topic=None, aspect=None, region=None, office_row=None, offer=None, misses=0)
    return [*about, *_forget()]


def _forget() -> Events:
    """Forget what the forms hold of the person, also what was kept to be gone on with."""
    return remember(**dict.fromkeys(PERSONAL))


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
