from __future__ import annotations

import re
from datetime import date

import pytest

from console.periods import asked_for, named
from desk.errors import InvalidInput
from desk.tickets.rates import FEW, RATES
from desk.tickets.terms import Role
from desk.workdays import today
from tests.console.door import StaffDoor, StaffMember
from tests.console.ticket_desk import PHONE, filed

_TAG = re.compile(r"<[^>]+>")


@pytest.fixture(scope="module")
def supervisor(busy: StaffDoor) -> StaffMember:
    return busy.signed_in(Role.SUPERVISOR)


def texts(pattern: str, page: str) -> list[str]:
    return [_TAG.sub("", found).strip() for found in re.findall(pattern, page, re.S)]


def test_each_rate_stands_with_n_coverage_and_formula(supervisor: StaffMember) -> None:
    page = supervisor.get("/overview?period=days90").text
    cards = texts(r'<section class="figure rate">(.*?)</section>', page)
    assert len(cards) == len(RATES) == 3
    for card, formula in zip(cards, RATES, strict=True):
        assert card.startswith(formula.name) and formula.words in card
        assert re.search(r"\d+\.\d%", card) and re.search(r"n = \d+", card) and "覆盖率" in card
    (apart,) = texts(r'<section class="figure rate apart">(.*?)</section>', page)
    assert apart.startswith("政策不支持") and re.search(r"共 \d+ 件", apart)


def test_what_rests_on_few_is_told_in_words(supervisor: StaffMember) -> None:
    page = supervisor.get("/overview?period=days90").text
    (table,) = re.findall(r'<table class="units">.*?<tbody>(.*?)</tbody>', page, re.S)
    told = 0
    for line in re.findall(r"<tr>.*?</tr>", table, re.S):
        cells = texts(r'<td class="num">(.*?)</td>', line)
        for rate, n in zip(cells[0:12:3], cells[1:12:3], strict=True):
            if int(n) < FEW:
                assert rate in ("高", "中", "低", "没有数据"), line
                told += 1
    assert told > 20
    assert "不足30件的不算百分比" in page


@pytest.mark.parametrize("period", ["week", "month", "last_month", "days90"])
def test_a_period_is_chosen_by_its_name(supervisor: StaffMember, period: str) -> None:
    chosen = named(period, today())
    page = supervisor.get(f"/overview?period={period}").text
    assert f'name="since" type="date" value="{chosen.since}"' in page
    assert f'name="until" type="date" value="{chosen.until}"' in page
    assert re.search(rf'href="/overview\?period={period}" aria-current="true"', page)


def test_days_are_chosen_freely(supervisor: StaffMember) -> None:
    page = supervisor.get("/overview?since=2026-02-01&until=2026-02-10").text
    assert "2月1日至2月10日" in page and 'aria-current="true"' not in page


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("since=2026-02-10&until=2026-02-01", "开始的日期在结束的日期之后"),
        ("since=2026-02-30&until=2026-03-01", "日期不对"),
        ("since=2026-02-01", "日期不对"),
        ("since=&until=9999-01-01", "日期不对"),
    ],
)
def test_days_that_cannot_be_are_said_and_this_month_is_shown(
    supervisor: StaffMember, given: str, said: str
) -> None:
    answer = supervisor.get(f"/overview?{given}")
    assert answer.status_code == 422 and said in answer.text
    assert f'value="{today().replace(day=1)}"' in answer.text


def test_a_name_of_no_period_shows_this_month(supervisor: StaffMember) -> None:
    answer = supervisor.get("/overview?period=<b>")
    assert answer.status_code == 200 and f'value="{today().replace(day=1)}"' in answer.text


@pytest.mark.parametrize(
    ("code", "day", "since", "until"),
    [
        ("week", "2026-11-23", "2026-11-23", "2026-11-23"),
        ("week", "2026-11-29", "2026-11-23", "2026-11-29"),
        ("month", "2026-11-01", "2026-11-01", "2026-11-01"),
        ("last_month", "2026-01-31", "2025-12-01", "2025-12-31"),
        ("last_month", "2028-03-01", "2028-02-01", "2028-02-29"),
        ("days90", "2026-11-28", "2026-08-31", "2026-11-28"),
    ],
)
def test_the_days_of_a_period(code: str, day: str, since: str, until: str) -> None:
    chosen = named(code, date.fromisoformat(day))
    assert (str(chosen.since), str(chosen.until)) == (since, until)
    assert (chosen.until - chosen.since).days < 90


def test_one_day_alone_is_a_period_and_half_a_period_is_none() -> None:
    day = date(2026, 11, 28)
    chosen = asked_for({"since": "2026-11-28", "until": "2026-11-28"}, day)
    assert (chosen.name, chosen.since, chosen.until) == ("", day, day)
    with pytest.raises(InvalidInput, match="day"):
        asked_for({"until": "2026-11-28"}, day)


def test_an_auditor_reads_the_same_numbers_and_exports_nothing(
    busy: StaffDoor, supervisor: StaffMember
) -> None:
    auditor = busy.signed_in(Role.AUDITOR)
    seen, own = (member.get("/overview?period=days90").text for member in (auditor, supervisor))
    assert re.findall(r'data-count="\d+"', seen) == re.findall(r'data-count="\d+"', own)
    assert "/export" not in seen and "/export" in own
    assert "/export" not in auditor.get("/tickets").text and "/export" in supervisor.get("/tickets").text


def test_no_citizen_stands_on_the_overview(busy: StaffDoor, supervisor: StaffMember) -> None:
    said = "张三丰说窗口不给办，要去找局长。"
    ticket = filed(busy, said, reply_by="phone", phone=PHONE)
    page = supervisor.get("/overview").text
    assert said not in page and PHONE not in page
    assert ticket.public_no not in page and ticket.phone_masked not in page


def test_a_new_installation_says_that_there_is_nothing_yet(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    door = StaffDoor(tmp_path_factory.mktemp("new"))
    door.start()
    try:
        page = door.signed_in(Role.SUPERVISOR).get("/overview").text
        assert "还没有工单" in page and "<table" not in page and "/export" not in page
        filed(door)
        assert "还没有工单" not in door.signed_in(Role.SUPERVISOR).get("/overview").text
    finally:
        door.kill()
