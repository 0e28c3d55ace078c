from __future__ import annotations

from pathlib import Path

import pytest

from desk.errors import DataFault
from desk.tickets.categories import Categories

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="module")
def categories() -> Categories:
    return Categories.load(DATA / "categories.yml")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("审核中三十天了还没有结果", "overdue"),
        ("申请两个月一直拖着", "overdue"),
        ("人脸识别老是不通过", "online.face"),
        ("户口本照片上传不了", "online.upload"),
        ("失业登记办不了", "registration"),
        ("申请被驳回了", "rejected"),
        ("单位把停保原因填错了，写成主动离职", "stop_reason"),
        ("这个月失业金没到账", "unpaid"),
        ("银行卡号填错了，钱被银行退回", "unpaid.bank"),
        ("金额不对，少算了两个月", "amount"),
        ("没给我交医保", "medical"),
        ("大龄续发没办下来", "older"),
        ("技能提升补贴没批", "skill"),
        ("从外省转移过来接不上", "transfer"),
        ("窗口态度恶劣，互相推诿", "service"),
        ("建议周末也开窗口", "policy"),
        ("你好", "other"),
        # Who complains of a person at a window is not sent to that window's own unit.
        ("窗口工作人员态度太差了，我去办失业登记，她骂我", "service"),
        ("审核都一个月了还没动静", "overdue"),
    ],
)
def test_the_first_guess_of_a_category_follows_the_words(
    words: str, code: str, categories: Categories
) -> None:
    assert categories.guess(words) == code


def test_a_lower_category_is_named_with_its_upper_one(categories: Categories) -> None:
    assert categories.name("online.face") == "网上申领操作 · 实名和人脸"
    assert categories.name("other") == "其他"
    assert len([code for code in categories.codes() if "." not in code]) == 16


def test_a_category_under_nothing_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "categories.yml"
    path.write_text("- {code: other, name: 其他}\n- {code: a.b, name: b, under: a}\n", encoding="utf-8")
    with pytest.raises(DataFault) as caught:
        Categories.load(path)
    assert caught.value.faults == [f"{path}: a.b: no such upper level 'a'"]


def test_only_what_is_about_the_office_s_manner_accuses_it(categories: Categories) -> None:
    assert [code for code in categories.codes() if categories.accuses(code)] == ["service"]
    assert not categories.accuses("nothing")
