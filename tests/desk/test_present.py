"""What the desk answers, as message bodies: every card of the product can be shown, none shows too much."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from desk.claims import ClaimStatus, Stage, assess
from desk.guide import Answer, Guide, NotRecorded, Question
from desk.offices import Offices
from desk.present import (
    advice_body,
    all_offices_body,
    answer_body,
    button,
    card_button,
    claim_card,
    not_recorded_body,
    office_body,
    office_card,
    office_detail,
    ticket_card,
)
from desk.regions import Atlas, Button, load_atlas
from desk.tickets import Tickets, Triage
from desk.workdays import Workdays
from tests.desk.ticket_room import OVERDUE, filed, moved, replied
from tests.desk.ticket_room import STRAIGHT as WAY

ROOT = Path(__file__).parents[2]
DATA = ROOT / "data"
DAY = date(2026, 3, 2)
PAYLOAD = re.compile(r"/(\w+)(\{.*\})?")


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return load_atlas(DATA)


@pytest.fixture(scope="module")
def guide(atlas: Atlas) -> Guide:
    return Guide(atlas)


@pytest.fixture(scope="module")
def offices() -> Offices:
    return Offices(DATA, "kunming")


@pytest.fixture(scope="module")
def intents() -> set[str]:
    return set(YAML(typ="safe").load(ROOT / "domain.yml")["intents"])


def bodies(atlas: Atlas, guide: Guide) -> list[dict[str, Any]]:
    """Every card as a citizen of every region sees it."""
    found = []
    for region in atlas.regions:
        for topic in sorted(guide.topics):
            for title in guide.titles(topic, region):
                answer = guide.answer(Question(topic, title.aspect, "", region, DAY))
                assert isinstance(answer, Answer)
                found.append(answer_body(answer))
    return found


def meant(made: dict[str, str]) -> tuple[str, dict[str, Any]]:
    match = PAYLOAD.fullmatch(made["payload"])
    assert match, made
    return match[1], json.loads(match[2] or "{}")


def values(card: dict[str, Any]) -> dict[str, str]:
    return {field["name"]: field["value"] for field in card["fields"]}


def test_a_button_carries_its_intent_and_entities() -> None:
    assert button("好", "affirm") == {"title": "好", "payload": "/affirm"}
    made = button("“选”", "inform", field="office", value='五华"区"')
    assert meant(made) == ("inform", {"field": "office", "value": '五华"区"'})


def test_the_button_of_a_whole_topic_names_no_aspect() -> None:
    assert card_button(Button("材料", "materials"))["payload"] == "/materials"
    assert meant(card_button(Button("照片", "materials", "photo"))) == ("materials", {"aspect": "photo"})


def test_every_card_can_be_sent_and_read(atlas: Atlas, guide: Guide) -> None:
    shown = bodies(atlas, guide)
    assert len(shown) > 100
    for body in shown:
        card = json.loads(json.dumps(body))["card"]
        assert card["kind"] in {"card", "checklist", "steps"}
        assert card["title"]
        assert card["lines"]
        assert card["sources"]
        assert date.fromisoformat(card["checked"])
        assert all(set(source) == {"title", "clause", "number"} for source in card["sources"])


def test_every_button_of_a_card_leads_to_an_intent_of_the_domain(
    atlas: Atlas, guide: Guide, intents: set[str]
) -> None:
    for body in bodies(atlas, guide):
        assert {meant(made)[0] for made in body["buttons"]} <= intents
        titles = [made["title"] for made in body["buttons"]]
        assert len(set(titles)) == len(titles), titles


@pytest.mark.parametrize(
    ("step", "titles"),
    [(1, ["下一步", "全部步骤"]), (5, ["下一步", "上一步", "全部步骤"]), (9, ["上一步", "全部步骤"])],
)
def test_a_step_offers_the_steps_beside_it_and_none_beyond_the_ends(
    guide: Guide, step: int, titles: list[str]
) -> None:
    answer = guide.step("process", step, "kunming", DAY)
    assert isinstance(answer, Answer)
    body = answer_body(answer)
    assert body["card"]["progress"] == {"step": step, "of": 9}
    assert [made["title"] for made in body["buttons"]][: len(titles)] == titles
    steps = [meant(made)[1]["step"] for made in body["buttons"] if "step" in meant(made)[1]]
    assert set(steps) == {step - 1, step + 1} & set(range(1, 10))


def test_the_door_s_own_note_stands_with_the_card_s(guide: Guide) -> None:
    answer = guide.answer(Question("materials", "overview", "", "kunming", DAY))
    assert isinstance(answer, Answer)
    assert answer_body(answer, "另外说一句。")["card"]["note"].endswith("另外说一句。")


def test_what_is_not_recorded_says_so_and_whom_to_call(guide: Guide) -> None:
    found = guide.answer(Question("no such topic", None, "", "kunming", DAY))
    assert isinstance(found, NotRecorded)
    body = not_recorded_body(found)
    assert "没有记录" in body["text"]
    assert "12333" in body["text"]
    assert body["card"] is None


def test_every_office_shows_address_bank_phones_date_and_advice(offices: Offices) -> None:
    assert len(offices.all()) == 17
    for office in offices.all():
        card = office_card(office, advice=offices.advice)
        shown = values(card)
        assert office.address in shown.values()
        assert shown["发放银行"] == office.bank
        assert {phone["number"] for phone in card["phones"]} >= set(office.dialled)
        assert card["note"].startswith(offices.advice)
        assert card["sources"]
        assert card["since"] or "没有写日期" in card["note"]


def test_a_later_value_comes_first_with_its_date_and_the_guide_s_stays_beside_it(offices: Offices) -> None:
    (changed,) = [office for office in offices.all() if office.later]
    assert changed.later
    card = office_card(changed)
    shown = values(card)
    assert (shown["地址"], shown["原来的地址"]) == (changed.later.address, changed.address)
    numbers = [phone["number"] for phone in card["phones"]]
    assert numbers == [*changed.later.phones, *changed.dialled]
    assert changed.later.date.isoformat() in card["phones"][0]["name"]
    assert len(card["sources"]) == 2


@pytest.mark.parametrize("field", ["phones", "bank", "address"])
def test_one_thing_about_an_office_is_said_in_a_sentence(offices: Offices, field: str) -> None:
    for office in offices.all():
        newer = office.later if office.later and field != "bank" else office
        wanted = getattr(newer, field)
        body = office_detail(office, field, offices.advice)
        assert body["text"].endswith("、".join(wanted) if field == "phones" else wanted)
        assert body["card"]["kind"] == "office"


def test_what_was_published_later_in_part_leaves_the_rest_as_the_guide_has_it(offices: Offices) -> None:
    (changed,) = [office for office in offices.all() if office.later]
    assert changed.later
    partly = replace(changed, later=replace(changed.later, address="", phones=()))
    assert office_detail(partly, "address", "")["text"].endswith(changed.address)
    assert office_detail(partly, "phones", "")["text"].endswith("、".join(changed.phones))


def test_a_place_with_several_offices_asks_back_and_each_choice_leads_on(offices: Offices) -> None:
    body = office_body(offices.office_for("北市区"))
    assert body["text"].endswith("？")
    assert body["card"] is None
    assert len(body["buttons"]) > 1
    for made in body["buttons"]:
        intent, given = meant(made)
        assert intent == "office"
        if "row" in given:
            assert offices.by_row(given["row"])
        else:
            again = office_body(offices.office_for(given["value"]))
            assert again["card"], given


@pytest.mark.parametrize("place", ["高新区", "北京", "大理"])
def test_a_place_without_an_office_is_answered_honestly_with_a_way_on(offices: Offices, place: str) -> None:
    body = office_body(offices.office_for(place))
    assert "12333" in body["text"]
    assert body["card"]["kind"] == "office"


def test_words_without_a_place_are_asked_for_one(offices: Offices) -> None:
    assert office_body(offices.office_for("你好"))["text"].endswith("都行。")
    body = all_offices_body(offices.all())
    assert [meant(made)[1]["row"] for made in body["buttons"]] == [office.row for office in offices.all()]


@pytest.mark.parametrize("stage", list(Stage))
def test_a_claim_shows_what_is_known_and_no_empty_field(stage: Stage, offices: Offices) -> None:
    decided = date(2026, 2, 20) if stage not in {Stage.SUBMITTED, Stage.PUSHED, Stage.REVIEWING} else None
    status = ClaimStatus(
        "A1",
        stage,
        date(2026, 2, 9),
        2,
        decided_on=decided,
        reason="照片不清楚" if stage is Stage.REFUSED else "",
        amount=Decimal("1863.00") if stage is Stage.PAID else None,
        demo=True,
    )
    card = claim_card(status, assess(status, DAY, Workdays(DATA / "calendar")), offices.by_row(2))
    shown = values(card)
    assert shown["办到哪一步"] == stage.label
    assert shown["最晚审完"] == "2026-02-28"
    assert re.fullmatch(r"\d+ 个工作日（最多 10 个.*）", shown["审核用了"])
    assert all(shown.values())
    assert ("审核日期" in shown, "不通过的原因" in shown, "金额" in shown) == (
        decided is not None,
        stage is Stage.REFUSED,
        stage is Stage.PAID,
    )
    assert "演示数据" in card["label"]
    assert "A1" not in json.dumps(card, ensure_ascii=False)


def test_a_deadline_in_a_year_without_a_calendar_is_marked_as_an_estimate(offices: Offices) -> None:
    status = ClaimStatus("A1", Stage.SUBMITTED, date(2026, 12, 25), 2)
    found = assess(status, date(2026, 12, 28), Workdays(DATA / "calendar"))
    assert "预计" in values(claim_card(status, found, offices.by_row(2)))["最晚审完"]


def test_a_ticket_shows_number_progress_deadline_and_what_was_said(tickets: Tickets) -> None:
    ticket = filed(tickets)
    card = ticket_card(ticket, tickets.told(ticket), "超期未审核", "这是承诺。")
    shown = values(card)
    assert shown["编号"] == ticket.public_no
    assert ticket.due
    assert shown["答复期限"] == f"{ticket.due.year}年{ticket.due.month}月{ticket.due.day}日"
    assert shown["反映内容"] == OVERDUE.narrative
    assert "催办" not in shown
    assert (card["lines"], card["note"]) == ([tickets.told(ticket)], "这是承诺。")


def test_what_is_answered_shows_no_deadline_any_more(tickets: Tickets) -> None:
    ticket = replied(tickets, filed(tickets))
    assert "答复期限" not in values(ticket_card(ticket, tickets.told(ticket), "超期未审核"))
    name, actor, given = WAY[4]
    ticket = moved(tickets, ticket, name, actor, **given)
    assert "答复期限" not in values(ticket_card(ticket, tickets.told(ticket), "超期未审核"))


def test_advice_gives_its_lines_its_numbers_and_its_source() -> None:
    advice = Triage.load(DATA / "triage.yml").danger("我不想活了")
    assert advice
    card = advice_body(advice)["card"]
    assert card["lines"] == list(advice.lines)
    assert [(phone["name"], phone["number"]) for phone in card["phones"]] == list(advice.phones)
    assert card["sources"][0]["clause"] == advice.source  # several laws in one line are no title
