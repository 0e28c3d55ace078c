"""The agent's desk over HTTP while Rasa is not running: words alone find the cards."""

from __future__ import annotations

import json
import re

import pytest
import requests
from sqlalchemy import select

from desk.learning.tables import CardFeedbackRow
from desk.tickets.terms import Role
from tests.console.door import StaffDoor, StaffMember
from tests.desk.ticket_room import PLANTED_PHONE

PLANTED_ID = "530102" + "19850101" + "0015"
MARK = {"card": "kunming.materials.photo", "topic": "materials", "words": "照片要几寸的"}


@pytest.fixture(scope="module")
def agent(console: StaffDoor) -> StaffMember:
    return console.signed_in(Role.AGENT)


def look(agent: StaffMember, words: str, **fields: str) -> str:
    answer = agent.post("/agent/look", htmx=True, words=words, **fields)
    assert answer.status_code == 200
    return answer.text


def rows(console: StaffDoor, agent: StaffMember) -> list[tuple[str, str]]:
    wanted = select(CardFeedbackRow.verdict, CardFeedbackRow.words)
    with console.engine.connect() as connection:
        found = connection.execute(wanted.where(CardFeedbackRow.staff_id == agent.staff.id)).all()
    return [(row.verdict, row.words) for row in found]


def test_the_page_has_one_box_and_names_its_keys(agent: StaffMember) -> None:
    page = agent.get("/agent").text
    assert re.search(r'<textarea id="words"[^>]* autofocus', page)
    for key in ("F2", "Esc", "回车"):
        assert f"<kbd>{key}</kbd>" in page


def test_a_card_shows_what_to_read_whose_rule_it_is_and_since_when(agent: StaffMember) -> None:
    page = look(agent, "照片要什么底色")
    assert 'data-card="1"' in page and '<p class="say">' in page
    assert '<span class="chip">昆明市</span>' in page
    assert "依据：昆明市失业保险金网上申领指南" in page and "核对</p>" in page


def test_without_the_model_one_line_says_so(agent: StaffMember) -> None:
    assert look(agent, "照片要什么底色").count("只按字词查找") == 1


def test_a_doubtful_card_is_marked(agent: StaffMember) -> None:
    assert "可能</span>" in look(agent, "五华还是盘龙办，人脸识别不过")


def test_the_office_of_the_words_stands_beside_with_bank_address_and_phone(agent: StaffMember) -> None:
    page = look(agent, "我在五华区交的社保去哪里办")
    assert "五华区就业局失业保险科" in page
    for name in ("发放银行", "地址", "电话"):
        assert f"<dt>{name}</dt>" in page


def test_several_offices_are_buttons_and_the_chosen_one_stays_chosen(agent: StaffMember) -> None:
    assert json.dumps({"place": "盘龙区"}) in look(agent, "五华还是盘龙")
    page = look(agent, "五华还是盘龙", place="盘龙区")
    assert "盘龙区" in page and '<input type="hidden" name="place" value="盘龙区" form="ask">' in page


def test_the_next_caller_has_no_place_yet(agent: StaffMember) -> None:
    assert 'name="place"' not in look(agent, " ", place="盘龙区")


def test_months_are_reckoned_from_what_was_told(agent: StaffMember) -> None:
    assert "可以领13个月" in look(agent, "我交了5年能领几个月")


def test_danger_comes_before_every_card(agent: StaffMember) -> None:
    page = look(agent, "审核这么久，我不想活了")
    assert page.index("可能有危险") < page.index("data-card")
    assert "<b>120</b>" in page


def test_another_offices_matter_is_said_first_and_is_not_filed_here(agent: StaffMember) -> None:
    words = "有人冒领失业金我要举报"
    assert "有别的受理渠道" in look(agent, words)
    refused = agent.post("/agent/form", htmx=True, words=words)
    assert refused.status_code == 422 and "由别的部门受理" in refused.text


