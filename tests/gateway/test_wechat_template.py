from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from bot.gateway.wechat.template import Template, load_template
from desk import conversation
from desk.database import Base, open_database
from desk.errors import DataFault
from desk.present import ticket_card
from tests.desk.ticket_room import Moment, filed, replied, tickets_in
from tests.gateway.door import ROOT

AT = datetime(2026, 3, 2, 16, 5, tzinfo=timezone.utc)
NUMBER = "JS-20260302-000001-0"
ALL = Template({"character_string1": "number", "phrase2": "progress", "thing3": "advice", "time4": "time"})


def card(progress: str, **more: str) -> dict[str, Any]:
    fields = {"编号": NUMBER, "进度": progress, **more}
    rows = [{"name": name, "value": value} for name, value in fields.items()]
    return {"text": "", "card": {"kind": "ticket", "title": "诉求", "fields": rows}, "buttons": []}


def test_each_step_that_a_citizen_hears_of_becomes_a_template_message(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'desk.db'}")
    Base.metadata.create_all(engine)
    tickets = tickets_in(engine, Moment())
    ticket = replied(tickets, filed(tickets))
    said = conversation.since(engine, "c1")
    shown = [load_template(ROOT / "data" / "wechat" / "template.yml").data(m.body, AT) for m in said]
    wanted = {
        "character_string1": ticket.public_no,
        "phrase2": "有新进展",
        "thing3": "给我们回一句话，就能看到详情",
        "time4": "2026年3月3日 00:05",
    }
    assert len(shown) > 2
    assert all(data == wanted for data in shown)
    engine.dispose()


def test_the_card_of_a_ticket_tells_its_progress(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'desk.db'}")
    Base.metadata.create_all(engine)
    ticket = filed(tickets_in(engine, Moment()))
    data = ALL.data({"text": "", "card": ticket_card(ticket, "已收到。", "审核超期"), "buttons": []}, AT)
    assert data and (data["character_string1"], data["phrase2"]) == (ticket.public_no, "待受理")
    engine.dispose()


def test_nothing_that_the_citizen_wrote_goes_out(tmp_path: Path) -> None:
    data = ALL.data(card("办理中", 反映内容="11月2日申请的"), AT)
    assert data and "11月2日" not in "".join(data.values())


def test_a_state_that_does_not_fit_is_not_cut_in_two() -> None:
    assert (ALL.data(card("已答复待回访"), AT) or {})["phrase2"] == "有新进展"
    assert (ALL.data(card("派单异议"), AT) or {})["phrase2"] == "派单异议"


def test_values_are_no_longer_than_wechat_shows() -> None:
    template = Template({"thing1": "number", "thing2": "progress", "thing3": "advice", "thing4": "time"})
    data = template.data(card("办理中"), AT)
    assert data and max(len(value) for value in data.values()) == len(data["thing1"]) == 20


@pytest.mark.parametrize(
    "body",
    [
        {"text": "收到：你好", "card": None, "buttons": []},
        {"text": "我的工单 JS-20260302-000001-0 有新进展了吗", "card": None},
        {"text": "您的工单有新进展", "card": None},
        {"text": "", "card": {"kind": "ticket", "title": "还没有提交，请核对", "fields": []}},
        {"text": "", "card": {"kind": "office", "fields": [{"name": "编号", "value": NUMBER}]}},
        {"text": "", "card": {"kind": "card", "title": "材料", "lines": []}},
        {},
    ],
)
def test_what_is_no_news_of_a_ticket_makes_no_template_message(body: dict[str, Any]) -> None:
    assert ALL.data(body, AT) is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "应只有 fields: 一项"),
        ("fields: {}", "应只有 fields: 一项"),
        ("fields: {thing1: advice}\nmore: 1", "应只有 fields: 一项"),
        ("fields: [", "应是 UTF-8 的 YAML"),
        ("fields: {keyword1: number}", "keyword1: 字段名应像 thing3"),
        ("fields: {thing: number}", "thing: 字段名应像 thing3"),
        ("fields: {thing1: weather}", "thing1: 应为 number、progress、advice、time 之一，现在是 'weather'"),
        ("fields: {thing1: [1]}", "thing1: 应为 number、progress、advice、time 之一，现在是 [1]"),
        ("fields: {phrase1: number}", "phrase1: 放不下 number，它要 character_string 或 thing"),
    ],
)
def test_a_fault_of_the_file_is_one_sentence(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "template.yml"
    path.write_text(text)
    with pytest.raises(DataFault) as raised:
        load_template(path)
    (told,) = raised.value.faults
    assert told.startswith(f"{path}: ") and fault in told
