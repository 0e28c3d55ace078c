"""Materials, steps and policy: answers about one topic, and the short words that follow an answer."""

from __future__ import annotations

from actions import offices
from actions.complaint_answers import asks_where_to_complain
from actions.talk import (
    Events,
    Talk,
    also_asked,
    asks_something,
    go_on_with,
    remember,
    wants_to_complain,
)
from desk.asks import the_ask
from desk.counter import Counter
from desk.doubt import OUTSIDE, Verdict
from desk.guide import Answer, NoSuchStep, NotRecorded, Question
from desk.inbox import ANSWERED, REFUSED
from desk.numerals import step_named
from desk.offices import Found, Office
from desk.present import (
    advice_body,
    answer_body,
    basis_text,
    button,
    card_button,
    not_recorded_body,
    office_card,
    office_detail,
)
from desk.reckoning import reckon
from desk.workdays import today

_NO_CONTEXT = "您想接着问哪件事？可以这样说：领失业金要带什么材料、第五步怎么填、五华区在哪里办。"
_FIRST = "这已经是第一步了。"
_LAST = "九步都讲完了。之后等审核：结果可以在“个人中心”查，也可以在这里查进度。"
_STUCK = "卡在哪一步了？告诉我第几步，或者从下面选一个。"
# From here on words that also stand on a card of ours do not make the matter ours.
_SURELY_OUTSIDE = 0.85
_OFFICE_WORDS = {"office_phone": "phones", "office_bank": "bank", "office_address": "address"}


def answer(talk: Talk, counter: Counter) -> Events:
    """Answer a question about a topic from the cards of the conversation's region."""
    if (looked := ours_after_all(talk, counter, talk.intent, talk.confidence)) is not None:
        return looked
    reports = talk.intent == "fraud_risk" and not asks_something(talk.text)
    if reports and (advice := counter.triage.look(talk.text)):
        talk.say("", advice_body(advice)["card"])
        return remember(topic="fraud_risk", aspect="report", misses=0)
    if talk.intent not in OUTSIDE and talk.intent != "fraud_risk" and _complains(talk):
        return go_on_with("action_complaint_start")
    return answer_about(talk, counter, talk.intent)


def _complains(talk: Talk) -> bool:
    """Who says 我要投诉 has chosen: a card about the matter would be an answer to nobody's question."""
    asks = asks_where_to_complain(talk.text) or asks_something(talk.text)
    return wants_to_complain(talk.text) and not asks


def ours_after_all(talk: Talk, counter: Counter, topic: str, confidence: float) -> Events | None:
    """Answer from a card of ours what sounds like another office's matter, but not surely."""
    unsure = topic in OUTSIDE and confidence < _SURELY_OUTSIDE
    return second_look(talk, counter) if unsure else None


def second_look(talk: Talk, counter: Counter, verdict: Verdict | None = None) -> Events | None:
    """Answer from the card that the words themselves point at, where the classifier saw no topic of ours.

    Where it stands between two topics, only a card of the likelier one answers.
    """
    region = region_of(talk, counter)
    found = counter.guide.sure(talk.heard, region, today())
    if found is None or found.topic in OUTSIDE:
        return None
    if verdict and verdict.kind == "between" and found.topic != verdict.labels[0]:
        return None
    return [*_tell(talk, counter, found, talk.text), *remember(region=region)]


def answer_about(talk: Talk, counter: Counter, topic: str, other: dict[str, str] | None = None) -> Events:
    """Answer `topic` with the aspect that a button names or the words point at; `other`: one more button."""
    region = region_of(talk, counter)
    n = step_named(talk.text)
    if topic == "process" and n:
        return [*_step(talk, counter, n, region), *remember(region=region)]
    office = _office_named(talk, counter)
    if topic == "payment_bank" and office and talk.entity("aspect") is None and "账" not in talk.text:
        body = office_detail(office, "bank", counter.offices.advice)
        talk.say(body["text"], body["card"], [button("还要知道什么", "payment_bank")])
        return remember(office_row=office.row, topic="payment_bank", aspect=None, misses=0)
    told = _tell(talk, counter, _found(talk, counter, topic, region), talk.text, office, other)
    return [*told, *remember(region=region)]


def _found(talk: Talk, counter: Counter, topic: str, region: str) -> Answer | NotRecorded:
    """The card that the ask of a long message points at; the words around it tell a story."""
    asked = counter.guide.region_asked(talk.text, region)
    aspect = talk.entity("aspect")
    if aspect is None and (ask := the_ask(talk.heard)):
        found = counter.guide.answer(Question(topic, None, ask, asked, today()))
        if isinstance(found, Answer) and found.topic == topic and found.aspect != "overview":
            return found
    return counter.guide.answer(Question(topic, aspect, talk.heard, asked, today()))


def follow_up(talk: Talk, counter: Counter) -> Events:
    """Answer 下一步, 还有呢, 那银行呢 and their like from what the conversation is about."""
    region = region_of(talk, counter)
    row = talk.slot("office_row")
    if talk.intent in _OFFICE_WORDS:
        return _office_word(talk, counter, row)
    if talk.intent in {"next_step", "previous_step", "which_step", "all_steps", "stuck"}:
        return _walk(talk, counter, region)
    topic, aspect = talk.slot("topic"), talk.slot("aspect")
    if topic == "office" and row:
        talk.say("", office_card(counter.offices.by_row(row), advice=counter.offices.advice))
        return []
    if topic not in counter.guide.topics:
        talk.say(_NO_CONTEXT)
        return []
    if topic == "process" and _step_of(aspect) and talk.intent == "more":
        return _step(talk, counter, _step_of(aspect) + 1, region)
    if talk.intent == "more":
        return _more(talk, counter, topic, aspect, region)
    return _why(talk, counter, topic, aspect, region) if talk.intent == "why" else tell_again(talk, counter)


