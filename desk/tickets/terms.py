"""The words of the queue: states, kinds, resolutions, roles. Codes are text and are kept in the database.

`told` is what the citizen reads about a state; `wording.py` fills the braces.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum


class _Term(str, Enum):
    """A code with its Chinese name: `State("submitted").label == "待受理"`."""

    label: str

    def __new__(cls, code: str, label: str = "") -> _Term:
        """Make the code the value and keep the name beside it."""
        term = str.__new__(cls, code)
        term._value_ = code
        term.label = label
        return term

    def __str__(self) -> str:
        return str(self.value)


class State(str, Enum):
    """Where a ticket stands: code, name for staff, sentence for the citizen, and whether it is open."""

    label: str
    told: str
    open: bool

    def __new__(cls, code: str, label: str = "", told: str = "", is_open: bool = True) -> State:
        """Make the code the value and keep the rest of the row beside it."""
        state = str.__new__(cls, code)
        state._value_ = code
        state.label, state.told, state.open = label, told, is_open
        return state

    def __str__(self) -> str:
        return str(self.value)

    SUBMITTED = "submitted", "待受理", "已收到，{accept}前受理，{due}前答复。"
    NEED_INFO = "need_info", "待补充", "需要您补充：{question} 请直接在这里回复。"
    ACCEPTED = "accepted", "已受理", "已受理，应于{due}前答复。"
    DISPATCHED = "dispatched", "待签收", "已转{unit}，应于{due}前答复。"
    DISPUTED = "disputed", "派单异议", "正在确定由哪个单位办理，答复期限不变：{due}前。"
    IN_PROGRESS = "in_progress", "办理中", "{unit}正在办理，应于{due}前答复。"
    REPLIED = "replied", "已答复待回访", "答复：{reply_text}{basis} 您的问题解决了吗？对处理满意吗？"
    REDO = "redo", "重办", "已退回{unit}重新办理，应于{due}前答复。"
    CLOSED = (
        "closed",
        "已办结",
        "已办结（{resolution}）。{reply_text} {reopen}前有新情况，还可以申请重新办理。",
        False,
    )
    REJECTED = "rejected", "不予受理", "这件事我们不能受理：{reason} 您可以走这条渠道：{channel_text}", False
    MERGED = "merged", "已并单", "和同一件事的另一张工单合并办理了，您反映的内容会一起处理。", False
    WITHDRAWN = "withdrawn", "已撤回", "已按您的要求撤回，不再办理。", False
    REFERRED = "referred", "已转出", "已转{referred_to}，回执号：{receipt}。", False


OPEN = frozenset(state for state in State if state.open)


class Kind(_Term):
    """The five kinds of 诉求."""

    CONSULT = "consult", "咨询"
    HELP = "help", "求助"
    COMPLAINT = "complaint", "投诉"
    REPORT = "report", "举报"
    ADVICE = "advice", "建议"


class Resolution(_Term):
    """How a ticket ended. EXPLAINED is counted apart: nobody needs to beg for a good mark."""

    SOLVED = "solved", "已解决"
    PARTLY = "partly", "部分解决"
    EXPLAINED = "explained", "已解释，现行政策不支持"
    LATER = "later", "因客观原因暂不能解决，已说明方案和时间"
    ELSEWHERE = "elsewhere", "不属职责，已转有关单位"
    REPEATED = "repeated", "重复并单"
    WITHDRAWN = "withdrawn", "撤回"
    UNREACHABLE = "unreachable", "多次联系不上"


class Tag(_Term):
    """What staff mark on a ticket. STUCK (办不成事) has limits of its own."""

    STUCK = "stuck", "办不成事"
    LATE_REVIEW = "late_review", "审核超期"
    ATTITUDE = "attitude", "服务态度"
    REPEAT = "repeat", "重复"
    SENSITIVE = "sensitive", "敏感"


class Way(_Term):
    """How somebody tried to reach the citizen."""

    PHONE = "phone", "电话"
    CHAT = "chat", "在线"
    VISIT = "visit", "当面"
    LETTER = "letter", "书信"


class Extension(_Term):
    """Where the one extension of a ticket stands."""

    NONE = "", "未申请"
    ASKED = "asked", "待审批"
    APPROVED = "approved", "已同意"
    REFUSED = "refused", "未同意"


class Escalation(IntEnum):
    """How far the worker has called attention to a deadline."""

    NONE, DUE_SOON, OVERDUE, SUPERIOR = range(4)


class Refusal(_Term):
    """Why a matter is not taken on (昆明市12345办法 2024 lists the first three)."""

    PROCEEDINGS = "proceedings", "这件事已经或者应当通过诉讼、仲裁、行政复议或信访处理。"
    NOTHING_NEW = "nothing_new", "同一件事已经办结，没有新的情况。"
    EMERGENCY = "emergency", "这是紧急情况，请立即拨打 110、119 或 120。"
    OUT_OF_SCOPE = "out_of_scope", "这件事不属于失业保险的范围。"


class Verdict(_Term):
    """The citizen's answer to 解决了吗. Silence is UNRATED, never YES."""

    YES = "yes", "解决了"
    NO = "no", "没有解决"
    UNRATED = "unrated", "未评价"


class Satisfaction(_Term):
    """The citizen's answer to 满意吗; empty when there was none."""

    GOOD = "good", "满意"
    FAIR = "fair", "基本满意"
    BAD = "bad", "不满意"


class Role(_Term):
    """Who moves a ticket. OPERATOR and AUDITOR look on and move nothing."""

    CITIZEN = "citizen", "市民"
    AGENT = "agent", "座席"
    HANDLER = "handler", "承办"
    SUPERVISOR = "supervisor", "督办主管"
    OPERATOR = "operator", "运维标注"
    AUDITOR = "auditor", "审计"
    SYSTEM = "system", "系统"


@dataclass(frozen=True)
class Actor:
    """Somebody at work. A citizen's `id` is the conversation's sender id; a handler has a `unit`.

    `name` is how a citizen would name him, so that he does not get a complaint about himself. `named`: one of
    the few people whom the bureau has named for 举报 and 敏感 matters.
    """

    role: Role
    id: str
    unit: str = ""
    name: str = ""
    named: bool = False
