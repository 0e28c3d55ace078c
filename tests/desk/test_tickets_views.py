from __future__ import annotations

import pytest
from sqlalchemy.engine import Engine

from desk.errors import Conflict, InvalidInput
from desk.tickets import Kind
from desk.tickets.query import Query
from desk.tickets.views import LONGEST, MOST, View, Views
from tests.desk.ticket_room import PLANTED_PHONE


@pytest.fixture
def views(engine: Engine) -> Views:
    return Views(engine)


LATE = Query(district="五华区", overdue=True, kinds=(Kind.COMPLAINT,))


def test_a_saved_view_comes_back_as_it_was(views: Views) -> None:
    views.save("s1", "五华超期", LATE)
    assert views.all("s1") == [View("五华超期", LATE)]


def test_everybody_has_own_views(views: Views) -> None:
    views.save("s1", "超期", LATE)
    views.save("s2", "超期", Query(open=True))
    views.remove("s2", "超期")
    views.remove("s2", "没有这个")
    assert views.all("s1") == [View("超期", LATE)]
    assert views.all("s2") == []


def test_a_view_of_the_same_name_takes_the_place_of_the_old_one(views: Views) -> None:
    views.save("s1", "超期", Query(open=True))
    views.save("s1", " 超期 ", LATE)
    assert views.all("s1") == [View("超期", LATE)]


@pytest.mark.parametrize(("name", "reason"), [(" ", "empty"), ("长" * (LONGEST + 1), "too_long")])
def test_a_view_needs_a_short_name(views: Views, name: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        views.save("s1", name, LATE)


def test_one_person_keeps_only_so_many_views(views: Views) -> None:
    for number in range(MOST):
        views.save("s1", f"视图{number}", LATE)
    with pytest.raises(InvalidInput, match="too_many"):
        views.save("s1", "再一个", LATE)
    views.save("s1", "视图1", Query())
    assert len(views.all("s1")) == MOST


def test_no_phone_number_is_kept_in_a_view(views: Views) -> None:
    views.save("s1", f"找{PLANTED_PHONE}", Query(text=PLANTED_PHONE))
    assert PLANTED_PHONE not in str(views.all("s1"))


def test_a_view_gets_another_name_that_is_not_taken(views: Views) -> None:
    views.save("a1", "一", Query(overdue=True))
    views.save("a1", "二", Query(urged=True))
    views.rename("a1", "一", "三")
    with pytest.raises(Conflict):
        views.rename("a1", "三", "二")
    views.rename("a2", "三", "四")
    assert [(view.name, view.query) for view in views.all("a1")] == [
        ("三", Query(overdue=True)),
        ("二", Query(urged=True)),
    ]
