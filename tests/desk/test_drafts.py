from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Engine

from desk.drafts import CHANNEL, Draft, draft, file, keep_phone, shown_phone, spoken
from desk.errors import Conflict, InvalidInput
from desk.sealing import Keys
from desk.tickets import Categories, Kind, Tickets, Triage
from desk.vault import Vault
from tests.desk.ticket_room import AGENT, DATA, PLANTED_PHONE, Moment

DAY = date(2026, 11, 21)
CALL = "call-1"
LANDLINE = "0871" + "63138526"


@pytest.fixture(scope="module")
def categories() -> Categories:
    return Categories.load(DATA / "categories.yml")


@pytest.fixture
def vault(engine: Engine, now: Moment) -> Vault:
    return Vault(engine, Keys.of(b"v" * 32), now)


def drafted(words: str, categories: Categories, label: str = "") -> Draft:
    made = draft(words, label, None, None, categories, DAY)
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("words", "label", "kind"),
    [
        ("我要投诉窗口", "", Kind.COMPLAINT),
        ("我的事没有人理", "complaint", Kind.COMPLAINT),
        ("建议早点开门", "", Kind.ADVICE),
        ("要带什么材料", "materials", Kind.CONSULT),
        ("人脸识别一直不过", "process", Kind.HELP),
    ],
)
def test_the_kind_is_guessed_from_the_words(
    categories: Categories, words: str, label: str, kind: Kind
) -> None:
    assert drafted(words, categories, label).kind is kind


def test_a_victim_of_fraud_reports_it(categories: Categories) -> None:
    words = "有人冒用我的身份领钱"
    advice = Triage.load(DATA / "triage.yml").look(words)
    made = draft(words, "", None, advice, categories, DAY)
    assert made is not None
    assert made.kind is Kind.REPORT


@pytest.mark.parametrize("words", ["11月2日和11月9日都去过", "下个月去", "前几天去的", "没有说"])
def test_a_day_that_is_not_certain_is_left_open(categories: Categories, words: str) -> None:
    assert drafted(words, categories).happened_on is None


@pytest.mark.parametrize(
    ("words", "ref"),
    [
        ("电话〔手机号#3〕", "〔手机号#3〕"),
        ("电话〔手机号#3〕，对，〔手机号#3〕", "〔手机号#3〕"),
        ("我的〔手机号#1〕，他的〔手机号#2〕", ""),
        ("打〔电话#1〕没人接", ""),
    ],
)
def test_only_the_one_mobile_number_is_taken_for_the_callers(
    categories: Categories, words: str, ref: str
) -> None:
    assert drafted(words, categories).phone_ref == ref


def test_a_filed_draft_is_a_ticket_of_the_phone_line_and_only_its_seal_holds_the_number(
    engine: Engine, tickets: Tickets, vault: Vault, categories: Categories
) -> None:
    words = vault.redact(CALL, f"投诉窗口态度差，电话{PLANTED_PHONE}").text
    ticket = file(tickets, vault, CALL, "form-1", drafted(words, categories), AGENT)
    assert (ticket.channel, ticket.sender_id, ticket.reply_by) == (CHANNEL, CALL, "phone")
    assert (ticket.phone_masked, ticket.phone) == ("****8000", "")
    assert ticket.category == "service"
    assert PLANTED_PHONE not in _everything(engine)


def test_filing_twice_gives_one_ticket_and_another_draft_under_the_key_is_refused(
    tickets: Tickets, vault: Vault, categories: Categories
) -> None:
    made = drafted("审核太慢", categories)
    first = file(tickets, vault, CALL, "form-1", made, AGENT)
    assert file(tickets, vault, CALL, "form-1", made, AGENT).public_no == first.public_no
    with pytest.raises(Conflict):
        file(tickets, vault, CALL, "form-1", replace(made, narrative="别的事"), AGENT)


def test_a_draft_without_a_number_is_filed_without_one(
    tickets: Tickets, vault: Vault, categories: Categories
) -> None:
    ticket = file(tickets, vault, CALL, "form-1", drafted("审核太慢", categories), AGENT)
    assert (ticket.reply_by, ticket.phone_masked) == ("here", "")


def test_a_number_kept_too_long_ago_or_of_another_call_is_told(
    tickets: Tickets, vault: Vault, categories: Categories, now: Moment
) -> None:
    made = drafted(vault.redact(CALL, f"审核太慢，电话{PLANTED_PHONE}").text, categories)
    with pytest.raises(InvalidInput, match="phone_gone"):
        file(tickets, vault, "call-2", "form-1", made, AGENT)
    now.at += timedelta(minutes=31)
    with pytest.raises(InvalidInput, match="phone_gone"):
        file(tickets, vault, CALL, "form-1", made, AGENT)
    assert shown_phone(vault, CALL, made.phone_ref) == ""


@pytest.mark.parametrize(("typed", "shown"), [(PLANTED_PHONE, "****8000"), (LANDLINE, "****8526")])
def test_a_number_that_the_agent_types_is_sealed_and_shown_masked(
    vault: Vault, typed: str, shown: str
) -> None:
    ref = keep_phone(vault, CALL, typed)
    assert shown_phone(vault, CALL, ref) == shown
    assert shown_phone(vault, CALL, "") == ""


@pytest.mark.parametrize("typed", ["", "没有", f"{PLANTED_PHONE} {LANDLINE}", "530102" + "198501010015"])
def test_what_is_no_phone_number_is_refused(vault: Vault, typed: str) -> None:
    with pytest.raises(InvalidInput, match="phone"):
        keep_phone(vault, CALL, typed)


def _everything(engine: Engine) -> str:
    with engine.connect() as connection:
        tables = ("ticket", "ticket_event", "vault")
        return "".join(str(connection.execute(text(f"select * from {name}")).all()) for name in tables)


def test_what_is_read_aloud_tells_number_day_and_where_the_answer_comes(
    tickets: Tickets, vault: Vault, categories: Categories
) -> None:
    words = vault.redact(CALL, f"投诉窗口态度差，电话{PLANTED_PHONE}").text
    ticket = file(tickets, vault, CALL, "form-1", drafted(words, categories), AGENT)
    say = spoken(ticket, tickets.clock, DAY)
    assert f"编号是 {ticket.public_no}" in say and "最晚11月27日答复" in say and "尾号8000" in say
    other = file(tickets, vault, CALL, "form-2", drafted("审核太慢", categories), AGENT)
    assert "没有留号码" in spoken(other, tickets.clock, DAY)


def test_a_ticket_of_a_conversation_is_its_citizens(
    tickets: Tickets, vault: Vault, categories: Categories
) -> None:
    ticket = file(tickets, vault, "c1", "form-1", drafted("审核太慢", categories), AGENT, "web")
    opened = tickets.history(ticket)[0]
    assert (opened.actor_role, opened.actor_id) == ("agent", AGENT.id)
    assert ticket.channel == "web"
    assert [each.public_no for each in tickets.mine("c1")] == [ticket.public_no]


def test_a_number_written_into_a_text_is_taken_out_beside_the_one_that_is_known(
    tickets: Tickets, vault: Vault, categories: Categories
) -> None:
    made = replace(drafted("审核太慢", categories), narrative=f"我的〔手机号#1〕，他的{PLANTED_PHONE}")
    assert file(tickets, vault, CALL, "form-1", made, AGENT).narrative == "我的〔手机号#1〕，他的〔手机号#2〕"
