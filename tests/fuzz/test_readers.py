"""What reads words, numbers, days, places and files never fails, whatever they are."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_11_2

from bot.gateway.own_data import OwnData
from bot.gateway.wechat.wording import asks_for_more, asks_for_news
from desk.asks import asks, asks_yes_or_no, is_ask, sentences, the_ask
from desk.claims.rows import HEADER, Reader
from desk.counter import Counter, open_counter
from desk.errors import DataFault, InvalidInput
from desk.id_number import id_fault, plain_name, valid_id
from desk.live.words import bare, without_numbers
from desk.numerals import step_named
from desk.offices import Ambiguous, Found, NoOffice, Unknown
from desk.particulars import aligned, particulars
from desk.past_dates import days_said
from desk.present import office_body
from desk.privacy import number_of, redact, scrub
from desk.settings import Settings
from desk.text import plain, simplified
from desk.tickets.export import harmless
from desk.tickets.number import find_number, make_number, numbers_in, read_number
from desk.tickets.query import from_params, to_params
from desk.tickets.verdicts import satisfaction_in
from desk.workdays import Workdays
from tests.fakes.claim_files import LINE
from tests.fuzz.cases import TEXTS, door
from tests.fuzz.document import ROOT

DAYS = st.dates(date(1990, 1, 1), date(2100, 1, 1))
_LIKE_NUMBERS = st.text("0123456789０１一三八〇零oOXx-—. ·()/#〔〕JSjs身份证手机号\u200b\n", max_size=80)
_LIKE_DAYS = st.text(
    "0123456789一二三十两年月日号周星期天前上下个底初去今明差多半零点元块万千百.,，。 -/", max_size=30
)
_FIELDS = st.sampled_from([*LINE, "办结日期", "原因", "开始日期", "终止日期", "月金额"])
_CELLS = (
    TEXTS
    | st.sampled_from(["1e5", "1E-999999", "Infinity", "sNaN", "9" * 400, "99999.999", "0.001", "-3", "+999"])
    | (
        st.sampled_from(
            [
                "2026-02-30",
                "20260101",
                "2026年1月1日",
                "9999-12-31",
                "0001-01-01",
                "0000-00-00",
                '"',
                "=1+1",
                "已退回",
            ]
        )
    )
)
_LONG = re.compile("[0-9]{16}")


class Desk:
    """The counter, which would be printed at a length of thousands of lines with a failing case."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    var = str(tmp_path_factory.mktemp("readers"))
    return Desk(open_counter(Settings.from_env({"DESK_VAR": var, "DESK_DATA": str(ROOT / "data")})))


@door("redactor", 0.15)
@given(TEXTS | _LIKE_NUMBERS | st.tuples(_LIKE_NUMBERS, TEXTS).map("".join))
@example("138000000002026年")
@example(f"88一一8一０{'一' * 24}，一一一一，一一一一，o4")
def test_a_redacted_text_holds_no_number_and_can_be_put_back(text: str) -> None:
    once = redact(text)
    assert redact(once.text).text == once.text
    assert not _LONG.search(once.text)
    back = once.text
    for one in once.found:
        assert number_of(one.placeholder)[0] == one.kind
        back = back.replace(one.placeholder, one.value)
    assert scrub(back) == scrub(scrub(back))
    # Put back side by side, two may be one long run.
    assert bool(redact(back).found) == bool(once.found)


@door("words", 0.12)
@given(TEXTS)
def test_any_words_are_read(text: str) -> None:
    assert plain(plain(text)) == plain(text)
    assert simplified(plain(text)).isprintable() or plain(text)
    for read in (
        sentences,
        is_ask,
        asks_yes_or_no,
        the_ask,
        asks,
        bare,
        numbers_in,
        satisfaction_in,
        step_named,
    ):
        read(text)
    assert without_numbers(text, {}) is not None
    assert OwnData.wish(text, None) in {"", "see", "ask", "delete", "keep"}
    assert {asks_for_more(text), asks_for_news(text)} <= {True, False}


@door("days, amounts and lengths of time", 0.12)
@given(TEXTS | _LIKE_DAYS, DAYS)
@example("二〇九九年十二月三十一日" * 20, date(2026, 11, 28))
def test_any_days_and_amounts_are_read(text: str, day: date) -> None:
    assert len(aligned(text)) == len(text)
    for one in particulars(text, day):
        assert one.kind
    for said in days_said(text, day):
        assert 1900 <= said.day.year <= 2200


