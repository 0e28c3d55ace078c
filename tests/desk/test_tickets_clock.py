from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.errors import DataFault, InvalidInput
from desk.tickets.clock import Clock, Deadline, due_text
from desk.tickets.limit_table import Limits
from desk.tickets.limits import STEPS, load_limits
from desk.tickets.number import find_number, make_number, read_number
from desk.tickets.record import Ticket
from desk.tickets.terms import Kind, State
from desk.tickets.wording import promise, told
from desk.workdays import Workdays, china_day

DATA = Path(__file__).parents[2] / "data"
TODAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 4, tzinfo=timezone.utc)


def ticket(state: str | State = "submitted", **fields: Any) -> Ticket:
    times = {"created_at": NOON, "updated_at": NOON}
    return Ticket(Kind.COMPLAINT, "审核超期", state=State(state), unit_main="五华区", **{**times, **fields})


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock(Workdays(DATA / "calendar"), Limits(load_limits(DATA / "limits.yml")))


@pytest.mark.parametrize("state", list(State), ids=str)
def test_every_state_has_words_for_the_citizen_without_gaps(state: State, clock: Clock) -> None:
    on = ticket(state, reason="out_of_scope", resolution="solved", reply_text="已{补}发。", question="哪天？")
    text = told(on, clock, TODAY)
    assert state.label
    assert "{" not in text.replace("{补}", "")
    assert "out_of_scope" not in text


def test_an_accepted_ticket_says_until_when_it_is_answered(clock: Clock) -> None:
    assert told(ticket("accepted"), clock, TODAY) == "已受理，应于11月30日前答复。"


def test_the_time_limit_is_called_our_own_promise(clock: Clock) -> None:
    assert promise(clock, ticket()) == "5个工作日内答复是本服务自己的承诺，不是法律规定的期限。"


@pytest.mark.parametrize(
    ("filed", "kind", "due"),
    [
        (datetime(2026, 11, 21, 4, tzinfo=timezone.utc), Kind.COMPLAINT, date(2026, 11, 27)),  # a Saturday
        (
            datetime(2026, 11, 20, 17, tzinfo=timezone.utc),
            Kind.COMPLAINT,
            date(2026, 11, 27),
        ),  # Saturday in Kunming
        (
            datetime(2026, 2, 12, 4, tzinfo=timezone.utc),
            Kind.CONSULT,
            date(2026, 2, 24),
        ),  # over 春节 with 调休
        (datetime(2026, 11, 23, 4, tzinfo=timezone.utc), Kind.REPORT, date(2026, 12, 14)),
    ],
)
def test_the_citizens_deadline_counts_legal_working_days(
    filed: datetime, kind: Kind, due: date, clock: Clock
) -> None:
    assert clock.citizen(replace(ticket(), kind=kind, created_at=filed)).day == due


def test_the_citizens_clock_is_not_reset_by_dispatch_and_the_units_starts_there(clock: Clock) -> None:
    later = datetime(2026, 11, 25, 4, tzinfo=timezone.utc)
    on = ticket("dispatched", dispatched_at=later)
    assert clock.citizen(on).day == date(2026, 11, 30)
    assert clock.unit(on) == Deadline("sign", date(2026, 11, 26), False)
    assert clock.unit(replace(on, state=State.IN_PROGRESS)) == Deadline("reply", date(2026, 12, 1), False)
    assert clock.unit(replace(on, state=State.DISPUTED)) is None
    assert clock.unit(ticket()) is None


def test_a_redo_gives_five_working_days_of_its_own(clock: Clock) -> None:
    again = datetime(2026, 12, 1, 4, tzinfo=timezone.utc)
    on = ticket("redo", round=2, redo_at=again, dispatched_at=NOON)
    assert clock.citizen(on) == Deadline("redo", date(2026, 12, 8), False)
    assert clock.unit(on) == clock.unit(replace(on, state=State.IN_PROGRESS)) == clock.citizen(on)


def test_a_deadline_over_a_year_without_a_calendar_is_marked_as_expected(clock: Clock) -> None:
    due = clock.citizen(ticket(created_at=datetime(2028, 12, 28, 4, tzinfo=timezone.utc)))
    assert due.estimated
    assert due_text(due, date(2028, 12, 28)).startswith("预计2029年1月")
    assert china_day(datetime(2026, 11, 23, 16, tzinfo=timezone.utc)) == date(2026, 11, 24)


def test_the_limits_say_of_every_step_where_the_number_comes_from() -> None:
    limits = load_limits(DATA / "limits.yml")
    assert set(limits) == STEPS
    assert all(limit.source for limit in limits.values())


def test_faults_in_the_limits_are_named_with_the_path(tmp_path: Path) -> None:
    path = tmp_path / "limits.yml"
    path.write_text(
        "- {step: complaint, name: 投诉, days: 五, unit: 工作日, own: true, source: 自定}\n", encoding="utf-8"
    )
    with pytest.raises(DataFault) as caught:
        load_limits(path)
    assert any("days" in fault for fault in caught.value.faults)
    assert all(fault.startswith(str(path)) for fault in caught.value.faults)


numbers = st.builds(make_number, st.dates(date(2026, 1, 1), date(2036, 12, 31)), st.integers(1, 999_999))


@settings(deadline=None)  # no timing is asserted
@given(numbers, st.data())
def test_a_wrong_digit_or_two_swapped_ones_are_noticed(number: str, data: st.DataObject) -> None:
    places = [place for place, char in enumerate(number) if char.isdigit()]
    place = data.draw(st.integers(0, len(places) - 2))
    here, there = places[place], places[place + 1]
    digit = data.draw(st.sampled_from([each for each in "0123456789" if each != number[here]]))
    wrong = [number[:here] + digit + number[here + 1 :]]
    if number[here] != number[there]:
        chars = list(number)
        chars[here], chars[there] = chars[there], chars[here]
        wrong.append("".join(chars))
    for each in wrong:
        with pytest.raises(InvalidInput):
            read_number(each)


@settings(deadline=None)
@given(numbers)
def test_a_number_is_read_however_it_is_written(number: str) -> None:
    full_width = number.translate(str.maketrans("0123456789-", "０１２３４５６７８９－"))
    for text in (number, number.lower(), number.replace("-", ""), number.replace("-", " "), full_width):
        assert find_number(f"我的工单{text}怎么样了") == number


@pytest.mark.parametrize("text", ["", "我要投诉", "JS", "JS-20261121", "12345"])
def test_what_is_no_number_is_not_taken_for_one(text: str) -> None:
    assert find_number(text) is None
    with pytest.raises(InvalidInput):
        read_number(text)