def _why(talk: Talk, counter: Counter, topic: str, aspect: str | None, region: str) -> Events:
    """Whose rule it is: the reasons of a rule stand in none of our sources."""
    found = counter.guide.answer(Question(topic, aspect, "", region, today()))
    if isinstance(found, NotRecorded) or found.topic in OUTSIDE:
        return tell_again(talk, counter)
    talk.outcome, talk.about = ANSWERED, found.topic
    talk.say(basis_text(found), buttons=[button("再看一遍", "repeat")])
    return remember(misses=0)


def tell_again(talk: Talk, counter: Counter) -> Events:
    """Show the card that the conversation is about once more."""
    question = Question(talk.slot("topic"), talk.slot("aspect"), "", region_of(talk, counter), today())
    return _tell(talk, counter, counter.guide.answer(question), "")


def _walk(talk: Talk, counter: Counter, region: str) -> Events:
    here = _step_of(talk.slot("aspect")) if talk.slot("topic") == "process" else 0
    named = step_named(talk.text) or int(talk.entity("step") or 0)
    if talk.intent == "all_steps":
        return _tell(talk, counter, counter.guide.answer(_overview(region)), "")
    if named:
        return _step(talk, counter, named, region)
    if talk.intent == "next_step":
        return _step(talk, counter, here + 1, region)
    if talk.intent == "previous_step":
        return _step(talk, counter, here - 1, region) if here else _ask_step(talk)
    answered = counter.guide.answer(Question("process", None, talk.text, region, today()))
    if isinstance(answered, Answer) and answered.aspect != "overview":
        return _tell(talk, counter, answered, talk.text)
    if here:
        return _step(talk, counter, here, region)
    return _ask_step(talk)


def _ask_step(talk: Talk) -> Events:
    talk.say(_STUCK, buttons=[button(f"第{n}步", "which_step", step=n) for n in range(1, 10)])
    return []


def _step(talk: Talk, counter: Counter, n: int, region: str) -> Events:
    found = counter.guide.step("process", n, region, today())
    if isinstance(found, NoSuchStep):
        talk.say(_FIRST if n < 1 else _LAST if n == found.of + 1 else f"一共 {found.of} 步，没有第 {n} 步。")
        n = min(max(n, 1), found.of)
        found = counter.guide.step("process", n, region, today())
    if isinstance(found, NoSuchStep):
        return []
    return _tell(talk, counter, found, "")


def _more(talk: Talk, counter: Counter, topic: str, aspect: str | None, region: str) -> Events:
    others = [button for button in counter.guide.titles(topic, region) if button.aspect != aspect]
    buttons = [card_button(other) for other in others[:8]]
    talk.outcome, talk.about = ANSWERED, topic
    talk.say("关于这件事，还可以看：" if buttons else "这件事我知道的都说完了。", buttons=buttons)
    return []


def _office_named(talk: Talk, counter: Counter) -> Office | None:
    """The office of a place that a question about something else names: 五华区要带什么材料."""
    found = counter.offices.office_for(talk.text) if talk.entities("place") else None
    return found.office if isinstance(found, Found) else None


def _tell(
    talk: Talk,
    counter: Counter,
    found: Answer | NotRecorded,
    text: str,
    office: Office | None = None,
    other: dict[str, str] | None = None,
) -> Events:
    if isinstance(found, NotRecorded):
        talk.outcome = REFUSED
        talk.say(not_recorded_body(found)["text"])
        return []
    talk.outcome, talk.about = REFUSED if found.topic in OUTSIDE else ANSWERED, found.topic
    body = answer_body(found, counter.guide.elsewhere(text))
    near = [button(f"{office.district}的经办机构和电话", "office", row=office.row)] if office else []
    region = counter.guide.region_asked(text, region_of(talk, counter))
    reckoned = reckon(
        Question(found.topic, found.aspect, text, region, today()), counter.atlas, counter.workdays
    )
    if reckoned:
        body["text"] = reckoned.text
        near += [b for b in map(card_button, reckoned.buttons) if b not in body["buttons"]]
    also = ([other] if other else also_asked(talk, counter, found.topic)) if text else []
    talk.say(body["text"], body["card"], [*also, *near, *body["buttons"]])
    row = {"office_row": office.row} if office else {}
    return remember(topic=found.topic, aspect=found.aspect, misses=0, **row)


def _office_word(talk: Talk, counter: Counter, row: int | None) -> Events:
    if counter.offices.names_a_place(talk.text):
        return offices.answer(talk, counter)
    if row is None and talk.intent == "office_bank":
        return answer_about(talk, counter, "payment_bank")
    if row is None:
        talk.say(
            "您的社保最后是在昆明哪个区（县）交的？告诉我，我就能说出那里的机构。",
            buttons=[button("看全部机构", "office")],
        )
        return []
    body = office_detail(counter.offices.by_row(row), _OFFICE_WORDS[talk.intent], counter.offices.advice)
    talk.say(body["text"], body["card"])
    return []


def region_of(talk: Talk, counter: Counter) -> str:
    """Return the region the citizen just named, or the conversation's, or the bureau's own."""
    named = counter.atlas.region_named(talk.text) if talk.text else None
    return named.id if named else talk.slot("region") or counter.settings.region


def _overview(region: str) -> Question:
    return Question("process", "overview", "", region, today())


def _step_of(aspect: str | None) -> int:
    return int(aspect[4:]) if aspect and aspect.startswith("step") and aspect[4:].isdigit() else 0


ACTIONS = {"action_guide": answer, "action_follow_up": follow_up}
