from __future__ import annotations

from dataclasses import replace

from desk.tickets import Tickets
from tests.desk.ticket_room import OVERDUE, SUPERVISOR, Moment, filed, moved

ELSEWHERE = replace(OVERDUE, category="service", district="西山区")
OTHER = replace(ELSEWHERE, narrative="窗口的人说系统坏了，让我下周再来。")
LIKE = replace(OVERDUE, narrative="11月5日申请的，到今天还没有结果")


def reasons(tickets: Tickets, number: str, limit: int = 5) -> list[tuple[str, tuple[str, ...]]]:
    found = tickets.similar(tickets.read(number), limit)
    return [(each.ticket.public_no, each.reasons) for each in found]


def test_the_same_citizen_and_claim_and_near_words_are_each_a_reason(tickets: Tickets) -> None:
    about = replace(OVERDUE, claim_ref="SL-1")
    one = filed(tickets, complaint=about).public_no
    claim = filed(tickets, "m2", "c2", replace(OTHER, claim_ref="SL-1")).public_no
    citizen = filed(tickets, "m3", "c1", OTHER).public_no
    words = filed(tickets, "m4", "c4", LIKE).public_no
    filed(tickets, "m5", "c5", replace(OVERDUE, narrative="银行卡注销了，钱退回去了，怎么换卡？"))
    assert reasons(tickets, one) == [
        (claim, ("同一笔申领",)),
        (citizen, ("同一位市民",)),
        (words, ("文字相近 91%",)),
    ]
    assert len(reasons(tickets, one, 1)) == 1


def test_the_same_words_about_another_matter_elsewhere_are_not_compared(tickets: Tickets) -> None:
    one = filed(tickets).public_no
    filed(tickets, "m2", "c2", ELSEWHERE)
    assert reasons(tickets, one) == []


def test_words_of_long_ago_are_not_compared(tickets: Tickets, now: Moment) -> None:
    filed(tickets, "m2", "c2")
    now.later(days=200)
    assert reasons(tickets, filed(tickets).public_no) == []


def test_what_is_merged_already_is_not_offered_again(tickets: Tickets) -> None:
    main, child = filed(tickets), filed(tickets, "m2", "c2")
    assert len(reasons(tickets, main.public_no)) == 1
    moved(tickets, child, "merge", SUPERVISOR, merged_into=main.public_no, reason="同一件事")
    assert reasons(tickets, main.public_no) == reasons(tickets, child.public_no) == []


def test_nobody_learns_what_else_an_anonymous_citizen_has_filed(tickets: Tickets) -> None:
    known = filed(tickets, "m1", "c1", OTHER).public_no
    hidden = filed(tickets, "m2", "c1", replace(OVERDUE, anonymous=True)).public_no
    assert reasons(tickets, known) == [] and reasons(tickets, hidden) == []