@door("places", 0.05)
@given(text=TEXTS, point=st.tuples(st.floats(), st.floats()))
def test_any_place_has_an_answer(desk: Desk, text: str, point: tuple[float, float]) -> None:
    found = desk.counter.offices.office_for(text)
    assert isinstance(found, Found | Ambiguous | NoOffice | Unknown)
    if not isinstance(found, Found):
        assert office_body(found)
    desk.counter.triage.look(text)
    desk.counter.triage.danger(text)


@door("ID numbers", 0.1)
@given(TEXTS | _LIKE_NUMBERS | st.from_regex("[0-9]{17}[0-9X]", fullmatch=True), DAYS)
def test_an_id_number_is_right_or_has_a_fault(number: str, today: date) -> None:
    fault = id_fault(number, today)
    assert fault in {None, "old_form", "length", "birth_date", "check_digit"}
    if fault is None:
        assert mod_11_2.is_valid(number.upper()) and len(number) == 18
    assert valid_id(number) in {True, False}
    plain_name(number)


@door("ticket numbers", 0.05)
@given(TEXTS | _LIKE_NUMBERS, DAYS, st.integers(0, 999_999))
def test_a_ticket_number_is_found_or_refused(text: str, day: date, place: int) -> None:
    for read in (find_number, read_number):
        try:
            read(text)
        except InvalidInput as refusal:
            assert refusal.reason
    if 2000 <= day.year < 2100:
        number = make_number(day, place)
        assert find_number(f"我的{number}呢") == number


@door("queries of the queue", 0.05)
@given(
    st.dictionaries(
        st.sampled_from(["text", "kinds", "states", "since", "open", "reporter_of", "measure"]), TEXTS
    )
)
def test_any_query_can_be_written_and_read_again(params: dict[str, str]) -> None:
    query = from_params(params)
    assert from_params(to_params(query)) == query


@door("claims as CSV", 0.08)
@given(
    changes=st.lists(st.dictionaries(_FIELDS, _CELLS, max_size=3), max_size=3),
    demo=st.booleans(),
    raw=st.binary(max_size=9),
)
@example(changes=[{"申请编号": "\0"}], demo=False, raw=b"")
def test_any_file_of_claims_is_taken_or_its_faults_are_said(
    desk: Desk, changes: list[dict[str, str]], demo: bool, raw: bytes
) -> None:
    text = io.StringIO(newline="")
    # Python's writer takes no NUL; a file may hold one all the same.
    rows_of = [[(LINE | one).get(name, "").replace("\0", "\ue000") for name in HEADER] for one in changes]
    csv.writer(text).writerows([HEADER, *rows_of])
    data = text.getvalue().replace("\ue000", "\0").encode("utf-8", "surrogatepass")
    for given_data in (data, data + raw, raw):
        try:
            rows, faults = Reader(date(2026, 11, 28), desk.counter.workdays, demo).read(given_data)
        except DataFault as fault:
            assert fault.faults
        else:
            assert len(rows) + len(faults) <= len(changes) + len(raw) + 1
            assert [scrub(said) for said in faults] == faults


@door("cells of a spreadsheet", 0.08)
@given(TEXTS | st.sampled_from("=+-@\t\r＝＋－＠").flatmap(lambda sign: TEXTS.map(sign.__add__)))
def test_a_cell_is_only_ever_text(text: str) -> None:
    kept = harmless(text)
    assert isinstance(kept, str)
    assert not {unicodedata.category(sign) for sign in kept} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert kept[:1] not in {*"=+-@\t\r\0＝＋－＠"}
    rows = list(csv.reader(io.StringIO(_as_csv(kept), newline=""), strict=True))
    assert rows == [[kept, "x"]]


def _as_csv(value: str) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow([value, "x"])
    return text.getvalue()


@door("the calendar", 0.05)
@given(day=DAYS, days=st.integers(-60, 60), more=st.integers(0, 400))
def test_a_deadline_is_a_working_day_and_counts_back(desk: Desk, day: date, days: int, more: int) -> None:
    workdays: Workdays = desk.counter.workdays
    due = workdays.add(day, days).day
    assert workdays.is_workday(due) or days == 0
    assert (due > day) == (days > 0) or days == 0
    assert workdays.between(day, day + timedelta(more)).days >= 0
    if days > 0:
        assert workdays.between(day, due).days == days
