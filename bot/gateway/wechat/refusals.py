"""What WeChat's error codes mean for us: the one table, and the error that carries a row of it.

Sources: the official pages 全局返回码, 发送客服消息, 模板消息, 服务端 API 调用说明; 43101 was seen by others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from desk.errors import DeskError

# What is to be done with whatever was refused:
KEEP = "keep"  # not now, and trying again would not help: it waits for the person's next message
LATER = "later"  # the same call may work in a while
NOBODY = "nobody"  # there is no such person
OPERATOR = "operator"  # nothing goes until somebody has put the account or a setting right

NO_ANSWER = 0  # ours: nothing came, or nothing readable
BUSY, NO_FILE, TOO_LARGE, NO_MENU = -1, 40007, 45001, 46003
# An access token that is not taken: worth a new one before it counts as refused.
STALE = frozenset({40001, 40014, 42001})

_CHECK_IT = "请核对 DESK_WECHAT_SECRET，在后台重置过 AppSecret 就要换成新的"
_STALE = (
    f"access_token 换过新的也不被接受：{_CHECK_IT}；并确认没有别的系统在强制刷新这个公众号的 access_token"
)
_WHITELIST = "这台机器的 IP{ip}不在白名单里：请在公众号后台（微信开发者平台）的 API IP 白名单里加上它"
_UNKNOWN = (OPERATOR, "微信不接受这次调用，原因请按错误码在微信文档“全局返回码”里查")

_CODES: Mapping[int, tuple[str, str]] = {
    NO_ANSWER: (
        LATER,
        "连不上微信的接口，或读不懂它的回答：请检查这台机器的网络、DNS 和防火墙",
    ),
    BUSY: (LATER, "微信正忙，过一会儿再试"),
    40001: (OPERATOR, _STALE),
    40003: (NOBODY, "没有这个人，或他不是这个公众号的"),
    NO_FILE: (KEEP, "没有这个文件，或它已经过期"),
    40013: (OPERATOR, "AppID 不对：请核对 DESK_WECHAT_APP_ID"),
    40014: (OPERATOR, _STALE),
    40037: (OPERATOR, "没有这个模板：请核对 DESK_WECHAT_TEMPLATE_ID"),
    40125: (OPERATOR, f"AppSecret 不对：{_CHECK_IT}"),
    40164: (OPERATOR, _WHITELIST),
    40243: (OPERATOR, "AppSecret 被冻结：请在公众号后台解冻，十分钟后生效"),
    42001: (OPERATOR, _STALE),
    43004: (KEEP, "对方没有关注公众号"),
    43019: (KEEP, "对方在公众号的黑名单里"),
    43101: (KEEP, "对方不收这种模板消息"),
    TOO_LARGE: (KEEP, "文件太大"),
    # The same text would be too long again; in the reply to the next message it is cut into parts.
    45002: (KEEP, "文字太长"),
    45008: (KEEP, "图文太多"),
    45009: (LATER, "今天的调用次数用完了，零点以后再发；急用可以在公众号后台把次数清零"),
    45011: (LATER, "这一分钟调用得太多"),
    45015: (KEEP, "对方超过 48 小时没有来消息，或已经取消关注"),
    45047: (KEEP, "对方来一次消息能发的条数用完了"),
    NO_MENU: (KEEP, "还没有菜单"),
    47003: (OPERATOR, "模板的字段对不上：请核对 data/wechat/template.yml 和后台的模板"),
    48001: (
        OPERATOR,
        "公众号没有这个接口的权限（多半要先认证）：请在后台申请，或关掉用它的 DESK_WECHAT_ 设置",
    ),
    48002: (KEEP, "对方不收公众号的消息"),
    48004: (OPERATOR, "这个接口被微信封禁：请看公众号后台的通知"),
    61004: (OPERATOR, _WHITELIST),
}
_IP = re.compile(r"\bip ([0-9a-fA-F.:]{3,45})\b")


class Refused(DeskError):
    """WeChat did not do what was asked.

    `errcode` is WeChat's, or `NO_ANSWER`; `then` is KEEP, LATER, NOBODY or OPERATOR; `words` tells staff
    in Chinese what is wrong and what helps. `perhaps`: it may have done so all the same, and only its answer
    did not come. Of WeChat's own text only an IP address is taken over: it
    could repeat what was sent to it.
    """

    def __init__(self, errcode: int, errmsg: str = "", perhaps: bool = False) -> None:
        self.errcode = errcode
        self.perhaps = perhaps
        self.then, words = _CODES.get(errcode, _UNKNOWN)
        ip = _IP.search(errmsg)
        self.words = words.format(ip=f" {ip[1]} " if ip else "")
        super().__init__(f"errcode {errcode}: {self.then}")
