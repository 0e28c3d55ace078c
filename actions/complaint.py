"""A complaint: is another door the right one, what is missing, a summary, and then one ticket."""

from __future__ import annotations

import re

from actions import doubt, forms, guide
from actions.complaint_answers import (
    NO_OFFICE,
    UNSURE,
    anonymity,
    asks_where_to_complain,
    field_meant,
    office_answer,
    reply_way,
    says_go_on,
    story_of,
    time_said,
)
from actions.complaint_filing import FIELDS, SLOTS, file, summary
from actions.talk import (
    CALL,
    Events,
    Talk,
    asks_about,
    asks_something,
    go_on_with,
    remember,
    wants_to_complain,
)
from desk.counter import Counter
from desk.guide import Question
from desk.offices import Found
from desk.present import advice_body, button, office_body
from desk.reckoning import reckon
from desk.tickets import Advice
from desk.workdays import today

_FORM = forms.Form(
    name="complaint_form",
    expects=re.compile("〔(?:手机号|电话)"),
    cancels=frozenset({"cancel", "withdraw"}),
    switches=frozenset({"status"}),
    defaults={
        "complaint_office": NO_OFFICE,
        "complaint_when": UNSURE,
        "complaint_reply_by": "here",
        "complaint_anonymous": False,
    },
    slots=(*SLOTS, "complaint_claim"),
    resumes=True,
    left="好的，这件事没有提交。您写的内容没有交给任何人。想再提的时候随时说“我要投诉”。",
    unclear={
        "complaint_story": "请把经过写得具体一点：办什么事、遇到了什么、希望怎么解决。不想提了就回“取消”。",
        "complaint_office": "没有看出是哪里。请写区县或街道，比如“五华区”；不清楚就回“不清楚”。",
        "complaint_when": "没有看出时间。写个大概就行，比如“上周三”“10月底”；记不清就回“记不清”。",
        "complaint_reply_by": "请选一个：在这里答复，或者留一个电话号码。",
        "complaint_anonymous": "请选：匿名，还是不匿名？",
        "complaint_confirmed": "请先核对上面的内容：没问题就回“确认提交”，要改就回要改的那一项。",
    },
    free_text=frozenset({"complaint_story"}),
)
_SHORTEST_STORY = 5
_TELLING = 14
_SURE = 0.5
_RESUMED = "接着刚才没有提交的那一件；不要了就说“取消”。"
_UNDERWAY = "您的投诉正在登记，还没有提交。请接着回答："
_NOTED = "记下了："
_ADDED = re.compile(r"^(?:内容)?(?:里?再?(?:补充|加)(?:一句|一点|上|一下)?)[：:，,\s]*")
_OR_HERE = "也可以在这里登记，工作人员会答复您。"
_SHALL_I = "听得出您很着急。要把这件事登记成投诉，请工作人员处理吗？也可以先查办到哪一步了。"
_CANCEL = button("取消", "cancel")
_STATUS = button("查进度", "status")


def start(talk: Talk, counter: Counter) -> Events:
    """Look whether another door is the right one; then begin the form with what was already said."""
    if talk.entity("aspect") or asks_where_to_complain(talk.text):
        # How and where to complain is a question; only the wish to complain begins the form.
        told = guide.answer_about(talk, counter, "complaint")
        talk.say(_OR_HERE, buttons=[button("现在就登记", "complaint")])
        return told
    fresh: dict[str, object] = {**dict.fromkeys(SLOTS), "form_turn": 0, "offer": None, "misses": 0}
    if talk.slot("complaint_story") and (talk.entity("value") in {"resume", "anyway"} or _bare(talk)):
        talk.say(_RESUMED)
        return [*remember(misses=0), *go_on_with("complaint_form")]
    claim = talk.slot("complaint_claim")
    if talk.entity("value") == "late_claim" or (talk.slot("offer") and claim):
        fresh.update(_from_claim(claim or {}))
        talk.say("按您刚查到的进度，投诉内容已经替您填好，还差一两项。")
        return [*remember(**fresh), *go_on_with("complaint_form")]
    fresh["complaint_claim"] = None
    advice = counter.triage.look(talk.whole_text)
    if advice:
        _advise(talk, advice)
        # What was told is kept: the button goes on from here.
        kept = _said(talk, counter, story=story_of(talk.whole_text)) if advice.may_file else {}
        return remember(**{**fresh, **kept})
    if not (talk.pressed or _wants_to_file(talk) or talk.confidence >= _SURE):
        return doubt.fallback(talk, counter)
    fresh.update(_said(talk, counter, story=story_of(talk.whole_text)))
    if not talk.pressed and not _wants_to_file(talk) and asks_something(talk.text):
        # Anger that asks something: who did not say that it is a complaint is asked, and keeps what was told.
        talk.say(_SHALL_I, buttons=[button("登记投诉", "complaint", value="anyway"), _STATUS, CALL])
        return remember(**{**fresh, "offer": "action_complaint_start"})
    asked = Question("complaint", None, talk.text, counter.settings.region, today())
    if reckoned := reckon(asked, counter.atlas, counter.workdays):
        talk.say(reckoned.text)
    talk.say("好的，我帮您记下来，工作人员会处理。随时可以说“取消”，也可以中间先问别的。")
    return [*remember(**fresh), *go_on_with("complaint_form")]