def test_where_nothing_fits_that_is_said_with_what_to_do(agent: StaffMember) -> None:
    page = look(agent, "阿巴阿巴")
    assert "请不要猜着答" in page and "登记一张工单" in page and "data-card" not in page


def test_a_next_question_opens_its_card(agent: StaffMember) -> None:
    found = re.search(r'hx-get="(/agent/card/[^"]+)"', look(agent, "要带什么材料"))
    assert found
    assert '<p class="say">' in agent.get(found.group(1)).text
    assert agent.get("/agent/card/status/overview").status_code == 404


def test_a_card_of_another_region_is_labelled_and_opened_by_that_regions_rules(agent: StaffMember) -> None:
    page = look(agent, "内蒙古怎么做失业登记")
    assert '<span class="chip soon">内蒙古' in page
    opened = agent.get("/agent/card/registration/overview?region=neimenggu").text
    assert '<span class="chip soon">内蒙古' in opened
    ours = agent.get("/agent/card/registration/overview?region=nowhere").text
    assert '<span class="chip soon">' not in ours and '<p class="say">' in ours


def test_personal_numbers_are_neither_shown_nor_kept(console: StaffDoor, agent: StaffMember) -> None:
    page = look(agent, f"我叫张三{PLANTED_ID}，审核慢，电话{PLANTED_PHONE}")
    assert PLANTED_ID not in page and PLANTED_PHONE not in page and "〔手机号#1〕" in page
    agent.post("/agent/feedback", verdict="wrong", **{**MARK, "words": f"电话{PLANTED_PHONE}"})
    assert ("wrong", "电话〔手机号#1〕") in rows(console, agent)
    assert PLANTED_PHONE not in (console.var / "console.log").read_text()


def test_used_and_wrong_are_kept_shown_and_can_be_taken_back(console: StaffDoor) -> None:
    agent = console.signed_in(Role.AGENT)
    assert "已记下：用了" in agent.post("/agent/feedback", htmx=True, verdict="used", **MARK).text
    marked = agent.post("/agent/feedback", htmx=True, verdict="wrong", **MARK).text
    assert "已记下：不对" in marked
    path = re.search(r"/agent/feedback/\d+/take-back", marked)
    assert path
    assert "用了</button>" in agent.post(path.group(), htmx=True, **MARK).text
    assert rows(console, agent) == [("used", MARK["words"]), ("undone", MARK["words"])]
    acts = console.counter.audit.find(actor_id=agent.staff.id, object_id=MARK["card"], limit=10)
    assert {act.action for act in acts} == {"card_used", "card_wrong", "card_mark_undone"}
    assert MARK["words"] not in str(acts)


def test_nobody_takes_back_what_another_marked(console: StaffDoor, agent: StaffMember) -> None:
    marked = agent.post("/agent/feedback", htmx=True, verdict="used", **MARK).text
    path = re.search(r"/agent/feedback/\d+/take-back", marked)
    assert path
    assert console.signed_in(Role.AGENT).post(path.group(), htmx=True, **MARK).status_code == 404


def test_a_mark_with_a_number_that_no_table_holds_is_not_found(agent: StaffMember) -> None:
    path = f"/agent/feedback/{'9' * 30}/take-back"
    assert agent.post(path, htmx=True, **MARK).status_code == 404


def test_words_without_the_token_of_the_page_are_not_looked_at(
    console: StaffDoor, agent: StaffMember
) -> None:
    for path in ("/agent/look", "/agent/feedback", "/agent/form", "/agent/tickets"):
        answer = agent.http.post(f"{console.url}{path}", data={"words": "材料"}, timeout=10)
        assert answer.status_code == 403


def test_only_agents_come_in(console: StaffDoor) -> None:
    supervisor = console.signed_in(Role.SUPERVISOR)
    assert supervisor.get("/agent").status_code == 403
    assert supervisor.get("/live").status_code == 403
    nobody = requests.get(f"{console.url}/agent", timeout=10, allow_redirects=False)
    assert nobody.headers["location"] == "/sign-in"
