"""Where a claim stands: shown only to the person it belongs to, who has proved it with a one-time code.

`ClaimSource` is what every register offers; `assess` says how long it took and what can be done now.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Protocol

from desk.workdays import Due, Workdays

ALLOWED_DAYS = 10  # working days from the application, for the whole country
RULE = "《社会保险经办条例》第二十四条"


class Stage(Enum):
    """How far a claim has come, in the words of the guide. `value` is what tables and files hold."""

    SUBMITTED = "submitted"
    PUSHED = "pushed"
    REVIEWING = "reviewing"
    APPROVED = "approved"
    REFUSED = "refused"
    PAID = "paid"

    @property
    def label(self) -> str:
        """The stage as a citizen reads it."""
        return _LABELS[self]

    @property
    def decided(self) -> bool:
        """Whether the review is over."""
        return self in (Stage.APPROVED, Stage.REFUSED, Stage.PAID)


_LABELS = {
    Stage.SUBMITTED: "已提交",
    Stage.PUSHED: "已推送",
    Stage.REVIEWING: "审核中",
    Stage.APPROVED: "审核通过",
    Stage.REFUSED: "审核不通过",
    Stage.PAID: "已发放",
}


@dataclass(frozen=True)
class Person:
    """Somebody a register knows. `key` means something only to that register and is no ID number."""

    key: str = field(repr=False)
    phone: str = field(repr=False)


@dataclass(frozen=True)
class ClaimStatus:
    """One claim as the register has it. `amount` is yuan a month; `office` a row of the office table."""

    number: str
    stage: Stage
    submitted_on: date
    office: int
    decided_on: date | None = None
    reason: str = ""
    start: date | None = None
    end: date | None = None
    amount: Decimal | None = None
    updated_on: date | None = None
    demo: bool = False


@dataclass(frozen=True)
class Step:
    """Something a citizen can do now. `code` lets a door offer a button, `text` is the sentence."""

    code: str
    text: str


@dataclass(frozen=True)
class Assessment:
    """How long the review took. `used` counts working days until the decision or until today."""

    used: int
    allowed: int
    latest: date
    estimated: bool
    late: bool
    steps: tuple[Step, ...]


class ClaimSource(Protocol):
    """A register of claims: our own table or the provincial platform."""

    def find(self, id_number: str, name: str) -> Person | None:
        """Return the person with exactly this ID number and name; raise `Unavailable`."""

    def status(self, person: Person) -> ClaimStatus | None:
        """Return the newest claim of `person`; raise `Unavailable`."""


def review_due(handed_in: date, workdays: Workdays) -> Due:
    """Return the last day of the review of a claim that was handed in on `handed_in`."""
    return workdays.add(handed_in, ALLOWED_DAYS)


def assess(status: ClaimStatus, today: date, workdays: Workdays) -> Assessment:
    """Measure a claim against the ten working days; late is only what is not decided in time."""
    due = review_due(status.submitted_on, workdays)
    until = status.decided_on if status.stage.decided and status.decided_on else today
    count = workdays.between(status.submitted_on, until)
    late = not status.stage.decided and today > due.day
    return Assessment(
        used=count.days,
        allowed=ALLOWED_DAYS,
        latest=due.day,
        estimated=due.estimated or count.estimated,
        late=late,
        steps=_LATE if late else _STEPS[status.stage],
    )


_LOOK = Step("see_progress", "审核状态可以在微信公众号“就业彩云南”的“个人中心”里看。")
_WAIT = Step("wait", f"审核最多 {ALLOWED_DAYS} 个工作日（{RULE}），现在还没有超过，请再等一等。")
_BENEFIT = Step(
    "see_benefit", "开始日期、终止日期和金额，可以在“申领失业保险待遇”里的“失业保险待遇查询”中看。"
)
_CONTACT = Step("contact_office", "可以打电话问经办机构，或者到经办窗口办理。")
_REAPPLY = Step("reapply", "问题解决以后可以再次申请，经办机构应当重新审核，符合条件的会发放。")
_PAYMENT = Step("wait_payment", "接下来由经办机构把发放数据推送给银行，银行把钱发到您本人的银行卡上。")
_COMPLAIN = Step(
    "complain", f"审核已经超过 {ALLOWED_DAYS} 个工作日（{RULE}）。要帮您登记一件投诉吗？内容已经替您填好。"
)
_MISSING = Step("contact_office", "如果卡上没有收到钱，请打电话问经办机构，先核对一下银行账号。")

_LATE = (_COMPLAIN, _CONTACT, _LOOK)
_STEPS = {
    Stage.SUBMITTED: (_WAIT, _LOOK),
    Stage.PUSHED: (_WAIT, _LOOK),
    Stage.REVIEWING: (_WAIT, _LOOK),
    Stage.APPROVED: (_PAYMENT, _BENEFIT),
    Stage.REFUSED: (_CONTACT, _REAPPLY),
    Stage.PAID: (_BENEFIT, _MISSING),
}