def validate(talk: Talk, counter: Counter) -> Events:
    """Take every answer that a message holds, for whatever was asked."""
    return forms.validate(talk, counter, _FORM, _fill)


def ask_story(talk: Talk, counter: Counter) -> Events:
    """Ask what happened."""
    talk.say(
        "请说说发生了什么：办什么事、遇到了什么、希望怎么解决？（请不要写身份证号、银行卡号）",
        buttons=[_CANCEL],
    )
    return []


def ask_office(talk: Talk, counter: Counter) -> Events:
    """Ask which office it is about; the one just talked about is the first choice."""
    row = talk.slot("office_row")
    known = [_inform(counter.offices.by_row(row).district, "office", str(row))] if row else []
    unknown = _inform("不清楚 / 不是机构的事", "office", NO_OFFICE)
    talk.say("是哪个区（县）的经办机构？", buttons=[*known, unknown, _CANCEL])
    return []


def ask_when(talk: Talk, counter: Counter) -> Events:
    """Ask when it happened."""
    talk.say(
        "大概是什么时候的事？",
        buttons=[_inform("今天", "when", "今天"), _inform("记不清了", "when", UNSURE), _CANCEL],
    )
    return []


def ask_reply_by(talk: Talk, counter: Counter) -> Events:
    """Ask how to answer."""
    talk.say(
        "怎么答复您？在这个对话里答复，或者留一个电话号码（加密保存，只用来答复这件事）。",
        buttons=[_inform("在这里答复", "reply_by", "here"), _CANCEL],
    )
    return []


def ask_anonymous(talk: Talk, counter: Counter) -> Events:
    """Ask whether the name may be known to the office."""
    talk.say(
        "要匿名吗？匿名的话，被反映的单位看不到您是谁。",
        buttons=[_inform("匿名", "anonymous", "yes"), _inform("不匿名", "anonymous", "no"), _CANCEL],
    )
    return []


def ask_confirmed(talk: Talk, counter: Counter) -> Events:
    """Show the summary and ask for the word."""
    buttons = [button("确认提交", "affirm")]
    buttons += [button(f"改：{name}", "correct", field=field) for field, name in FIELDS.items()]
    talk.say("请核对，确认后才会提交：", summary(talk, counter), [*buttons, _CANCEL])
    return []


def _fill(talk: Talk, counter: Counter) -> Events | None:
    slot = str(talk.requested_slot).removeprefix("complaint_")
    field = talk.entity("field")
    if talk.intent == "correct" and (field or field_meant(talk.text)):
        named = field or field_meant(talk.text)
        said = {} if field else _said(talk, counter)
        return remember(**{f"complaint_{named}": None, "complaint_confirmed": None, **said})
    if field in FIELDS and talk.entity("value") is not None:
        return remember(**{f"complaint_{field}": _pressed(field, str(talk.entity("value")))})
    if slot == "confirmed":
        return _confirm(talk, counter)
    if slot == "story":
        return _story(talk, counter)
    asks = asks_something(talk.text) or asks_about(talk, counter.guide.topics)
    if asks and not says_go_on(talk.text):
        return None
    return _answered(talk, counter, slot)


def _answered(talk: Talk, counter: Counter, slot: str) -> Events | None:
    """Take the answer to what was asked, and whatever else the message tells."""
    said = _said(talk, counter, asked=slot)
    if not said and (says_go_on(talk.text) or (wants_to_complain(talk.text) and not story_of(talk.text))):
        talk.say(_UNDERWAY)
        return []
    if len(talk.text) >= _TELLING or _ADDED.match(talk.text):
        # More than the bare answer: what else it tells belongs to the story.
        said["complaint_story"] = _with(talk, talk.whole_text)
    if f"complaint_{slot}" not in said and slot == "office":
        found = counter.offices.office_for(talk.text)
        if not isinstance(found, Found) and talk.entities("place"):
            body = office_body(found)
            talk.say(body["text"], None, [_inform(b["title"], "office", b["title"]) for b in body["buttons"]])
            return []
    if said and f"complaint_{slot}" not in said:
        noted = (FIELDS[name.removeprefix("complaint_")] for name in said)
        talk.say(f"{_NOTED}{'、'.join(noted)}。")
    return remember(**said) if said else None


def _story(talk: Talk, counter: Counter) -> Events | None:
    text = talk.whole_text.strip()
    if len(text) < _SHORTEST_STORY or (asks_something(text) and talk.likeliest[1] > 0.5):
        return None
    advice = counter.triage.look(text)
    if advice:
        _advise(talk, advice, offer=False)
        if not advice.may_file:
            return forms.leave(_FORM)
    return remember(**_said(talk, counter, story=text))


def _confirm(talk: Talk, counter: Counter) -> Events | None:
    field = next((field for field, name in FIELDS.items() if talk.text == name), None)
    if field:
        return remember(**{f"complaint_{field}": None})
    intent, confidence = talk.likeliest
    if intent == "affirm" and (talk.pressed or confidence > 0.3):
        return remember(complaint_confirmed=True)
    said = _said(talk, counter)
    if said:
        return remember(**said)
    if intent in {"deny", "correct"} and len(talk.text) < _SHORTEST_STORY:
        talk.say("好的，先不提交。要改哪一项？从下面选；不想提了就回“取消”。")
        return []
    if len(talk.text) >= _TELLING or _ADDED.match(talk.text):
        talk.say("补充的内容加进去了。")
        return remember(complaint_story=_with(talk, _ADDED.sub("", talk.whole_text)))
    return None


def _with(talk: Talk, told: str) -> str:
    """The story and what was told besides; who sends it again because no answer came has told it once."""
    story = str(talk.slot("complaint_story"))
    return story if told.strip() in story else f"{story}；{told}"


def _said(talk: Talk, counter: Counter, asked: str = "", story: str = "") -> dict[str, object]:
    """Every field that this message answers, as slots; `asked` may be answered by a bare word."""
    text = talk.text
    values = {
        "story": story or None,
        "office": office_answer(talk, counter, bare=asked == "office"),
        "when": time_said(text, bare=asked == "when"),
        "reply_by": reply_way(text, bare=asked == "reply_by"),
        "anonymous": anonymity(text, bare=asked == "anonymous"),
    }
    return {f"complaint_{name}": value for name, value in values.items() if value is not None}


def _pressed(field: str, value: str) -> object:
    if field == "anonymous":
        return value == "yes"
    return value


def _from_claim(claim: dict[str, object]) -> dict[str, object]:
    filled = {"complaint_story": claim.get("story"), "complaint_when": claim.get("when")}
    return {**filled, "complaint_office": str(claim["office"]) if claim.get("office") else None}


def _bare(talk: Talk) -> bool:
    return talk.entity("value") is None and not story_of(talk.whole_text)


def _wants_to_file(talk: Talk) -> bool:
    return "投诉" in talk.text or "反映" in talk.text or "举报" in talk.text


def _advise(talk: Talk, advice: Advice, offer: bool = True) -> None:
    anyway = button("仍要登记，让工作人员处理", "complaint", value="anyway")
    talk.say("", advice_body(advice)["card"], [anyway] if advice.may_file and offer else [])


def _inform(title: str, field: str, value: str) -> dict[str, str]:
    return button(title, "inform", field=field, value=value)


ACTIONS = {
    "action_complaint_start": start,
    "validate_complaint_form": validate,
    "action_ask_complaint_form_complaint_story": ask_story,
    "action_ask_complaint_form_complaint_office": ask_office,
    "action_ask_complaint_form_complaint_when": ask_when,
    "action_ask_complaint_form_complaint_reply_by": ask_reply_by,
    "action_ask_complaint_form_complaint_anonymous": ask_anonymous,
    "action_ask_complaint_form_complaint_confirmed": ask_confirmed,
    "action_complaint_file": file,
}
